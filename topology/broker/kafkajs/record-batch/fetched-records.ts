import type { Clock } from '../../../definition/clock.ts'
import { MillraceError } from '../../../definition/errors.ts'
import type { RawRecord } from '../../port.ts'
import type { AbortedTransaction } from '../protocol/fetch.ts'
import { AbortedFilter } from './aborted-filter.ts'
import { Batch } from './batch.ts'
import { batchAt, batchPrefixBytes } from './batch-header.ts'
import type { BatchRecords } from './batch-records.ts'

/** The bytes fetched from one partition, and the records wanted from them. */
interface FetchedRange {
  readonly topic: string
  readonly partition: number
  readonly position: number
  readonly bytes: Buffer
  /** Aborted transactions of the range; undefined for a read_uncommitted reader. */
  readonly aborted?: readonly AbortedTransaction[] | undefined
}

/** Some records of a range, and the position after them: past control and aborted batches too. */
interface Stretch {
  readonly records: readonly RawRecord[]
  readonly position: number
}

/** Other work has its turn after so many bytes were decompressed, or so many records read. */
const turnBytes = 1_048_576
const turnRecords = 10_000

/**
 * The data records of a fetched range from the position on, stretch by stretch. A few bytes fetched may be gigabytes once they
 * are decompressed: so batches are undone one after another, each piece by piece, as far as a stretch needs, and between
 * pieces other work has its turn (heartbeats). A batch cut off at the end of the range is left for the next fetch.
 */
export class FetchedRecords {
  readonly #range: FetchedRange
  readonly #clock: Pick<Clock, 'yield'>
  readonly #filter: AbortedFilter
  #position: number
  #at = 0
  /** The batch that is being read, its records, and the number of those that are left. */
  #current: { readonly batch: Batch; readonly records: BatchRecords; left: number } | undefined
  #failure: unknown
  /** Since other work had its turn. */
  #madeBytes = 0
  #readRecords = 0

  constructor(range: FetchedRange, clock: Pick<Clock, 'yield'>) {
    this.#range = range
    this.#clock = clock
    this.#position = range.position
    this.#filter = new AbortedFilter(range.aborted ?? [])
  }

  /** Whether all has been read. */
  get isOver(): boolean {
    return this.#failure === undefined && this.#current === undefined && this.#nextEnd() === undefined
  }

  /**
   * The next records: at most this many bytes of them as they were before compression, but always one if there is one.
   * Records before an error come first, then the error.
   *
   * Errors: RetriableError BROKER_UNAVAILABLE for a batch that does not match its checksum or its own lengths; FatalError
   * UNSUPPORTED for an unknown codec or a format before Kafka 0.11.
   */
  async next(maxBytes: number): Promise<Stretch> {
    const records: RawRecord[] = []
    if (this.#failure === undefined)
      try {
        await this.#read(records, maxBytes)
      } catch (error) {
        this.#failure = error
      }
    if (this.#failure !== undefined && records.length === 0) throw this.#failure
    return { records, position: this.#position }
  }

  /** Gives up what has not been read; a stretch under way ends early. */
  close(): void {
    this.#at = this.#range.bytes.length
    this.#end()
  }

  async #read(found: RawRecord[], maxBytes: number): Promise<void> {
    let bytes = 0
    while (this.#current !== undefined || this.#open()) {
      // Of an aborted batch, and of a marker, nothing is wanted.
      const current = this.#current
      if (current === undefined) continue
      const { batch, records } = current
      try {
        while (current.left > 0 && this.#current === current) {
          if (!records.isReady) this.#madeBytes += await records.more()
          else if (bytes > 0 && bytes + records.readyBytes > maxBytes) return
          else {
            const size = records.readyBytes
            const record = records.read(this.#position)
            current.left--
            if (record !== undefined) {
              found.push(record)
              bytes += size
              this.#position = record.offset + 1
            }
            this.#readRecords++
          }
          if (this.#madeBytes >= turnBytes || this.#readRecords >= turnRecords) {
            this.#madeBytes = 0
            this.#readRecords = 0
            await this.#clock.yield()
          }
        }
      } catch (cause) {
        this.#end()
        throw namedFailure(batch, cause)
      }
      if (this.#current === current) this.#leave(batch)
    }
  }

  /** Goes on to the next batch. False when there is none. */
  #open(): boolean {
    const end = this.#nextEnd()
    if (end === undefined) return false
    const batch = new Batch(this.#range.bytes.subarray(this.#at, end), this.#range)
    this.#at = end
    if (this.#filter.admits(batch)) this.#current = { batch, records: recordsOf(batch), left: batch.recordCount }
    else this.#leave(batch)
    return true
  }

  #leave(batch: Batch): void {
    this.#end()
    this.#position = Math.max(this.#position, batch.lastOffset + 1)
  }

  #end(): void {
    this.#current?.records.close()
    this.#current = undefined
  }

  /** The end of the next batch; undefined when no whole one is left. */
  #nextEnd(): number | undefined {
    const { bytes } = this.#range
    if (this.#at + batchPrefixBytes > bytes.length) return undefined
    const end = this.#at + batchPrefixBytes + bytes.readInt32BE(this.#at + batchAt.length)
    return end > bytes.length ? undefined : end
  }
}

function recordsOf(batch: Batch): BatchRecords {
  try {
    return batch.records()
  } catch (cause) {
    throw namedFailure(batch, cause)
  }
}

/** A codec's own error says nothing of the place. */
function namedFailure(batch: Batch, cause: unknown): MillraceError {
  return cause instanceof MillraceError ? cause : batch.damaged('cannot be read', cause)
}
