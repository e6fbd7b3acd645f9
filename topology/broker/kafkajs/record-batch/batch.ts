import { FatalError, RetriableError } from '../../../definition/errors.ts'
import type { TopicPartition } from '../../port.ts'
import { batchAt, batchBits, readInt64 } from './batch-header.ts'
import { BatchRecords } from './batch-records.ts'
import { decompress } from './compression.ts'
import { crc32c } from './crc32c.ts'
import { VarintCursor } from './varint-cursor.ts'

/**
 * A whole record batch whose records have not been read.
 *
 * Errors of the constructor: RetriableError BROKER_UNAVAILABLE for one that does not match its checksum; FatalError UNSUPPORTED
 * for a format before Kafka 0.11.
 */
export class Batch {
  readonly lastOffset: number
  readonly recordCount: number
  readonly producerId: bigint
  readonly transactional: boolean
  readonly control: boolean
  readonly #bytes: Buffer
  readonly #attributes: number
  readonly #baseOffset: number
  readonly #at: TopicPartition
  readonly #where: string

  constructor(bytes: Buffer, { topic, partition }: TopicPartition) {
    this.#bytes = bytes
    this.#at = { topic, partition }
    this.#baseOffset = readInt64(bytes, batchAt.baseOffset)
    this.#where = `topic '${topic}' partition ${partition} offset ${this.#baseOffset}`
    if (bytes[batchAt.magic] !== 2) {
      throw new FatalError(
        'UNSUPPORTED',
        `record format ${bytes[batchAt.magic]} is older than Kafka 0.11, ${this.#where}: copy the topic with a newer client`,
        { context: { topic, partition } },
      )
    }
    if (crc32c(bytes, batchAt.attributes) !== bytes.readUInt32BE(batchAt.crc)) {
      throw this.damaged('does not match its checksum')
    }
    this.#attributes = bytes.readInt16BE(batchAt.attributes)
    this.lastOffset = this.#baseOffset + bytes.readInt32BE(batchAt.lastOffsetDelta)
    this.recordCount = bytes.readInt32BE(batchAt.recordCount)
    this.producerId = bytes.readBigInt64BE(batchAt.producerId)
    this.transactional = (this.#attributes & batchBits.transactional) !== 0
    this.control = (this.#attributes & batchBits.control) !== 0
  }

  /** The key of the first record of a batch without compression, as control batches are. */
  firstKey(): Buffer | null {
    if (this.recordCount === 0) return null
    const cursor = new VarintCursor(this.#bytes, batchAt.records)
    cursor.int()
    cursor.at++
    cursor.long()
    cursor.int()
    return cursor.view()
  }

  /** Errors: FatalError UNSUPPORTED for an unknown codec. */
  records(): BatchRecords {
    const appended = (this.#attributes & batchBits.logAppendTime) !== 0
    const base = {
      ...this.#at,
      offset: this.#baseOffset,
      timestamp: readInt64(this.#bytes, batchAt.baseTimestamp),
      appendTime: appended ? readInt64(this.#bytes, batchAt.maxTimestamp) : undefined,
    }
    const compressed = this.#bytes.subarray(batchAt.records)
    return new BatchRecords(base, decompress(this.#attributes & batchBits.codec, compressed, this.#at, this.#where))
  }

  damaged(what: string, cause?: unknown): RetriableError {
    return new RetriableError('BROKER_UNAVAILABLE', `a record batch ${what}, ${this.#where}: it is fetched again`, {
      cause,
      context: { ...this.#at, offset: this.#baseOffset },
    })
  }
}
