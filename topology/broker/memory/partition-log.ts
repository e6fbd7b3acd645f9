import type { OutgoingRecord, RawRecord, ReaderOptions, TopicPartition } from '../port.ts'
import { compacted } from './compaction.ts'
import { outOfRange } from './errors.ts'
import { recordBytes } from './outgoing.ts'

/** A transaction as seen by a log that has records of it. */
export interface LogTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly epoch: number
  verdict: 'open' | 'committed' | 'aborted'
}

/**
 * Records that were appended together, or the marker that ends a transaction. Offsets run from `base` to `last`, both
 * inclusive, also where compaction has taken records out.
 */
export interface LogBatch {
  readonly kind: 'data' | 'marker'
  readonly base: number
  readonly last: number
  readonly records: readonly RawRecord[]
  readonly bytes: number
  readonly maxTimestamp: number
  /** Undefined for records of a plain writer. */
  readonly transaction: LogTransaction | undefined
}

/** The result of a read. */
interface LogRead {
  readonly records: RawRecord[]
  /** The offset after everything read: data, markers, aborted records, gaps. */
  readonly position: number
  readonly endOffset: number
}

/**
 * One partition: batches in the order of their offsets. A batch points to its transaction, so a committed reader asks that
 * for its verdict and needs no list of aborted ones; below the last stable offset every verdict is known.
 */
export class PartitionLog {
  readonly topic: string
  readonly partition: number
  /** True if the topic is gone, which readers are told. */
  deleted = false
  #batches: LogBatch[] = []
  #start = 0
  #end = 0
  /** First offset of each open transaction, the oldest first. */
  #open = new Map<LogTransaction, number>()
  /** The time at which a tombstone may be removed, by its offset. Units: ms. */
  #tombstones = new Map<number, number>()
  #listeners = new Set<() => void>()

  constructor(at: TopicPartition) {
    this.topic = at.topic
    this.partition = at.partition
  }

  get start(): number {
    return this.#start
  }

  /** The high watermark: the offset that the next record gets. */
  get end(): number {
    return this.#end
  }

  /** The last stable offset (LSO): the beginning of the oldest open transaction, or the end. */
  get stableEnd(): number {
    for (const first of this.#open.values()) return Math.max(first, this.#start)
    return this.#end
  }

  get batches(): readonly LogBatch[] {
    return this.#batches
  }

  endFor(isolation: ReaderOptions['isolation']): number {
    return isolation === 'read_committed' ? this.stableEnd : this.#end
  }

  /** Calls back whenever the log has changed; returns a function that ends this. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  append(sent: readonly OutgoingRecord[], bytes: number, transaction?: LogTransaction): void {
    const { topic, partition } = this
    const base = this.#end
    let maxTimestamp = -1
    const records = new Array<RawRecord>(sent.length)
    for (let index = 0; index < sent.length; index++) {
      const { timestamp, key, value, headers } = sent[index]!
      if (timestamp > maxTimestamp) maxTimestamp = timestamp
      records[index] = { topic, partition, offset: base + index, timestamp, key, value, headers }
    }
    this.#end += sent.length
    this.#batches.push({ kind: 'data', base, last: this.#end - 1, records, bytes, maxTimestamp, transaction })
    if (transaction && !this.#open.has(transaction)) this.#open.set(transaction, base)
    this.#changed()
  }

  /** Ends a transaction in this partition with a marker, which takes an offset. Its verdict must be set. */
  mark(transaction: LogTransaction, timestamp: number): void {
    const base = this.#end++
    this.#open.delete(transaction)
    this.#batches.push({
      kind: 'marker',
      base,
      last: base,
      records: [],
      bytes: 78,
      maxTimestamp: timestamp,
      transaction,
    })
    this.#changed()
  }

  /** True when a position can be read from. */
  holds(position: number): boolean {
    return position >= this.#start && position <= this.#end
  }

  /** Reads records up to this many bytes, but always one. Errors: TaskCorruptedError OFFSET_OUT_OF_RANGE. */
  read(from: number, isolation: ReaderOptions['isolation'], maxBytes: number): LogRead {
    if (!this.holds(from)) throw outOfRange(this.topic, this.partition, from, this.#start, this.#end)
    const endOffset = this.endFor(isolation)
    const records: RawRecord[] = []
    let position = from
    let bytes = 0
    for (let index = this.#indexOf(from); index < this.#batches.length; index++) {
      const batch = this.#batches[index]!
      if (batch.base >= endOffset) break
      if (isolation !== 'read_committed' || batch.transaction?.verdict !== 'aborted')
        for (const record of batch.records) {
          if (record.offset < from) continue
          const size = recordBytes(record)
          if (bytes > 0 && bytes + size > maxBytes) return { records, position, endOffset }
          bytes += size
          records.push(record)
          position = record.offset + 1
        }
      position = batch.last + 1
    }
    return { records, position: Math.max(position, endOffset), endOffset }
  }

  /** The first record at or after a time, or the end. */
  offsetAt(timestamp: number): number {
    for (const batch of this.#batches) {
      if (batch.maxTimestamp < timestamp) continue
      const found = batch.records.find(each => each.timestamp >= timestamp && each.offset >= this.#start)
      if (found) return found.offset
    }
    return this.#end
  }

  /** Moves the log start, at most to the end. */
  deleteBefore(offset: number): void {
    this.#start = Math.max(this.#start, Math.min(offset, this.#end))
    this.#batches.splice(0, this.#indexOf(this.#start))
    this.#changed()
  }

  /** Drops settled batches whose records are all older. Units: ms since the epoch. */
  deleteOlderThan(timestamp: number): void {
    const stable = this.stableEnd
    let before = this.#start
    for (const batch of this.#batches) {
      if (batch.last >= stable || batch.maxTimestamp >= timestamp) break
      before = batch.last + 1
    }
    if (before > this.#start) this.deleteBefore(before)
  }

  /** Keeps the last record of each key below the last stable offset; a tombstone stays for `deleteRetentionMs`. */
  compact(now: number, deleteRetentionMs: number): void {
    this.#batches = compacted(this.#batches, this.stableEnd, this.#tombstones, now, deleteRetentionMs)
    this.#changed()
  }

  /** Tells readers that no more records will come. */
  delete(): void {
    this.deleted = true
    this.#changed()
  }

  /** Index of the first batch that reaches the offset. */
  #indexOf(offset: number): number {
    let low = 0
    let high = this.#batches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#batches[middle]!.last < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
