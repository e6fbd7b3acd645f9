import { backoffMs, backoffs } from '../../definition/backoff.ts'
import { FatalError, RetriableError, TaskCorruptedError } from '../../definition/errors.ts'
import {
  type FetchedPartition,
  partitionKey,
  type ReaderOptions,
  type RecordReader,
  type TopicPartition,
} from '../port.ts'
import { brokerError } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import type { ConnectionSet } from './connection-set.ts'
import { isLeaderMoved, kafka } from './protocol/error-code.ts'
import { type FetchedBytes, fetchRequest } from './protocol/fetch.ts'
import type { NodeAddress } from './protocol/metadata.ts'
import { FetchedRecords } from './record-batch/fetched-records.ts'

const defaultMaxWaitMs = 100
const defaultMaxBytesPerPartition = 1_048_576
/** For all partitions of one fetch. The leader answers the first partitions asked for first, hence `#answered`. */
const fetchBytes = 32 * 1_048_576

/** One partition from one `seek` on. A later seek makes another, so an answer for an earlier one is known to be stale. */
interface Cursor extends TopicPartition {
  position: number
  paused: boolean
  /** Part of a fetch under way, or of an answer not yet handed out. */
  asked: boolean
}

/** The leader's answer for one partition, handed out a stretch a poll. */
interface Answer {
  readonly cursor: Cursor
  readonly endOffset: number
  readonly records: FetchedRecords
  /** The stretch that comes next, once it is read, or the error in its place. */
  next?: { readonly found: FetchedPartition } | { readonly failure: unknown }
}

/**
 * Reads by fetches of our own, one under way per leader, over connections of its own: a fetch parks at the broker and would
 * delay the requests behind it.
 *
 * A fetch belongs to the cursors it was sent for. Answers are kept as they came, compressed, until polls have taken them
 * stretch by stretch: a poll decompresses at most `maxBytesPerPartition` of records for a partition. Those of cursors replaced
 * or removed since are dropped, those of paused ones wait. A leader that fails or moves is looked up again with growing pauses; if
 * that has not helped for `retryForMs`, one poll throws the error, and the next tries again.
 */
export class KafkaRecordReader implements RecordReader {
  readonly #cluster: Cluster
  readonly #connections: ConnectionSet
  readonly #readCommitted: boolean
  readonly #maxWaitMs: number
  readonly #maxBytesPerPartition: number
  readonly #retryForMs: number
  /** In the order in which they are asked for. */
  readonly #cursors = new Map<string, Cursor>()
  readonly #busy = new Set<NodeAddress['id']>()
  #locating = false
  #ready: Answer[] = []
  /** True if a fetch was answered since the last poll looked. */
  #arrived = false
  #failure: unknown
  #troubleSince: number | undefined
  #failures = 0
  #polling = false
  readonly #over = new AbortController()
  #notify = () => {}

  constructor(cluster: Cluster, options: ReaderOptions, retryForMs: number) {
    this.#cluster = cluster
    this.#connections = cluster.connections()
    this.#readCommitted = options.isolation === 'read_committed'
    this.#maxWaitMs = options.maxWaitMs ?? defaultMaxWaitMs
    this.#maxBytesPerPartition = options.maxBytesPerPartition ?? defaultMaxBytesPerPartition
    this.#retryForMs = retryForMs
  }

  seek({ topic, partition }: TopicPartition, position: number): void {
    const key = partitionKey(topic, partition)
    const paused = this.#cursors.get(key)?.paused ?? false
    this.#cursors.set(key, { topic, partition, position, paused, asked: false })
    this.#notify()
  }

  remove({ topic, partition }: TopicPartition): void {
    this.#cursors.delete(partitionKey(topic, partition))
  }

  pause({ topic, partition }: TopicPartition): void {
    const cursor = this.#cursors.get(partitionKey(topic, partition))
    if (cursor) cursor.paused = true
  }

  resume({ topic, partition }: TopicPartition): void {
    const cursor = this.#cursors.get(partitionKey(topic, partition))
    if (!cursor) return
    cursor.paused = false
    this.#notify()
  }

