import { type FetchedPartition, partitionKey, type RawRecord, type TopicPartition } from '../broker/port.ts'
import type { StreamRecord } from '../definition/record.ts'
import { sizeOf } from './task-output.ts'

/** A fetched record, and what it was decoded to once it was. */
export interface Queued {
  readonly raw: RawRecord
  record: StreamRecord | undefined
}

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
  /** Whether the reader has been told to leave this partition alone until there is room again. */
  paused = false
  #records: Queued[] = []
  #head = 0
  #bytes = 0
  #fetched: number
  #endOffset: number | undefined

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
  peek(): Queued | undefined {
    return this.#records[this.#head]
  }

  /** Takes the next record off. */
  shift(): void {
    const queued = this.#records[this.#head]
    if (queued === undefined) return
    this.#head++
    this.#bytes -= sizeOf(queued.raw)
    if (this.#head === this.#records.length) {
      this.#records = []
      this.#head = 0
    } else if (this.#head >= compactAfter) {
      this.#records = this.#records.slice(this.#head)
      this.#head = 0
    }
  }

  /** Up to `limit` records that come next, without taking them. */
  ahead(limit: number): readonly Queued[] {
    return this.#records.slice(this.#head, this.#head + limit)
  }

  add(fetched: FetchedPartition): void {
    for (const raw of fetched.records) {
      this.#records.push({ raw, record: undefined })
      this.#bytes += sizeOf(raw)
    }
    this.#fetched = fetched.position
    this.#endOffset = fetched.endOffset
  }

  /** Where the reader goes on: everything before it is in the queue or processed. */
  get fetchPosition(): number {
    return this.#fetched
  }

  get position(): number {
    return this.peek()?.raw.offset ?? this.#fetched
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
