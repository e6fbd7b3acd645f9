import { type FetchedPartition, partitionKey, type RawRecord, type TopicPartition } from '../broker/port.ts'
import { sizeOf } from './task-output.ts'

/** A ring of small chunks would be faster only at sizes that the byte cap forbids: an array with a moving head. */
const compactAfter = 4_096

/**
 * The fetched but unprocessed records of one input partition.
 *
 * Units: `bytes` as fetched. `position` is what a commit may say: the offset of the next record to process, or, when the
 * queue is dry, where the reader stands: past control and aborted records, so that lag reaches zero.
 */
export class InputQueue {
  readonly topic: string
  readonly partition: number
  readonly key: string
  #records: RawRecord[] = []
  #head = 0
  #bytes = 0
  #fetched: number
  #endOffset: number | undefined
  paused = false

  constructor(at: TopicPartition, position: number) {
    this.topic = at.topic
    this.partition = at.partition
    this.key = partitionKey(at.topic, at.partition)
    this.#fetched = position
  }

  get bytes(): number {
    return this.#bytes
  }

  get length(): number {
    return this.#records.length - this.#head
  }

  /** The next record to process. */
  peek(): RawRecord | undefined {
    return this.#records[this.#head]
  }

  /** Takes the next record off. */
  shift(): RawRecord | undefined {
    const record = this.#records[this.#head]
    if (record === undefined) return undefined
    this.#head++
    this.#bytes -= sizeOf(record)
    if (this.#head === this.#records.length) {
      this.#records = []
      this.#head = 0
    } else if (this.#head >= compactAfter) {
      this.#records = this.#records.slice(this.#head)
      this.#head = 0
    }
    return record
  }

  /** Up to `limit` records that come next, without taking them. */
  ahead(limit: number): readonly RawRecord[] {
    return this.#records.slice(this.#head, this.#head + limit)
  }

  add(fetched: FetchedPartition): void {
    for (const record of fetched.records) {
      this.#records.push(record)
      this.#bytes += sizeOf(record)
    }
    this.#fetched = fetched.position
    this.#endOffset = fetched.endOffset
  }

  get position(): number {
    return this.peek()?.offset ?? this.#fetched
  }

  /** The broker holds nothing more, as far as the last fetch knew. */
  get caughtUp(): boolean {
    return this.#endOffset !== undefined && this.#fetched >= this.#endOffset
  }

  /** Records between what was processed and the end that the last fetch saw; undefined before the first fetch. */
  get lag(): number | undefined {
    return this.#endOffset === undefined ? undefined : Math.max(0, this.#endOffset - this.position)
  }
}
