import { type FetchedPartition, partitionKey, type RawRecord } from '../broker/port.ts'
import { type Awaitable, isPromise, type StreamRecord } from '../definition/record.ts'
import { InputQueue, type InputStart } from './input-queue.ts'

/** Decodes a fetched record. A promise only while a schema is looked up. */
export type Decode = (raw: RawRecord) => Awaitable<StreamRecord>

/** Gives a decoded record its event time, as its topic says. */
export type Extract = (record: StreamRecord) => StreamRecord

/**
 * The inputs of one task, and the choice of the record that is processed next: the lowest timestamp among the heads; at equal
 * timestamps the first input. It waits for an empty input while the broker has records for it.
 *
 * Source: `PartitionGroup` and `max.task.idle.ms = 0` of Kafka Streams (KIP-695).
 */
export class PartitionGroup {
  readonly queues: readonly InputQueue[]
  readonly #byKey: ReadonlyMap<string, InputQueue>
  readonly #decode: Decode
  readonly #extract: Extract

  constructor(inputs: readonly InputStart[], decode: Decode, extract: Extract = record => record) {
    this.queues = inputs.map(input => new InputQueue(input))
    this.#byKey = new Map(this.queues.map(queue => [queue.key, queue]))
    this.#decode = decode
    this.#extract = extract
  }

  add(fetched: FetchedPartition): InputQueue | undefined {
    const queue = this.#byKey.get(partitionKey(fetched.topic, fetched.partition))
    queue?.add(fetched)
    return queue
  }

  /**
   * The queue whose head is the record to process now: as its `record`, or, without one, `failed` to be decoded. Undefined when
   * there is none, or when it must wait for an input. The record stays at the head until `done`; asked again before that, one
   * that failed to decode is decoded again.
   */
  next(): Awaitable<InputQueue | undefined> {
    let best: InputQueue | undefined
    let bestTimestamp = Number.POSITIVE_INFINITY
    for (const queue of this.queues) {
      if (queue.record === undefined) {
        const raw = queue.peek()
        if (raw === undefined) {
          if (!queue.caughtUp) return undefined
          continue
        }
        const trouble = this.#readyHead(queue, raw)
        if (trouble !== undefined) return trouble
      }
      const { timestamp } = queue.record as unknown as StreamRecord
      if (timestamp < bestTimestamp) {
        best = queue
        bestTimestamp = timestamp
      }
    }
    return best
  }

  /** The head has been processed (or dead-lettered): the next one comes up. */
  done(queue: InputQueue): void {
    queue.shift()
  }

  /**
   * Decodes up to `limit` records of a queue that come next, for prefetching; stops at one that fails or must wait, which
   * then shows when it is the head. Their event times are those of now: each is extracted anew when it is the head, or what a
   * record comes to would depend on how much of the state is in memory.
   */
  decodeAhead(queue: InputQueue, limit: number): readonly StreamRecord[] {
    const records: StreamRecord[] = []
    for (const raw of queue.ahead(limit)) {
      const record = raw === queue.peek() ? (queue.record ?? this.#readAhead(queue, raw)) : this.#readAhead(queue, raw)
      if (record === undefined) break
      records.push(record)
    }
    return records
  }

  /** Every fetched record has been processed. */
  get dry(): boolean {
    return this.queues.every(queue => queue.length === 0)
  }

  /** Every record that the inputs hold has been processed, as far as the last fetches showed. */
  get caughtUp(): boolean {
    return this.queues.every(queue => queue.length === 0 && queue.caughtUp)
  }

  #readAhead(queue: InputQueue, raw: RawRecord): StreamRecord | undefined {
    try {
      const known = queue.decodedOf(raw)
      if (known !== undefined) return this.#extract(known)
      const decoding = this.#decode(raw)
      if (isPromise(decoding)) {
        // A record that cannot be decoded ahead shows its failure when it is the head.
        void decoding.catch(() => undefined)
        return undefined
      }
      queue.keepDecoded(raw, decoding)
      return this.#extract(decoding)
    } catch {
      return undefined
    }
  }

  /** Undefined when the record is ready now; else a failed head, or a promise after which to try again. */
  #readyHead(queue: InputQueue, raw: RawRecord): Awaitable<InputQueue | undefined> {
    queue.failed = undefined
    try {
      const decoding = queue.decodedOf(raw) ?? this.#decode(raw)
      if (isPromise(decoding))
        return decoding.then(
          decoded => {
            queue.keepDecoded(raw, decoded)
            return this.next()
          },
          failed => {
            queue.failed = failed
            return queue
          },
        )
      queue.record = this.#extract(decoding)
      return undefined
    } catch (failed) {
      queue.failed = failed
      return queue
    }
  }
}
