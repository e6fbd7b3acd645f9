import { hostname } from 'node:os'
import { threadId } from 'node:worker_threads'
import type { TopologyDefinition } from '../definition/definition.ts'
import { buildGraph, type TopologyGraph } from '../definition/graph.ts'
import { chooseProcessors } from '../definition/processor-choice.ts'
import type { StoreDefinition } from '../definition/store.ts'
import type { Topic } from '../definition/topic.ts'
import { hasPatterns } from '../definition/topic-patterns.ts'
import { type Log, silentLog } from '../runtime/log.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { UnreadPartitions } from '../runtime/partition-watch.ts'
import { registerSchemas } from '../runtime/register-schemas.ts'
import { defaultSettings, type EngineSettings } from '../runtime/task-environment.ts'
import type { TaskStatus } from '../runtime/task-status.ts'
import { Worker, type WorkerOptions } from '../runtime/worker.ts'
import { type AppState, StateWatch } from './app-state.ts'
import { type Connections, connectParts, isEmbedded, isInMemory, type Parts } from './connections.ts'
import { type EngineMetrics, engineMetrics, metricsText, together } from './metrics.ts'
import { PatternWorker } from './pattern-worker.ts'
import { RecordSender, type SendOptions, type SentTo } from './record-sender.ts'
import { RepartitionPurge } from './repartition-purge.ts'
import { type StoreView, StoreViews } from './store-view.ts'
import { TaskWatch } from './task-watch.ts'
import { registeredSpans } from './tracing/engine-spans.ts'

/** The options for running a topology inside one's own program. */
export interface RunOptions extends Connections {
  /** Sub-topologies to run; unset: all. */
  readonly processors?: readonly string[]
  readonly settings?: Partial<EngineSettings>
  /**
   * A name of this process that stays the same when it starts again: after a crash it has its tasks back at once. No other that runs
   * may have it; a second one takes the place of the first, which then fails with INSTANCE_FENCED. Unset: none. Shape: `'worker-0'`.
   */
  readonly instanceId?: string
  readonly log?: Log
  /** Told of what the engine does, beside the counters of `prometheus()`. */
  readonly metrics?: Metrics
  /** False: no spans, though an OpenTelemetry SDK is registered in this process. */
  readonly tracing?: boolean
  /** Stops the application when it is aborted, also while it starts. */
  readonly signal?: AbortSignal
  /** Kill points of chaos runs. */
  readonly onCommitPoint?: WorkerOptions['onCommitPoint']
}

/** The worker of a topology that runs on parts of the caller's. */
export interface RunningTopology {
  readonly parts: Parts
  /** Resolves with the error that ended it, if one does. Never rejects. */
  readonly failed: Promise<unknown>
  status(): readonly TaskStatus[]
  /** Names of the tasks of the sub-topologies that it runs, whoever owns them. */
  expected(): readonly string[]
  /** The things that it waits for as a whole: groups that it is not in, a broker that does not answer. Empty: nothing. */
  waiting(): readonly string[]
  /** Partitions of inputs that nobody reads: they were added to topics of sub-topologies with state. */
  unread(): readonly UnreadPartitions[]
  /** Reads no more records until `resume`: what was read is processed and committed, and the groups keep their members. */
  pause(): void
  resume(): void
  /** Commits and applies what was processed, leaves the groups, and closes what it opened. */
  stop(): Promise<void>
}

/** A running topology. */
export interface StreamsApp extends RunningTopology {
  /** The committed rows of a store, by its definition (typed) or its name. Errors: TopologyError TOPOLOGY_INVALID for an unknown one. */
  store<K, V, H>(store: string | StoreDefinition<K, V, H>): StoreView<K, V>
  /** Sends a record to a topic, on the partition that the topology expects. Errors: as `RecordSender.send`. */
  send<K, V>(topic: Topic<string, K, V>, key: NoInfer<K>, value: NoInfer<V>, options?: SendOptions): Promise<SentTo>
  readonly state: AppState
  /** Calls back with the state now and at each change. Returns the function that ends it. */
  onState(listener: (state: AppState, before: AppState) => void): () => void
  /** Counters, times and the state of the tasks in Prometheus' text format. */
  prometheus(): Promise<string>
}

