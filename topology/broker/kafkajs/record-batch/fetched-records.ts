import { FatalError, RetriableError } from '../../../definition/errors.ts'
import type { Header } from '../../../definition/record.ts'
import type { RawRecord } from '../../port.ts'
import type { AbortedTransaction } from '../protocol/fetch.ts'
import { AbortedFilter } from './aborted-filter.ts'
import { batchAt, batchBits, batchPrefixBytes, readInt64 } from './batch-header.ts'
import { decompress } from './compression.ts'
import { crc32c } from './crc32c.ts'
import { VarintCursor } from './varint-cursor.ts'

/** The bytes fetched from one partition, and the records wanted from them. */
interface FetchedRange {
  readonly topic: string
  readonly partition: number
  readonly position: number
  readonly bytes: Buffer
  /** Aborted transactions of the range; undefined for a read_uncommitted reader. */
  readonly aborted?: readonly AbortedTransaction[] | undefined
}

const noHeaders: readonly Header[] = Object.freeze([])

/**
 * The data records of a fetched range from the position on, and the position after it: past control and aborted batches too. A
 * batch cut off at the end of the range is left for the next fetch. Keys and values are views of the bytes.
 *
 * Errors: RetriableError BROKER_UNAVAILABLE for a batch that does not match its checksum or its own lengths; FatalError
 * UNSUPPORTED for an unknown codec or a format before Kafka 0.11.
 */
export function readFetched(range: FetchedRange): { readonly records: RawRecord[]; readonly position: number } {
  const { bytes } = range
  const filter = new AbortedFilter(range.aborted ?? [])
  const records: RawRecord[] = []
  let position = range.position
  for (let at = 0; at + batchPrefixBytes <= bytes.length; ) {
    const end = at + batchPrefixBytes + bytes.readInt32BE(at + batchAt.length)
    if (end > bytes.length) break
    const batch = new Batch(bytes.subarray(at, end), range)
    at = end
    if (filter.admits(batch)) batch.readInto(records, range)
    position = Math.max(position, batch.lastOffset + 1)
  }
  return { records, position }
}

class Batch {
  readonly lastOffset: number
  readonly producerId: bigint
  readonly transactional: boolean
  readonly control: boolean
  readonly #bytes: Buffer
  readonly #attributes: number
  readonly #baseOffset: number
  readonly #where: string

  constructor(bytes: Buffer, { topic, partition }: FetchedRange) {
    this.#bytes = bytes
    this.#baseOffset = readInt64(bytes, batchAt.baseOffset)
    this.#where = `topic '${topic}' partition ${partition} offset ${this.#baseOffset}`
    if (bytes[batchAt.magic] !== 2) {
      throw new FatalError(
        'UNSUPPORTED',
        `record format ${bytes[batchAt.magic]} is older than Kafka 0.11, ${this.#where}: copy the topic with a newer client`,
      )
    }
    if (crc32c(bytes, batchAt.attributes) !== bytes.readUInt32BE(batchAt.crc)) {
      throw this.#damaged('does not match its checksum')
    }
    this.#attributes = bytes.readInt16BE(batchAt.attributes)
    this.lastOffset = this.#baseOffset + bytes.readInt32BE(batchAt.lastOffsetDelta)
    this.producerId = bytes.readBigInt64BE(batchAt.producerId)
    this.transactional = (this.#attributes & batchBits.transactional) !== 0
    this.control = (this.#attributes & batchBits.control) !== 0
  }

  firstKey(): Buffer | null {
    if (this.#bytes.readInt32BE(batchAt.recordCount) === 0) return null
    const cursor = this.#records()
    cursor.int()
    cursor.at++
    cursor.long()
    cursor.int()
    return cursor.view()
  }

  readInto(records: RawRecord[], { topic, partition, position }: FetchedRange): void {
    const count = this.#bytes.readInt32BE(batchAt.recordCount)
    const baseOffset = this.#baseOffset
    const appendTime =
      this.#attributes & batchBits.logAppendTime ? readInt64(this.#bytes, batchAt.maxTimestamp) : undefined
    const baseTimestamp = readInt64(this.#bytes, batchAt.baseTimestamp)
    const cursor = this.#records()
    try {
      for (let index = 0; index < count; index++) {
        const length = cursor.int()
        const end = cursor.at + length
        cursor.at++
        const timestampDelta = cursor.long()
        const offset = baseOffset + cursor.int()
        // The broker answers with whole batches: the first may begin before the position asked for.
        if (offset < position) {
          cursor.at = end
          continue
        }
        const key = cursor.view()
        const value = cursor.view()
        const headerCount = cursor.int()
        const headers = headerCount === 0 ? noHeaders : readHeaders(cursor, headerCount)
        if (cursor.at !== end)
          throw new RangeError(`a record of ${length} bytes has another length than its length field`)
        const timestamp = appendTime ?? baseTimestamp + timestampDelta
        records.push({ topic, partition, offset, timestamp, key, value, headers })
      }
    } catch (cause) {
      throw this.#damaged('cannot be read', cause)
    }
  }

  #records(): VarintCursor {
    const codec = this.#attributes & batchBits.codec
    if (codec === 0) return new VarintCursor(this.#bytes, batchAt.records)
    return new VarintCursor(decompress(codec, this.#bytes.subarray(batchAt.records), this.#where), 0)
  }

  #damaged(what: string, cause?: unknown): RetriableError {
    return new RetriableError('BROKER_UNAVAILABLE', `a record batch ${what}, ${this.#where}: it is fetched again`, {
      cause,
    })
  }
}

function readHeaders(cursor: VarintCursor, count: number): Header[] {
  const headers: Header[] = []
  for (let index = 0; index < count; index++) {
    headers.push({ key: cursor.view()?.toString() ?? '', value: cursor.view() })
  }
  return headers
}
