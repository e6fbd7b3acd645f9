import { RetriableError } from '../../definition/errors.ts'
import { type Appended, type OutgoingRecord, partitionKey, type TopicPartition } from '../port.ts'
import { impossibleTimestamp, isTimestamp, type RecordRefusal } from '../record-refusal.ts'
import { brokerError, recordRefused } from './broker-error.ts'
import { cut, nextRound } from './chunk.ts'
import type { Cluster } from './cluster.ts'
import type { ConnectionSet } from './connection-set.ts'
import { retryFor } from './patience.ts'
import { isLeaderMoved, isRecordRefused, isTooLarge } from './protocol/error-code.ts'
import type { NodeAddress } from './protocol/metadata.ts'
import { type ProduceAnswer, produceRequest } from './protocol/produce.ts'
import type { ProducerIdentity } from './protocol/transaction.ts'
import { encodeBatch } from './record-batch/encode.ts'

interface Batch extends TopicPartition {
  readonly key: string
  readonly records: readonly OutgoingRecord[]
  readonly baseSequence: number
  readonly batch: Buffer
  /** The pieces that were cut off a batch that was refused: they follow, one by one. */
  readonly after: readonly (readonly OutgoingRecord[])[]
}

/** The result of writing records: the offset after the last of each partition, and those that were left out. */
interface Outcome {
  readonly appended: Map<string, number>
  readonly refusals: RecordRefusal[]
}

/** One round under way. Batches that are acknowledged leave `pending`. */
interface Round extends Outcome {
  readonly pending: Map<string, Batch>
  readonly producer: ProducerIdentity
}

/**
 * Appends records as one idempotent producer: each partition's records in order, in numbered batches, so that a batch sent
 * twice is stored once. One batch a partition is in flight.
 *
 * A broker refuses a batch as a whole, for its size or for one of its records. Those that the broker names are left out and the
 * rest is sent; where it names none, the batch is cut in two, until each record that is refused is a batch of its own.
 */
export class Appender {
  readonly #cluster: Cluster
  readonly #connections: ConnectionSet
  readonly #transactionalId: string | null
  readonly #retryForMs: number
  /** The sequence number of the next record, by partition. It moves when a batch is acknowledged. */
  readonly #sequences = new Map<string, number>()

  constructor(cluster: Cluster, connections: ConnectionSet, transactionalId: string | null, retryForMs: number) {
    this.#cluster = cluster
    this.#connections = connections
    this.#transactionalId = transactionalId
    this.#retryForMs = retryForMs
  }

  /** For a new identity: its sequence numbers begin at 0. */
  restart(): void {
    this.#sequences.clear()
  }