/** Runs a topology in this process, as described for the `run` of `on-demand.ts`. Errors: as there. */
export async function run(topology: TopologyDefinition, options: RunOptions = {}): Promise<StreamsApp> {
  const graph = buildGraph(topology)
  // An unknown name is refused before anything is connected.
  chooseProcessors(graph, options.processors ?? [])
  const parts = await connectParts({ ...options, clientId: clientName(graph, options.processors) })
  const { kafka, registry = isEmbedded(options.kafka) ? 'memory' : undefined } = options
  const metrics = engineMetrics({ graph, ...(options.processors && { processors: options.processors }) })
  try {
    options.signal?.throwIfAborted()
    if (isInMemory(registry)) await registerSchemas(graph, parts.registry)
    const app = await runOn(graph, parts, {
      ...options,
      metrics: options.metrics ? together(metrics, options.metrics) : metrics,
      createTopics: isEmbedded(kafka) ? 'all' : 'internal',
    })
    return inApp(graph, app, metrics, options)
  } catch (error) {
    await parts.close()
    throw error
  }
}

/** The face of a running application for the program around it that it runs: stores, topics, state and metrics. */
function inApp(graph: TopologyGraph, app: RunningTopology, metrics: EngineMetrics, options: RunOptions): StreamsApp {
  const { parts } = app
  const { postgres, schema, signal } = options
  const url = typeof postgres === 'string' && postgres !== 'memory' ? postgres : undefined
  const views = new StoreViews({ graph, storage: parts.storage, postgres: url, schema, clock: parts.clock })
  const sender = new RecordSender(parts, options.tracing)
  const watch = new StateWatch(app, parts.clock)
  void app.failed.then(() => watch.fix('failed'))
  let stopping: Promise<void> | undefined
  async function close(): Promise<void> {
    await sender.close()
    await app.stop()
    watch.fix('stopped')
    await views.close()
    await parts.close()
  }
  function stop(): Promise<void> {
    stopping ??= close()
    return stopping
  }
  signal?.addEventListener('abort', () => void stop(), { once: true })
  if (signal?.aborted) void stop()
  return {
    ...app,
    stop,
    store: store => views.of(store),
    send: (topic, key, value, settings) => sender.send(topic, key, value, settings),
    get state() {
      return watch.state
    },
    onState: listener => watch.listen(listener),
    pause() {
      app.pause()
      watch.fix('paused')
    },
    resume() {
      app.resume()
      watch.fix(undefined)
    },
    prometheus: async () =>
      metricsText([await metrics.values()], {
        tasks: app.status(),
        expected: app.expected(),
        waiting: app.waiting(),
        unread: app.unread(),
      }),
  }
}

/** The application, and the processors when it runs only some. Shape: `'word-count-by-word'`. */
function clientName({ definition }: TopologyGraph, processors: readonly string[] = []): string {
  return [definition.name, ...processors].join('-')
}

/** Runs a topology on parts that are connected already, and stay so when it stops. Errors as `run`. */
export async function runOn(
  graph: TopologyGraph,
  parts: Parts,
  options: Omit<RunOptions, keyof Connections | 'signal'> & { readonly createTopics?: 'internal' | 'all' } = {},
): Promise<RunningTopology> {
  const { broker, registry, storage, clock } = parts
  const tracing = options.tracing === false ? undefined : await registeredSpans()
  const { processors, settings, instanceId, log, metrics, createTopics, onCommitPoint } = options
  const worker = new (hasPatterns(graph.definition.declared ?? graph.definition) ? PatternWorker : Worker)({
    graph,
    broker,
    registry,
    storage,
    clock,
    ...(createTopics && { createTopics }),
    ...(processors && { processors }),
    ...(settings && { settings }),
    ...(instanceId && { instanceId }),
    ...(log && { log }),
    ...(metrics && { metrics }),
    ...(tracing && { tracing }),
    ...(onCommitPoint && { onCommitPoint }),
    owner: `${hostname()} pid ${process.pid} thread ${threadId}`,
  })
  const { stalledTaskMs } = { ...defaultSettings, ...settings }
  const watch = new TaskWatch(worker, { clock, log: log ?? silentLog, metrics: metrics ?? {}, stalledTaskMs })
  const purge = new RepartitionPurge({ graph, broker, clock, log: log ?? silentLog, status: () => worker.status() })
  // The engine's timers keep no process alive, and memory parts have no sockets: without this, Node would end a run that waits.
  const running = setInterval(() => {}, 2 ** 30)
  const stop = async () => {
    await worker.stop()
    purge.stop()
    watch.stop()
    await tracing?.flush()
    clearInterval(running)
  }
  try {
    await worker.start()
  } catch (error) {
    await stop()
    throw error
  }
  watch.start()
  purge.start()
  return {
    parts,
    failed: worker.failed,
    status: () => watch.status(),
    expected: () => worker.expected(),
    waiting: () => worker.waiting(),
    unread: () => worker.unread(),
    pause: () => worker.pause(),
    resume: () => worker.resume(),
    stop,
  }
}
