import { type FetchedPartition, partitionKey, type RawRecord, type TopicPartition } from '../broker/port.ts'
import type { StreamRecord } from '../definition/record.ts'
import { sizeOf } from './task-output.ts'

/** The offset at which an input begins, and its end when that was looked up: an empty input is caught up from the start. */
export interface InputStart extends TopicPartition {
  readonly position: number
  readonly endOffset: number
}

const compactAfter = 4_096

/**
 * The fetched but unprocessed records of one input partition.
 *
 * Units: `bytes` as fetched. `position` is the offset that a commit may record: that of the next record to process, or, when
 * the queue is empty, the reader's position: past control and aborted records, so that lag reaches zero.
 */
export class InputQueue {
  readonly topic: string
  readonly partition: number
  readonly key: string
  /** Whether the reader has been told to pause this partition until there is room again. */
  paused = false
  /** The next record with its event time, once that has been made: an extractor is told the stream time. */
  record: StreamRecord | undefined
  /** The error with which the next record failed to be decoded. */
  failed: unknown
  #records: RawRecord[] = []
  /** Records with the timestamps that they have in Kafka, as far as they were decoded before their turn. */
  readonly #decoded = new Map<RawRecord, StreamRecord>()
  #head = 0
  #bytes = 0
  #processed = 0
  #fetched: number
  #endOffset: number
  /** The end as the broker was asked for it; while the partition is paused no fetch tells. */
  #askedEnd = 0

  constructor(start: InputStart) {
    this.topic = start.topic
    this.partition = start.partition
    this.key = partitionKey(start.topic, start.partition)
    this.#fetched = start.position
    this.#endOffset = start.endOffset
  }

  get bytes(): number {
    return this.#bytes
  }

  get length(): number {
    return this.#records.length - this.#head
  }

  /** Takes the number of records taken off since the last call. */
  takeProcessed(): number {
    const processed = this.#processed
    this.#processed = 0
    return processed
  }

  /** The next record to process. */
  peek(): RawRecord | undefined {
    return this.#records[this.#head]
  }

  /** The decoded form of a record, if it was kept. */
  decodedOf(raw: RawRecord): StreamRecord | undefined {
    return this.#decoded.size === 0 ? undefined : this.#decoded.get(raw)
  }

  /** Keeps the decoded form of a record until it is taken off. */
  keepDecoded(raw: RawRecord, decoded: StreamRecord): void {
    this.#decoded.set(raw, decoded)
  }

  /** Takes the next record off. */
  shift(): void {
    const raw = this.#records[this.#head]
    if (raw === undefined) return
    this.record = undefined
    this.failed = undefined
    if (this.#decoded.size > 0) this.#decoded.delete(raw)
    this.#head++
    this.#processed++
    this.#bytes -= sizeOf(raw)
    if (this.#head === this.#records.length) {
      this.#records = []
      this.#head = 0
    } else if (this.#head >= compactAfter) {
      this.#records = this.#records.slice(this.#head)
      this.#head = 0
    }
  }

  /** Up to `limit` records that come next, without taking them. */
  ahead(limit: number): readonly RawRecord[] {
    return this.#records.slice(this.#head, this.#head + limit)
  }

  /**
   * Adds the records of a poll. A poll that had its answer when the task was resumed is handed over after the seek, and the
   * next one then brings the same records again: they are left out.
   */
  add(fetched: FetchedPartition): void {
    const known = this.#fetched
    let bytes = 0
    for (const raw of fetched.records) {
      if (raw.offset < known) continue
      this.#records.push(raw)
      bytes += sizeOf(raw)
    }
    this.#bytes += bytes
    // The reader's position, which moves past markers and aborted records: with the last record's, lag would never reach zero.
    this.#fetched = Math.max(known, fetched.position)
    this.#endOffset = fetched.endOffset
  }

  /** The position from which the reader continues: everything before it is in the queue or processed. */
  get fetchPosition(): number {
    return this.#fetched
  }

  get position(): number {
    return this.peek()?.offset ?? this.#fetched
  }

  /** The broker has no more records, as far as the last fetch showed. */
  get caughtUp(): boolean {
    return this.#fetched >= this.#endOffset
  }

  /** Notes the end of the partition, for the lag only: what is read next depends on fetches alone. */
  noteEnd(offset: number): void {
    this.#askedEnd = Math.max(this.#askedEnd, offset)
  }

  /** Number of offsets between the processed position and the end that was seen last. */
  get lag(): number {
    return Math.max(0, Math.max(this.#endOffset, this.#askedEnd) - this.position)
  }
}
