import { RetriableError } from '../../definition/errors.ts'
import { type Appended, type OutgoingRecord, partitionKey, type TopicPartition } from '../port.ts'
import { brokerError } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import type { ConnectionSet } from './connection-set.ts'
import { retryFor } from './patience.ts'
import { isLeaderMoved, isTooLarge } from './protocol/error-code.ts'
import type { NodeAddress } from './protocol/metadata.ts'
import { produceRequest } from './protocol/produce.ts'
import type { ProducerIdentity } from './protocol/transaction.ts'
import { encodeBatch, recordBytesAtMost } from './record-batch/encode.ts'

/** Below the default `max.message.bytes` of 1,048,588. */
const batchBytes = 900_000
const batchRecords = 5_000
/** Batches sent together. The default of `socket.request.max.bytes` is 100 MiB. */
const roundBytes = 16_000_000

interface Chunk extends TopicPartition {
  readonly key: string
  readonly records: OutgoingRecord[]
  bytes: number
}

interface Batch extends TopicPartition {
  readonly key: string
  readonly records: readonly OutgoingRecord[]
  readonly baseSequence: number
  readonly batch: Buffer
  /** The pieces that were cut off a batch that the topic found too large: they follow, one by one. */
  readonly after: readonly (readonly OutgoingRecord[])[]
}

/**
 * Appends records as one idempotent producer: each partition's records in order, in numbered batches, so that a batch sent
 * twice is stored once. One batch a partition is in flight. `max.message.bytes` is a limit of batches, not of records: one that a
 * topic refuses for its size is cut in two, as Kafka's own producer does, until each record is a batch of its own.
 */
