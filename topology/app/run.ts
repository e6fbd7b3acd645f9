import { hostname } from 'node:os'
import { threadId } from 'node:worker_threads'
import type { TopologyDefinition } from '../definition/definition.ts'
import { buildGraph, type TopologyGraph } from '../definition/graph.ts'
import { chooseProcessors } from '../definition/processor-choice.ts'
import { type Log, silentLog } from '../runtime/log.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { registerSchemas } from '../runtime/register-schemas.ts'
import { defaultSettings, type EngineSettings } from '../runtime/task-environment.ts'
import type { TaskStatus } from '../runtime/task-status.ts'
import { Worker, type WorkerOptions } from '../runtime/worker.ts'
import { type Connections, connectParts, isEmbedded, isInMemory, type Parts } from './connections.ts'
import { TaskWatch } from './task-watch.ts'

/** The options for running a topology inside one's own program. */
export interface RunOptions extends Connections {
  /** Sub-topologies to run; unset: all. */
  readonly processors?: readonly string[]
  readonly settings?: Partial<EngineSettings>
  readonly log?: Log
  readonly metrics?: Metrics
  /** Kill points of chaos runs. */
  readonly onCommitPoint?: WorkerOptions['onCommitPoint']
}

/** A running topology. */
export interface StreamsApp {
  readonly parts: Parts
  /** Resolves with the error that ended it, if one does. Never rejects. */
  readonly failed: Promise<unknown>
  status(): readonly TaskStatus[]
  /** Names of the tasks of the sub-topologies that it runs, whoever owns them. */
  expected(): readonly string[]
  /** The things that it waits for as a whole: groups that it is not in, a broker that does not answer. Empty: nothing. */
  waiting(): readonly string[]
  /** Commits and applies what was processed, leaves the groups, and closes what `run` opened. */
  stop(): Promise<void>
}

/** Runs a topology in this process, as described for the `run` of `on-demand.ts`. Errors: as there. */
export async function run(topology: TopologyDefinition, options: RunOptions = {}): Promise<StreamsApp> {
  const graph = buildGraph(topology)
  // An unknown name is refused before anything is connected.
  chooseProcessors(graph, options.processors ?? [])
  const parts = await connectParts({ ...options, clientId: clientName(graph, options.processors) })
  const { kafka, registry = isEmbedded(options.kafka) ? 'memory' : undefined } = options
  try {
    if (isInMemory(registry)) await registerSchemas(graph, parts.registry)
    const app = await runOn(graph, parts, { ...options, createTopics: isEmbedded(kafka) ? 'all' : 'internal' })
    const stop = async () => {
      await app.stop()
      await parts.close()
    }
    return { ...app, stop }
  } catch (error) {
    await parts.close()
    throw error
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
  options: Omit<RunOptions, keyof Connections> & { readonly createTopics?: 'internal' | 'all' } = {},
): Promise<StreamsApp> {
  const { broker, registry, storage, clock } = parts
  const { processors, settings, log, metrics, createTopics, onCommitPoint } = options
  const worker = new Worker({
    graph,
    broker,
    registry,
    storage,
    clock,
    ...(createTopics && { createTopics }),
    ...(processors && { processors }),
    ...(settings && { settings }),
    ...(log && { log }),
    ...(metrics && { metrics }),
    ...(onCommitPoint && { onCommitPoint }),
    owner: `${hostname()} pid ${process.pid} thread ${threadId}`,
  })
  const { stalledTaskMs } = { ...defaultSettings, ...settings }
  const watch = new TaskWatch(worker, { clock, log: log ?? silentLog, metrics: metrics ?? {}, stalledTaskMs })
  // The engine's timers keep no process alive, and memory parts have no sockets: without this, Node would end a run that waits.
  const running = setInterval(() => {}, 2 ** 30)
  const stop = async () => {
    await worker.stop()
    watch.stop()
    clearInterval(running)
  }
  try {
    await worker.start()
  } catch (error) {
    await stop()
    throw error
  }
  watch.start()
  return {
    parts,
    failed: worker.failed,
    status: () => watch.status(),
    expected: () => worker.expected(),
    waiting: () => worker.waiting(),
    stop,
  }
}
