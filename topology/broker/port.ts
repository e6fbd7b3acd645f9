import type { ErrorCode } from '../definition/errors.ts'
import type { Awaitable, Header } from '../definition/record.ts'
import type { RecordRefusal } from './record-refusal.ts'

export { isTimestamp, type RecordRefusal, RecordsRefusedError } from './record-refusal.ts'

/**
 * The services that the engine needs from Kafka. Two adapters provide them: kafkajs for real clusters, and memory; one
 * conformance suite (`test/contract/broker.ts`) runs over both. Offsets are numbers (exact below 2^53); timestamps are ms.
 *
 * Errors, everywhere: RetriableError BROKER_UNAVAILABLE for errors that may pass; TaskMigratedError FENCED when a newer producer
 * of the same transactional id (or a newer generation) exists; FatalError UNSUPPORTED.
 */
export interface Broker {
  readonly admin: BrokerAdmin
  /** A transactional producer. Nothing is sent before `init`. */
  producer(options: ProducerOptions): TransactionalProducer
  /** A plain idempotent producer, for the outside of a topology: bots, the outbox relay, tools. */
  writer(): Promise<RecordWriter>
  /** Reads partitions from given positions, without a group: tasks, restore, global tables, tools. */
  reader(options: ReaderOptions): RecordReader
  /** Joins a consumer group and stays in it until `leave`. */
  join(options: GroupOptions): GroupMember
  close(): Promise<void>
}

/** One partition of a topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A record as bytes. Shape: `{ topic, partition, offset: 41, timestamp: 1700000000000, key, value, headers: [] }`. */
export interface RawRecord extends TopicPartition {
  readonly offset: number
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly Header[]
}

/** A record to be written; its partition is always set by the caller. */
export interface OutgoingRecord extends TopicPartition {
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly Header[]
}

export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

/** A topic of the cluster. */
export interface TopicDescription extends TopicSpec {
  /** All settings that hold for the topic: its own, else the brokers', else Kafka's. Shape: `{ 'max.message.bytes': '1048588', ... }`. */
  readonly effective: Readonly<Record<string, string>>
}