  async poll(): Promise<readonly FetchedPartition[]> {
    if (this.#over.signal.aborted) throw new FatalError('INTERNAL', 'poll on a closed reader: make a new one')
    if (this.#polling) throw new FatalError('INTERNAL', 'poll while another poll waits: one poll at a time')
    this.#polling = true
    try {
      return await this.#poll()
    } finally {
      this.#polling = false
    }
  }

  async close(): Promise<void> {
    this.#over.abort()
    this.#cursors.clear()
    for (const { records } of this.#ready.splice(0)) records.close()
    this.#cluster.release(this.#connections)
    this.#notify()
  }

  async #poll(): Promise<FetchedPartition[]> {
    // Before what is there is read: a long answer of one partition must not hold up the others.
    this.#ask()
    for (;;) {
      const changed = new Promise<void>(resolve => {
        this.#notify = resolve
      })
      if (this.#over.signal.aborted) return []
      const arrived = this.#arrived
      this.#arrived = false
      await this.#readNext()
      const found = this.#take()
      // An answer that is no longer wanted ends the poll too: it answers for the positions at the time when it was sent.
      if (found.length > 0 || arrived) return found
      if (this.#failure !== undefined) {
        const failure = this.#failure
        this.#failure = undefined
        throw failure
      }
      this.#ask()
      if (this.#busy.size > 0 || this.#locating) await changed
      else {
        const resting = new AbortController()
        await Promise.race([this.#cluster.context.clock.sleep(this.#maxWaitMs, resting.signal), changed])
        resting.abort()
        if (!this.#hasIdle() && !this.#hasWanted()) return []
      }
    }
  }

  #idle(): Cursor[] {
    return Array.from(this.#cursors.values()).filter(cursor => !cursor.paused && !cursor.asked)
  }

  #hasIdle(): boolean {
    return this.#idle().length > 0
  }

  /** Sends a fetch to every leader that has cursors to fetch for and no fetch under way. */
  #ask(): void {
    const groups = new Map<NodeAddress, Cursor[]>()
    const lost: Cursor[] = []
    for (const cursor of this.#idle()) {
      const leader = this.#cluster.leaderOf(cursor)
      if (leader === undefined) lost.push(cursor)
      else if (!this.#busy.has(leader.id)) groups.set(leader, [...(groups.get(leader) ?? []), cursor])
    }
    if (lost.length > 0 && !this.#locating) void this.#locate(lost)
    else this.#cluster.keepFresh()
    for (const [leader, cursors] of groups) void this.#fetch(leader, cursors)
  }

  async #locate(lost: readonly Cursor[]): Promise<void> {
    this.#locating = true
    try {
      await this.#cluster.groupByLeader(lost)
    } catch (error) {
      await this.#trouble(error)
    } finally {
      this.#locating = false
      this.#notify()
    }
  }

  async #fetch(leader: NodeAddress, cursors: readonly Cursor[]): Promise<void> {
    this.#busy.add(leader.id)
    for (const cursor of cursors) cursor.asked = true
    try {
      const connection = await this.#connections.to(leader)
      const question = {
        positions: cursors.map(cursor => ({ ...cursor, leaderEpoch: this.#cluster.leaderEpochOf(cursor) })),
        readCommitted: this.#readCommitted,
        // A parked fetch would hold up the partition that has answers now, once these are read.
        maxWaitMs: this.#hasWanted() ? 0 : this.#maxWaitMs,
        maxBytesPerPartition: this.#maxBytesPerPartition,
        maxBytes: fetchBytes,
      }
      const timeoutMs = this.#maxWaitMs + this.#cluster.context.requestTimeoutMs
      const { errorCode, partitions } = await connection.send(fetchRequest(question), { timeoutMs })
      if (errorCode !== 0) throw brokerError(errorCode, 'Fetch', `broker ${leader.host}:${leader.port}`)
      await this.#accept(cursors, partitions)
    } catch (error) {
      this.#giveBack(cursors)
      await this.#trouble(error)
    } finally {
      this.#busy.delete(leader.id)
      this.#notify()
    }
  }

  async #accept(cursors: readonly Cursor[], partitions: readonly FetchedBytes[]): Promise<void> {
    const byKey = new Map(cursors.map(cursor => [partitionKey(cursor.topic, cursor.partition), cursor]))
    let failure: unknown
    for (const fetched of partitions) {
      const key = partitionKey(fetched.topic, fetched.partition)
      const cursor = byKey.get(key)
      if (cursor === undefined) continue
      byKey.delete(key)
      if (fetched.errorCode === 0 || fetched.errorCode === kafka.OFFSET_OUT_OF_RANGE) {
        this.#ready.push(this.#answer(cursor, fetched))
        this.#arrived = true
        continue
      }
      const error = brokerError(fetched.errorCode, 'Fetch', where(cursor), cursor)
      if (error instanceof RetriableError) {
        this.#giveBack([cursor], isLeaderMoved(fetched.errorCode))
        failure = brokerError(fetched.errorCode, 'Fetch', where(cursor))
      } else {
        // The others are read on.
        this.#ready.push({ ...this.#answer(cursor, fetched), next: { failure: error } })
        this.#arrived = true
      }
    }
    this.#giveBack([...byKey.values()])
    if (failure === undefined) {
      this.#troubleSince = undefined
      this.#failures = 0
    } else await this.#trouble(failure)
  }

  /** Cursors that got no answer are fetched for again, from another node if their leader is in doubt. */
  #giveBack(cursors: readonly Cursor[], leaderInDoubt = true): void {
    for (const cursor of cursors) {
      cursor.asked = false
      if (leaderInDoubt) this.#cluster.forgetLeader(cursor)
    }
  }

  /** Pauses before the next attempt, or leaves the error for a poll to throw. */
  async #trouble(error: unknown): Promise<void> {
    if (this.#over.signal.aborted) return
    const { clock } = this.#cluster.context
    this.#troubleSince ??= clock.monotonic()
    if (!(error instanceof RetriableError) || clock.monotonic() - this.#troubleSince >= this.#retryForMs) {
      this.#failure = error
      this.#troubleSince = undefined
    }
    // Answers of the same fetch need not wait.
    this.#notify()
    await clock.sleep(backoffMs(backoffs.fetch, ++this.#failures, clock), this.#over.signal)
  }

  #answer(cursor: Cursor, fetched: FetchedBytes): Answer {
    const { topic, partition, position } = cursor
    const range = {
      topic,
      partition,
      position,
      bytes: fetched.records ?? nothing,
      aborted: this.#readCommitted ? fetched.aborted : undefined,
    }
    return {
      cursor,
      endOffset: this.#readCommitted ? fetched.lastStableOffset : fetched.highWatermark,
      records: new FetchedRecords(range, this.#cluster.context.clock),
      // The caller's to know; nothing is reset.
      ...(fetched.errorCode === kafka.OFFSET_OUT_OF_RANGE && { next: { failure: outOfRange(cursor) } }),
    }
  }

  /** Reads the next stretch of every answer that is wanted now. Partitions may be moved, removed and paused meanwhile. */
  async #readNext(): Promise<void> {
    for (const answer of [...this.#ready]) {
      if (answer.next !== undefined || !this.#isWanted(answer)) continue
      const { topic, partition } = answer.cursor
      try {
        const { records, position } = await answer.records.next(this.#maxBytesPerPartition)
        answer.next = { found: { topic, partition, records, position, endOffset: answer.endOffset } }
      } catch (failure) {
        answer.next = { failure }
      }
    }
  }

  /** Hands out the stretches that are read. An error comes alone, so that no records are lost with it. */
  #take(): FetchedPartition[] {
    const found: FetchedPartition[] = []
    const waiting: Answer[] = []
    const answers = this.#ready
    for (let index = 0; index < answers.length; index++) {
      const answer = answers[index]!
      const { cursor, next, records } = answer
      if (this.#isStale(cursor)) records.close()
      else if (next === undefined || cursor.paused) waiting.push(answer)
      else if ('failure' in next) {
        const isAlone = found.length === 0
        this.#ready = [...waiting, ...answers.slice(isAlone ? index + 1 : index)]
        if (!isAlone) return found
        cursor.asked = false
        records.close()
        throw next.failure
      } else {
        found.push(next.found)
        cursor.position = next.found.position
        delete answer.next
        if (records.isOver) this.#answered(cursor, next.found.records.length > 0)
        else waiting.push(answer)
      }
    }
    this.#ready = waiting
    return found
  }

  /** The partition was moved or removed since this was asked for: the answer is thrown away. */
  #isStale(cursor: Cursor): boolean {
    return this.#cursors.get(partitionKey(cursor.topic, cursor.partition)) !== cursor
  }

  #hasWanted(): boolean {
    return this.#ready.some(answer => this.#isWanted(answer))
  }

  #isWanted({ cursor }: Answer): boolean {
    return !cursor.paused && !this.#isStale(cursor)
  }

  /** A partition that had its turn goes to the end; otherwise the first ones would fill every fetch. */
  #answered(cursor: Cursor, hadRecords: boolean): void {
    cursor.asked = false
    const key = partitionKey(cursor.topic, cursor.partition)
    if (!hadRecords) return
    this.#cursors.delete(key)
    this.#cursors.set(key, cursor)
  }
}

const nothing = Buffer.alloc(0)

function where({ topic, partition }: TopicPartition): string {
  return `topic '${topic}' partition ${partition}`
}

function outOfRange(cursor: Cursor): TaskCorruptedError {
  const { topic, partition, position } = cursor
  return new TaskCorruptedError(
    'OFFSET_OUT_OF_RANGE',
    `offset ${position} is not in the log, ${where(cursor)}: it was deleted, or belongs to another log; seek elsewhere`,
    { context: { topic, partition, offset: position } },
  )
}
