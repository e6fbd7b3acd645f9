import { type FetchedPartition, partitionKey } from '../broker/port.ts'
import { type Awaitable, isPromise, type StreamRecord } from '../definition/record.ts'
import { InputQueue, type InputStart, type Queued } from './input-queue.ts'

/** The record that is processed next; or, without `record`, one whose bytes `failed`. */
export interface Head {
  readonly queue: InputQueue
  readonly queued: Queued
  readonly failed?: unknown
}

/** Decodes a fetched record. A promise only while a schema is looked up. */
export type Decode = (queue: InputQueue, queued: Queued) => Awaitable<StreamRecord>

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
   * The record to process now; undefined when there is none, or when it must wait for an input. It stays at the head of
   * its queue until `done`; asked again before that, a record that failed to decode is decoded again.
   */
  next(): Awaitable<Head | undefined> {
    let best: Head | undefined
    let bestTimestamp = Number.POSITIVE_INFINITY
    for (const queue of this.queues) {
      const queued = queue.peek()
      if (queued === undefined) {
        if (!queue.caughtUp) return undefined
        continue
      }
      if (queued.record === undefined) {
        const trouble = this.#readyHead(queue, queued)
        if (trouble !== undefined) return trouble
      }
      const timestamp = queued.record!.timestamp
      if (timestamp < bestTimestamp) {
        best = { queue, queued }
        bestTimestamp = timestamp
      }
    }
    return best
  }

  /** The head has been processed (or dead-lettered): the next one comes up. */
  done(head: Head): void {
    head.queue.shift()
  }

  /**
   * Decodes up to `limit` records of a queue that come next, for prefetching; stops at one that fails or must wait, which
   * then shows when it is the head. Their event times are those of now: each is extracted anew when it is the head, or what a
   * record comes to would depend on how much of the state is in memory.
   */
  decodeAhead(queue: InputQueue, limit: number): readonly StreamRecord[] {
    const records: StreamRecord[] = []
    for (const queued of queue.ahead(limit)) {
      const record = queued.record ?? this.#readAhead(queue, queued)
      if (record === undefined) break
      records.push(record)
    }
    return records
  }

  /** Every fetched record has been processed. */
  get dry(): boolean {
    return this.queues.every(queue => queue.length === 0)
  }

  #readAhead(queue: InputQueue, queued: Queued): StreamRecord | undefined {
    try {
      if (queued.decoded === undefined) {
        const decoding = this.#decode(queue, queued)
        if (isPromise(decoding)) {
          void decoding.then(decoded => {
            queued.decoded = decoded
          }, ignore)
          return undefined
        }
        queued.decoded = decoding
      }
      return this.#extract(queued.decoded)
    } catch {
      return undefined
    }
  }

  /** Undefined when the record is ready now; else a failed head, or a promise after which to try again. */
  #readyHead(queue: InputQueue, queued: Queued): Awaitable<Head | undefined> {
    try {
      if (queued.decoded === undefined) {
        const decoding = this.#decode(queue, queued)
        if (isPromise(decoding))
          return decoding.then(
            decoded => {
              queued.decoded = decoded
              return this.next()
            },
            failed => ({ queue, queued, failed }),
          )
        queued.decoded = decoding
      }
      queued.record = this.#extract(queued.decoded)
      return undefined
    } catch (failed) {
      return { queue, queued, failed }
    }
  }
}

/** A record that cannot be decoded ahead shows its failure when it is the head. */
function ignore(): void {}