  /**
   * Writes all records but those that the broker will never take, which it adds to `refusals`: those found before an error, too.
   * Returns the offset after the last record of each partition, by `partitionKey`.
   *
   * Errors: see `brokerError`. After any the producer's state at the broker is in doubt and the identity must not be used again.
   */
  async append(
    records: readonly OutgoingRecord[],
    producer: ProducerIdentity,
    refusals: RecordRefusal[],
  ): Promise<Appended> {
    const sendable = withTimestamps(records, refusals)
    const appended = new Map<string, number>()
    for (let chunks = cut(sendable); chunks.length > 0; ) {
      const { round, rest } = nextRound(chunks)
      const pending = new Map<string, Batch>()
      for (const { key, topic, partition, records } of round) {
        const baseSequence = this.#sequences.get(key) ?? 0
        pending.set(key, this.#encode({ key, topic, partition, records, baseSequence, after: [] }, producer))
      }
      // A batch that is sent again keeps its sequence numbers, so that the broker sees a duplicate.
      const send = () => this.#send({ pending, appended, refusals, producer })
      await retryFor(this.#cluster.context.clock, this.#retryForMs, send)
      chunks = rest
    }
    return appended
  }

  #encode({ records, baseSequence, ...rest }: Omit<Batch, 'batch'>, producer: ProducerIdentity): Batch {
    const batch = encodeBatch(records, { producer, baseSequence, transactional: this.#transactionalId !== null })
    return { ...rest, records, baseSequence, batch }
  }

  /** One attempt. Throws when anything is left. */
  async #send(round: Round): Promise<void> {
    const { pending } = round
    for (let more = true; more; ) {
      const groups = await this.#cluster.groupByLeader([...pending.values()])
      const sends = Array.from(groups, ([leader, batches]) => this.#sendTo(leader, batches, round))
      const sent = await Promise.allSettled(sends)
      const failure = sent.find(result => result.status === 'rejected')
      if (failure) throw failure.reason
      more = sent.some(result => result.status === 'fulfilled' && result.value)
    }
    // The partitions answered are compared with those sent.
    if (pending.size > 0) throw notAnswered(pending.values().next().value!)
  }

  /** True when a batch left something behind that is to be sent at once. */
  async #sendTo(leader: NodeAddress, batches: readonly Batch[], round: Round): Promise<boolean> {
    const { requestTimeoutMs } = this.#cluster.context
    try {
      const connection = await this.#connections.to(leader)
      const answers = await connection.send(produceRequest(this.#transactionalId, requestTimeoutMs, batches))
      let failure: Error | undefined
      let more = false
      for (const answer of answers) {
        const batch = round.pending.get(partitionKey(answer.topic, answer.partition))
        if (batch === undefined) continue
        if (answer.errorCode === 0 || isRecordRefused(answer.errorCode)) {
          more = this.#settle(batch, answer, round) || more
          continue
        }
        if (isLeaderMoved(answer.errorCode)) this.#cluster.forgetLeader(batch)
        const error = brokerError(answer.errorCode, 'Produce', where(batch))
        if (failure === undefined || failure instanceof RetriableError) failure = error
      }
      if (failure) throw failure
      return more
    } catch (error) {
      if (error instanceof RetriableError) for (const batch of batches) this.#cluster.forgetLeader(batch)
      throw error
    }
  }

  /** Takes a batch that was stored, or refused for its records, out of the round. True when a part of it is still to be sent. */
  #settle(batch: Batch, answer: ProduceAnswer, round: Round): boolean {
    const { key, records, baseSequence } = batch
    if (answer.errorCode === 0) {
      round.appended.set(key, answer.baseOffset + records.length)
      const nextSequence = sequenceAfter(baseSequence, records)
      this.#sequences.set(key, nextSequence)
      return this.#replace(batch, batch.after, nextSequence, round)
    }
    const refusals = refusalsOf(batch, answer)
    if (refusals.length === 0) {
      const middle = Math.ceil(records.length / 2)
      const halves = [records.slice(0, middle), records.slice(middle)]
      return this.#replace(batch, [...halves, ...batch.after], baseSequence, round)
    }
    round.refusals.push(...refusals)
    const refused = new Set(refusals.map(({ record }) => record))
    const left = records.filter(record => !refused.has(record))
    return this.#replace(batch, left.length > 0 ? [left, ...batch.after] : batch.after, baseSequence, round)
  }

  /** The partition's batch is followed by the first of the pieces, under the number. False when there is none. */
  #replace(
    { key, topic, partition }: Batch,
    [records, ...after]: readonly (readonly OutgoingRecord[])[],
    baseSequence: number,
    { pending, producer }: Round,
  ): boolean {
    if (records === undefined) {
      pending.delete(key)
      return false
    }
    pending.set(key, this.#encode({ key, topic, partition, records, baseSequence, after }, producer))
    return true
  }
}

/** The records that an answer refuses; none when the broker does not say which of several it means. */
function refusalsOf(batch: Batch, { errorCode, errorMessage, recordErrors }: ProduceAnswer): RecordRefusal[] {
  const refusal = (record: OutgoingRecord, message: string | null) => ({
    record,
    error: recordRefused(errorCode, where(batch), message ?? errorMessage),
  })
  const { records } = batch
  if (records.length === 1) return [refusal(records[0]!, recordErrors[0]?.message ?? null)]
  if (isTooLarge(errorCode)) return []
  return recordErrors.flatMap(({ index, message }) => {
    const record = records[index]
    return record === undefined ? [] : [refusal(record, message)]
  })
}

/** The records whose timestamp can be sent; the others are refused. */
function withTimestamps(records: readonly OutgoingRecord[], refusals: RecordRefusal[]): readonly OutgoingRecord[] {
  if (records.every(({ timestamp }) => isTimestamp(timestamp))) return records
  const wrong = records.filter(({ timestamp }) => !isTimestamp(timestamp))
  refusals.push(...wrong.map(record => ({ record, error: impossibleTimestamp(record) })))
  return records.filter(({ timestamp }) => isTimestamp(timestamp))
}

/** Sequence numbers wrap to 0 after 2^31 - 1. */
function sequenceAfter(baseSequence: number, records: readonly OutgoingRecord[]): number {
  return (baseSequence + records.length) & 0x7fff_ffff
}

function where({ topic, partition }: TopicPartition): string {
  return `topic '${topic}' partition ${partition}`
}

function notAnswered(batch: TopicPartition): RetriableError {
  const { topic, partition } = batch
  return new RetriableError(
    'BROKER_UNAVAILABLE',
    `Produce was answered without one of its partitions, ${where(batch)}: it is sent again`,
    { context: { topic, partition } },
  )
}