export interface BrokerAdmin {
  /** Creates the topics that are missing; one that exists is left as it is. */
  createTopics(topics: readonly TopicSpec[]): Promise<void>
  /** Those of the names that exist (all topics when unset); `config` is what is set on the topic itself. */
  describeTopics(names?: readonly string[]): Promise<readonly TopicDescription[]>
  /** Sets these settings of topics that exist; others of theirs stay. */
  alterTopics(topics: readonly Pick<TopicSpec, 'name' | 'config'>[]): Promise<void>
  deleteTopics(names: readonly string[]): Promise<void>
  /** Removes the records before an offset of each partition: its log begins there. One that lies before the log start changes nothing. */
  deleteRecords(before: readonly (TopicPartition & { readonly offset: number })[]): Promise<void>
  /** Gives topics more partitions: the new ones are empty. One that has as many is left as it is. */
  growTopics(topics: readonly Pick<TopicSpec, 'name' | 'partitions'>[]): Promise<void>
  /**
   * `earliest` is the log start; `committed` the last stable offset (LSO), the end for a read_committed reader;
   * `latest` the high watermark; for a timestamp the first record at or after it, or the high watermark when there is none.
   * In the order asked.
   */
  listOffsets(
    partitions: readonly TopicPartition[],
    at: 'earliest' | 'committed' | 'latest' | { readonly timestamp: number },
  ): Promise<readonly number[]>
  /**
   * Committed offsets of a group; undefined where there is none. Waits for pending transactional offset commits to
   * settle, so call it after the fence (C4).
   */
  committedOffsets(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<readonly (CommittedOffset | undefined)[]>
  /** Sets a group's offsets from outside. The group must have no members. */
  commitOffsets(group: string, offsets: readonly GroupOffset[]): Promise<void>
  listGroups(): Promise<readonly string[]>
  /** The groups as their coordinators see them, in the order asked. One that does not exist has no members. */
  describeGroups(groups: readonly string[]): Promise<readonly GroupDescription[]>
}

/** A group as its coordinator sees it. */
export interface GroupDescription {
  readonly group: string
  /** Kafka's name of its state. Shape: `'Stable'`, `'PreparingRebalance'`, `'Empty'`, `'Dead'`. */
  readonly state: string
  readonly members: readonly GroupMemberDescription[]
}

/** A member of a group. `userData` and `assignment` as in `GroupOptions`; empty for members of other libraries. */
export interface GroupMemberDescription extends GroupMemberInfo {
  readonly clientId: string
  /** The address from which it is connected. Shape: `'/10.0.0.7'`. */
  readonly clientHost: string
  readonly assignment: string
}

/** `metadata` carries the task's stream time (engine.md section 5). */
export interface CommittedOffset {
  readonly offset: number
  readonly metadata: string
}

export interface GroupOffset extends TopicPartition, CommittedOffset {}

/** The points of one commit at which a process may die; in this order. `end-sent`: EndTxn is on its way, unanswered. */
export type CommitStep = 'begun' | 'produced' | 'offsets-sent' | 'before-end' | 'end-sent'

export interface ProducerOptions {
  /** One stable id a task: `<app>-<sub-topology>-<partition>`. */
  readonly transactionalId: string
  /** After this long without an end the broker aborts the transaction. Units: ms. Unset: 10,000. */
  readonly transactionTimeoutMs?: number
  /** Kill points for tests: called and awaited at each step of `commit`; a throw fails the commit there. */
  onStep?(step: CommitStep): Awaitable<void>
}

/** The offset after the last record that a transaction wrote to each partition, by `partitionKey`. */
export type Appended = ReadonlyMap<string, number>

/**
 * One transactional producer. After any error inside a transaction it must be dropped (`close`) and a new one made: it cannot
 * recover by itself.
 */
export interface TransactionalProducer {
  /** Fences every older producer of this id and settles its transaction. */
  init(): Promise<void>
  /**
   * One transaction: the records and the group's offsets, all or nothing (C1). Resolves when the broker has acknowledged the
   * commit. Every partition sent is compared with those answered.
   *
   * Returns the offset after the last record written, by `partitionKey(topic, partition)`.
   * Errors: TaskMigratedError FENCED; TaskMigratedError COMMIT_UNKNOWN when EndTxn got no answer; else the transaction
   * is known not to be committed. RecordsRefusedError names the records that the broker will never take.
   */
  commit(transaction: Transaction): Promise<Appended>
  close(): Promise<void>
}

export interface Transaction {
  readonly records: readonly OutgoingRecord[]
  /**
   * Called when all records but these are written: returns the records to write in their place, in this transaction, or
   * undefined, and then the commit fails with RecordsRefusedError. Called again if one of those is refused, too. Unset: it fails.
   */
  replaceRefused?(refusals: readonly RecordRefusal[]): readonly OutgoingRecord[] | undefined
  readonly offsets?: {
    readonly group: string
    readonly generation?: Generation
    readonly offsets: readonly GroupOffset[]
  }
}

/** A member's place in its group, so that a broker that knows KIP-447 can fence by it. */
export interface Generation {
  readonly id: number
  readonly memberId: string
  /** As in `GroupOptions`. */
  readonly instanceId?: string | undefined
}

/** Writes records outside transactions, in order. Resolves when all are acknowledged. */
export interface RecordWriter {
  /** Errors: RecordsRefusedError names the records that the broker will never take; all others are stored. */
  send(records: readonly OutgoingRecord[]): Promise<void>
  close(): Promise<void>
}

export interface ReaderOptions {
  readonly isolation: 'read_committed' | 'read_uncommitted'
  /** The time that a fetch waits for data. Units: ms. Unset: 100. */
  readonly maxWaitMs?: number
  /**
   * At most this many bytes of a partition's records in one poll, as they were before compression, but always one record; and
   * at most this many bytes, compressed, in one fetch, but always one batch. Units: bytes. Unset: 1 MiB.
   */
  readonly maxBytesPerPartition?: number
}

/** The result of one poll for one partition. */
export interface FetchedPartition extends TopicPartition {
  /** Only data records of committed transactions (under read_committed), from the position asked for. May be empty. */
  readonly records: readonly RawRecord[]
  /**
   * The position to continue from: past control and aborted records too. Restore is complete when this reaches the end
   * offset.
   */
  readonly position: number
  /** The end for this isolation: LSO or high watermark. `endOffset - position` is the lag. */
  readonly endOffset: number
}

/**
 * Reads from positions that the caller sets. Partitions can be added, moved and removed while a poll waits; a poll answers
 * for the positions at the time when it was sent, and answers for partitions since removed or moved are left out.
 *
 * Errors of `poll` that concern one partition alone have it in their context, and its position is not moved; the others can be polled on.
 * They are TaskCorruptedError OFFSET_OUT_OF_RANGE, TopologyError NOT_AUTHORISED, FatalError UNSUPPORTED for records of an unknown codec
 * or format, and, with an `offset` too, RetriableError BROKER_UNAVAILABLE for a damaged batch.
 */
export interface RecordReader {
  seek(partition: TopicPartition, position: number): void
  remove(partition: TopicPartition): void
  /** A paused partition keeps its position and is not asked for. */
  pause(partition: TopicPartition): void
  resume(partition: TopicPartition): void
  /** Resolves when data (or a moved end) is there or the wait is over. One poll at a time. */
  poll(): Promise<readonly FetchedPartition[]>
  close(): Promise<void>
}

/** A member as the leader sees it. `userData` is the text that the member gave about itself. */
export interface GroupMemberInfo {
  readonly memberId: string
  readonly userData: string
}

export interface GroupOptions {
  readonly groupId: string
  /** Topics of the sub-topology, for tools that show the group. */
  readonly topics: readonly string[]
  /** Name of the assignment protocol. */
  readonly protocol: string
  /**
   * A name that the member keeps when its process starts again (static membership, KIP-345). A member with the name of one that the
   * group still knows takes its place at once, with its tasks, and the other is fenced. Shape: `'trading.worker-0-1'`. Unset: none.
   */
  readonly instanceId?: string
  /** Units: ms. Unset: 45,000 and 60,000. */
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
  /** The text that this member gives about itself at each join (the tasks it has). */
  userData(): string
  /** Called on the leader: assigns the tasks. The answer is opaque to the broker. */
  assign(members: readonly GroupMemberInfo[]): ReadonlyMap<string, string>
  /** A generation has begun. Must return soon; longer work goes on by itself. */
  onAssigned(assignment: string, generation: Generation): void
  /** A rebalance was announced: commit and give up the tasks. Awaited before the member rejoins. */
  onRevoked(): Promise<void>
  /**
   * Membership was lost: ownership is gone. The member rejoins by itself. Only the coordinator decides that, with an answer:
   * `GENERATION_ENDED`, the member is out; the code of a refusal, it cannot join.
   */
  onLost(reason: string, code: ErrorCode): void
  /**
   * The coordinator has not answered for a third of the session timeout. The member may be out of the group, or may not: it keeps its
   * tasks until the coordinator answers, and what they commit meanwhile is accepted or fenced. Called again with every attempt.
   */
  onSilence?(reason: string): void
  /** The coordinator answers again. */
  onAnswered?(): void
  /** Another member with this `instanceId` has taken the place: ownership is gone, and the member does not join again. */
  onReplaced?(reason: string): void
}

/** A member of a group. Heartbeats on a timer of its own. */
export interface GroupMember {
  /** The moment, as the clock's `monotonic`, of the last heartbeat (or join) that the coordinator accepted in this generation. Units: ms. */
  lastHeartbeat(): number
  /** Sends a heartbeat now; true when the coordinator accepted it in the current generation. */
  confirm(): Promise<boolean>
  leave(): Promise<void>
}

/** Shape: `partitionKey('lines', 0) === 'lines/0'`. Topic names cannot hold a slash. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
