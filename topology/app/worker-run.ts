import { buildGraph } from '../definition/graph.ts'
import type { UnreadPartitions } from '../runtime/partition-watch.ts'
import type { EngineSettings } from '../runtime/task-environment.ts'
import type { TaskStatus } from '../runtime/task-status.ts'
import { jsonLog } from './json-log.ts'
import { engineMetrics, type MetricValues } from './metrics.ts'
import { loadProject } from './project.ts'
import { type RunOptions, run } from './run.ts'
import type { KafkaAddress, RegistryAddress } from './server-address.ts'
import { loadTopology } from './topology-file.ts'

/** The settings of a worker: plain data, so that they can be handed to a thread. */
export interface WorkerSettings {
  /** Topology file; unset: the project's own. */
  readonly topology?: string
  /** Empty: all. */
  readonly processors: readonly string[]
  readonly kafka: KafkaAddress
  /** Unset: the topology has no Avro. */
  readonly registry?: RegistryAddress | undefined
  readonly postgres: string
  readonly schema: string | undefined
  /** Shape: `'info'`. */
  readonly logLevel: string
  /** See `RunOptions`. Of threads it is the first part: each has its number behind it. */
  readonly instanceId?: string | undefined
  /** The engine's tuning as given by the environment. */
  readonly engine?: Partial<EngineSettings>
  /** Count and time what the engine does. */
  readonly metrics: boolean
}

/** The state of a worker. */
export interface WorkerStatus {
  readonly tasks: readonly TaskStatus[]
  /** The things that it waits for as a whole. Shape: `['by-word: it has not joined its group yet']`. */
  readonly waiting: readonly string[]
  /** Names of the tasks of its sub-topologies, whoever owns them. */
  readonly expected: readonly string[]
  /** Partitions of inputs that nobody reads, since they were added while there was state. Unset: none. */
  readonly unread?: readonly UnreadPartitions[]
}

/** A worker, in this thread or in several. */
export interface RunningWorker {
  readonly failed: Promise<unknown>
  status(): Promise<WorkerStatus>
  /** One for each thread; empty when the settings ask for none. */
  metrics(): Promise<readonly MetricValues[]>
  stop(): Promise<void>
}

/** Functions that watch a worker of this thread: they cannot be handed to another one. */
export type WorkerHooks = Pick<RunOptions, 'onCommitPoint'>

/** Starts a worker in this thread, on the real parts that the settings name. Errors: TopologyError, RetriableError. */
export async function startWorker(settings: WorkerSettings, hooks: WorkerHooks = {}): Promise<RunningWorker> {
  const topology = await loadTopology(settings.topology)
  const { decisions = {}, reconciliations = {} } = await loadProject()
  const metrics = settings.metrics
    ? engineMetrics({ graph: buildGraph(topology), processors: settings.processors, decisions, reconciliations })
    : undefined
  const app = await run(topology, {
    kafka: settings.kafka,
    ...(settings.registry && { registry: settings.registry }),
    postgres: settings.postgres,
    ...(settings.schema && { schema: settings.schema }),
    processors: settings.processors,
    log: jsonLog(settings.logLevel, 'worker'),
    ...(settings.engine && { settings: settings.engine }),
    ...(settings.instanceId && { instanceId: settings.instanceId }),
    ...(metrics && { metrics }),
    ...hooks,
  })
  const names = settings.processors.length > 0 ? settings.processors.join(', ') : topology.name
  console.log(`${names}  joined   ${app.parts.where}`)
  return {
    failed: app.failed,
    status: async () => ({
      tasks: app.status(),
      waiting: app.waiting(),
      expected: app.expected(),
      unread: app.unread(),
    }),
    metrics: async () => (metrics ? [await metrics.values()] : []),
    stop: () => app.stop(),
  }
}
