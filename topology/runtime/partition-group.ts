import type { FetchedPartition, TopicPartition } from '../broker/port.ts'
import { partitionKey } from '../broker/port.ts'
import { type Awaitable, chain, isPromise, type StreamRecord } from '../definition/record.ts'
import { InputQueue } from './input-queue.ts'

/** The head of a queue, decoded; or what its bytes failed with. */
export type Head =
  | { readonly queue: InputQueue; readonly record: StreamRecord }
  | { readonly queue: InputQueue; readonly failed: unknown }

/**
 * The inputs of one task, and which record goes next: the lowest timestamp among the heads; at equal timestamps the input
 * that stands first. An empty input is waited for while the broker holds records for it.
 *
 * Source: `PartitionGroup` and `max.task.idle.ms = 0` of Kafka Streams (KIP-695).
 */
export class PartitionGroup {
  readonly queues: readonly InputQueue[]
  readonly #byKey: ReadonlyMap<string, InputQueue>
  readonly #decode: (queue: InputQueue) => Awaitable<StreamRecord>
  readonly #heads = new Map<InputQueue, Head>()

  /** `decode` turns the queue's next record into what user code sees; its failure belongs to that record. */
  constructor(
    inputs: readonly (TopicPartition & { readonly position: number })[],
    decode: (queue: InputQueue) => Awaitable<StreamRecord>,
  ) {
    this.queues = inputs.map(input => new InputQueue(input, input.position))
    this.#byKey = new Map(this.queues.map(queue => [queue.key, queue]))
    this.#decode = decode
  }

  add(fetched: FetchedPartition): void {
    this.#byKey.get(partitionKey(fetched.topic, fetched.partition))?.add(fetched)
  }

  /**
   * The record to process now; undefined when there is none, or when an input must be waited for. A promise only while a
   * schema is looked up. The record stays at the head of its queue until `done`.
   */
  next(): Awaitable<Head | undefined> {
    let best: Head | undefined
    for (const queue of this.queues) {
      if (queue.peek() === undefined) {
        if (!queue.caughtUp) return undefined
        continue
      }
      const head = this.#heads.get(queue) ?? this.#decodeHead(queue)
      if (isPromise(head)) return chain(head, () => this.next())
      if ('failed' in head) return head
      if (best === undefined || ('record' in best && head.record.timestamp < best.record.timestamp)) best = head
    }
    return best
  }

  /** The head has been processed (or dead-lettered): the next one comes up. */
  done(head: Head): void {
    this.#heads.delete(head.queue)
    head.queue.shift()
  }

  /** The head will be decoded again: what it failed with may have healed. */
  retry(head: Head): void {
    this.#heads.delete(head.queue)
  }

  /** Nothing is left to process, and nothing is being waited for. */
  get dry(): boolean {
    return this.queues.every(queue => queue.length === 0)
  }

  get bytes(): number {
    let bytes = 0
    for (const queue of this.queues) bytes += queue.bytes
    return bytes
  }

  #decodeHead(queue: InputQueue): Awaitable<Head> {
    const keep = (head: Head): Head => {
      this.#heads.set(queue, head)
      return head
    }
    try {
      const record = this.#decode(queue)
      if (!isPromise(record)) return keep({ queue, record })
      return record.then(
        decoded => keep({ queue, record: decoded }),
        failed => keep({ queue, failed }),
      )
    } catch (failed) {
      return keep({ queue, failed })
    }
  }
}