export class Appender {
  readonly #cluster: Cluster
  readonly #connections: ConnectionSet
  readonly #transactionalId: string | null
  readonly #retryForMs: number
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
   * Returns the offset after the last record of each partition, by `partitionKey`.
   *
   * Errors: see `brokerError`. After any the producer's state at the broker is in doubt and the identity must not be used again.
   */
  async append(records: readonly OutgoingRecord[], producer: ProducerIdentity): Promise<Appended> {
    const appended = new Map<string, number>()
    for (let chunks = cut(records); chunks.length > 0; ) {
      const { round, rest } = nextRound(chunks)
      const pending = new Map(round.map(chunk => [chunk.key, this.#batch(chunk, producer)]))
      // A batch that is sent again keeps its sequence numbers, so that the broker sees a duplicate.
      await retryFor(this.#cluster.context.clock, this.#retryForMs, () => this.#send(pending, appended, producer))
      chunks = rest
    }
    return appended
  }

  #batch(chunk: Chunk | Batch, producer: ProducerIdentity): Batch {
    const baseSequence = this.#sequences.get(chunk.key) ?? 0
    this.#sequences.set(chunk.key, sequenceAfter(baseSequence, chunk.records))
    return this.#encode({ after: [], ...chunk, baseSequence }, producer)
  }

  #encode(
    { topic, partition, key, records, baseSequence, after }: Omit<Batch, 'batch'>,
    producer: ProducerIdentity,
  ): Batch {
    const batch = encodeBatch(records, { producer, baseSequence, transactional: this.#transactionalId !== null })
    return { topic, partition, key, records, baseSequence, batch, after }
  }

  /** The batch's first half under its own number, the other half after it. Nothing of it was stored. */
  #halve(batch: Batch, producer: ProducerIdentity): Batch {
    const middle = Math.ceil(batch.records.length / 2)
    const records = batch.records.slice(0, middle)
    return this.#encode({ ...batch, records, after: [batch.records.slice(middle), ...batch.after] }, producer)
  }

  /** The batch that follows one that is stored; undefined: none. */
  #following({ baseSequence, records, after: [next, ...after], ...at }: Batch, producer: ProducerIdentity) {
    if (next === undefined) return undefined
    return this.#encode({ ...at, records: next, baseSequence: sequenceAfter(baseSequence, records), after }, producer)
  }

  /** One attempt; acknowledged batches leave `pending`. Throws when anything is left. */
  async #send(pending: Map<string, Batch>, appended: Map<string, number>, producer: ProducerIdentity): Promise<void> {
    for (let cut = true; cut; ) {
      const groups = await this.#cluster.groupByLeader([...pending.values()])
      const sends = Array.from(groups, ([leader, batches]) =>
        this.#sendTo(leader, batches, pending, appended, producer),
      )
      const sent = await Promise.allSettled(sends)
      const failure = sent.find(result => result.status === 'rejected')
      if (failure) throw failure.reason
      cut = sent.some(result => result.status === 'fulfilled' && result.value)
    }
    // The partitions answered are compared with those sent.
    if (pending.size > 0) throw notAnswered(pending.values().next().value!)
  }

  /** True when a batch was cut, so that there is more to send at once. */
  async #sendTo(
    leader: NodeAddress,
    batches: readonly Batch[],
    pending: Map<string, Batch>,
    appended: Map<string, number>,
    producer: ProducerIdentity,
  ): Promise<boolean> {
    const { requestTimeoutMs } = this.#cluster.context
    try {
      const connection = await this.#connections.to(leader)
      const answers = await connection.send(produceRequest(this.#transactionalId, requestTimeoutMs, batches))
      let failure: Error | undefined
      let cut = false
      for (const { topic, partition, errorCode, baseOffset } of answers) {
        const key = partitionKey(topic, partition)
        const batch = pending.get(key)
        if (batch === undefined) continue
        if (errorCode === 0) {
          appended.set(key, baseOffset + batch.records.length)
          const next = this.#following(batch, producer)
          if (next === undefined) pending.delete(key)
          else pending.set(key, next)
          cut ||= next !== undefined
          continue
        }
        if (isTooLarge(errorCode) && batch.records.length > 1) {
          pending.set(key, this.#halve(batch, producer))
          cut = true
          continue
        }
        if (isLeaderMoved(errorCode)) this.#cluster.forgetLeader(batch)
        const error = brokerError(errorCode, 'Produce', `topic '${topic}' partition ${partition}`)
        if (failure === undefined || failure instanceof RetriableError) failure = error
      }
      if (failure) throw failure
      return cut
    } catch (error) {
      if (error instanceof RetriableError) for (const batch of batches) this.#cluster.forgetLeader(batch)
      throw error
    }
  }
}

/** Sequence numbers wrap to 0 after 2^31 - 1. */
function sequenceAfter(baseSequence: number, records: readonly OutgoingRecord[]): number {
  return (baseSequence + records.length) & 0x7fff_ffff
}

/** The records by partition, in order, in chunks that make one batch each. */
function cut(records: readonly OutgoingRecord[]): Chunk[] {
  const chunks: Chunk[] = []
  const open = new Map<string, Chunk>()
  let last: Chunk | undefined
  for (const record of records) {
    const bytes = recordBytesAtMost(record)
    // Records of one partition are mostly next to each other.
    if (last?.partition !== record.partition || last.topic !== record.topic)
      last = open.get(partitionKey(record.topic, record.partition))
    if (last && hasRoom(last, bytes)) {
      last.records.push(record)
      last.bytes += bytes
    } else {
      const { topic, partition } = record
      const key = partitionKey(topic, partition)
      last = { key, topic, partition, records: [record], bytes }
      open.set(key, last)
      chunks.push(last)
    }
  }
  return chunks
}

/** A partition's records are cut into batches below the broker's limit. */
function hasRoom(chunk: Chunk, bytes: number): boolean {
  return chunk.bytes + bytes <= batchBytes && chunk.records.length < batchRecords
}

/** One chunk per partition, the earliest of each, as many as fit in a round; the rest keep their order. */
function nextRound(chunks: readonly Chunk[]): { round: Chunk[]; rest: Chunk[] } {
  const round: Chunk[] = []
  const rest: Chunk[] = []
  const taken = new Set<string>()
  let bytes = 0
  for (const chunk of chunks) {
    if (taken.has(chunk.key) || (round.length > 0 && bytes + chunk.bytes > roundBytes)) {
      // A later chunk of its partition must not be sent before this one.
      taken.add(chunk.key)
      rest.push(chunk)
    } else {
      taken.add(chunk.key)
      bytes += chunk.bytes
      round.push(chunk)
    }
  }
  return { round, rest }
}

function notAnswered({ topic, partition }: TopicPartition): RetriableError {
  return new RetriableError(
    'BROKER_UNAVAILABLE',
    `Produce was answered without one of its partitions, topic '${topic}' partition ${partition}: it is sent again`,
    { context: { topic, partition } },
  )
}
