import type { StateStorage } from '../../store/contract.ts'
import type { Broker, RecordReader } from '../broker/port.ts'
import type { Clock, TaskClock } from '../definition/clock.ts'
import type { TaskId } from '../definition/definition.ts'
import type { TopologyGraph } from '../definition/graph.ts'
import type { Awaitable } from '../definition/record.ts'
import type { TaskTable } from '../definition/store.ts'
import type { BreakerLimits } from './breaker.ts'
import type { Codecs } from './codecs.ts'
import type { CommitPoint } from './commit.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { StoragePlace } from './storage-place.ts'
import type { Tracing } from './tracing.ts'

/** The engine's settings. Units in the names. */
export interface EngineSettings {
  /**
   * A task that is never without records commits this long after its last commit was acknowledged; one whose inputs run dry
   * commits at once, but not sooner than 20 ms after its last one.
   */
  readonly commitIntervalMs: number
  /** Outputs, unwritten state and committed but unapplied state of a task: above it, commit early; if still above it, wait. */
  readonly maxBufferBytes: number
  /** Fetched but unprocessed records of an input partition: above it the reader pauses the partition. */
  readonly maxQueueBytes: number
  /** State kept in memory beside Postgres, for each store of a task. Unset: an even share of `workerCacheBytes`. */
  readonly cacheBytes: number
  /** State that a worker keeps in memory in all, if it is given every task of its sub-topologies. Units: bytes. */
  readonly workerCacheBytes: number
  readonly transactionTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** The interval at which a task without commits checks that its tables are still as it left them. */
  readonly storeCheckMs: number
  /** When a task stops instead of dead-lettering on, unless the policy of a processor says so itself. */
  readonly breaker: BreakerLimits
  /** A record that is processed for longer is told as stuck, unless the policy of its processor says so itself. */
  readonly slowRecordMs: number
  /** A task with work to do that has not come on for longer is told as stuck. */
  readonly stalledTaskMs: number
  /** The interval at which topics are looked for that match the patterns of the topology. */
  readonly patternRefreshMs: number
  /** The interval at which the partition counts of inputs are looked at. */
  readonly partitionCheckMs: number
  /** A task that is to be given up waits for its record under way at most so long. */
  readonly stopTimeoutMs: number
}

/** The default settings. */
export const defaultSettings: Omit<EngineSettings, 'cacheBytes'> = {
  workerCacheBytes: 512 * 1024 * 1024,
  commitIntervalMs: 100,
  maxBufferBytes: 16 * 1024 * 1024,
  // Records that wait long are copied by the garbage collector again and again: short queues took a quarter off the time of
  // a count.
  maxQueueBytes: 512 * 1024,
  transactionTimeoutMs: 10_000,
  // The same as Java's since Kafka 3.0 (KIP-735): a pause of a node or of a garbage collector is no death.
  sessionTimeoutMs: 45_000,
  rebalanceTimeoutMs: 60_000,
  storeCheckMs: 10_000,
  breaker: { share: 0.5, records: 1_000 },
  slowRecordMs: 300_000,
  stalledTaskMs: 300_000,
  patternRefreshMs: 60_000,
  partitionCheckMs: 60_000,
  stopTimeoutMs: 10_000,
}

/** The surroundings in which a task processes records, wherever these come from. */
export interface ProcessingEnvironment {
  readonly graph: TopologyGraph
  readonly codecs: Codecs
  // biome-ignore lint/suspicious/noExplicitAny: global tables have different types
  readonly globals: ReadonlyMap<string, TaskTable<any, any>>
  readonly clock: TaskClock
  readonly log: Log
  readonly metrics: Metrics
  /** Unset: costs nothing. */
  readonly tracing?: Tracing | undefined
  readonly settings: Pick<EngineSettings, 'cacheBytes' | 'breaker' | 'slowRecordMs'>
  /** Partition count on the cluster. */
  partitionsOf(topic: string): number
  /** `max.message.bytes` of a topic, less room for a batch header. Units: bytes. */
  maxRecordBytes(topic: string): number
}

/** The surroundings that all tasks of a worker share: also where their records come from, and where their commits go. */
export interface TaskEnvironment extends ProcessingEnvironment {
  readonly broker: Broker
  readonly storage: StateStorage
  /** The process and thread that runs the tasks, for `millrace status`. Shape: `'host-7 pid 4711 thread 2'`. */
  readonly owner: string
  /** The database of the storage, for the other members of its groups. */
  readonly place: StoragePlace
  /** The name that the groups know this worker by across restarts, as `groupInstanceId` makes it. Unset: they do not. */
  readonly instanceId?: string | undefined
  /** The fingerprint of the topology, for the other members of its groups. Shape: `'3f9a2c01b7de'`. */
  readonly fingerprint: string
  readonly reader: RecordReader
  readonly clock: Clock
  readonly settings: EngineSettings
  /** `delete.retention.ms` of a changelog. */
  deleteRetentionMs(changelog: string): number
  /** Kill points for chaos runs: called and awaited at each point of every commit. Unset: costs nothing. */
  readonly onCommitPoint?: ((task: TaskId, point: CommitPoint) => Awaitable<void>) | undefined
}
