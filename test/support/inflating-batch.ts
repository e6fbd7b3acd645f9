import { createGzip } from 'node:zlib'
import { batchAt, batchBits, batchPrefixBytes } from '../../topology/broker/kafkajs/record-batch/batch-header.ts'
import { crc32c } from '../../topology/broker/kafkajs/record-batch/crc32c.ts'

/** A record batch whose values are zeros, which compress to almost nothing. */
export interface InflatingBatch {
  readonly codec: 'gzip' | 'zstd'
  readonly records: number
  /** Units: bytes, of each record. */
  readonly valueBytes: number
}

const codecs = { gzip: 1, zstd: 4 } as const

/** The bytes of the batch. Its plain form is never in memory whole. */
export async function inflatingBatch({ codec, records, valueBytes }: InflatingBatch): Promise<Buffer> {
  const compressed = codec === 'gzip' ? await gzipped(records, valueBytes) : zstd(records, valueBytes)
  const header = Buffer.alloc(batchAt.records)
  header.writeInt8(2, batchAt.magic)
  header.writeInt16BE(codecs[codec] & batchBits.codec, batchAt.attributes)
  header.writeInt32BE(records - 1, batchAt.lastOffsetDelta)
  header.writeBigInt64BE(1_700_000_000_000n, batchAt.baseTimestamp)
  header.writeBigInt64BE(1_700_000_000_000n, batchAt.maxTimestamp)
  header.writeBigInt64BE(-1n, batchAt.producerId)
  header.writeInt16BE(-1, batchAt.producerEpoch)
  header.writeInt32BE(-1, batchAt.baseSequence)
  header.writeInt32BE(records, batchAt.recordCount)
  const batch = Buffer.concat([header, compressed])
  batch.writeInt32BE(batch.length - batchPrefixBytes, batchAt.length)
  batch.writeUInt32BE(crc32c(batch, batchAt.attributes), batchAt.crc)
  return batch
}

async function gzipped(records: number, valueBytes: number): Promise<Buffer> {
  const gzip = createGzip()
  const zeros = Buffer.alloc(valueBytes)
  const made: Buffer[] = []
  const done = (async () => {
    for await (const piece of gzip) made.push(piece)
  })()
  for (let index = 0; index < records; index++)
    for (const bytes of [recordHead(index, valueBytes), zeros, recordEnd])
      if (!gzip.write(bytes)) await new Promise(resolve => gzip.once('drain', resolve))
  gzip.end()
  await done
  return Buffer.concat(made)
}

const mostInBlock = 131_072

/** A zstd frame by hand: raw blocks, and blocks that say one byte and how often it comes. Source: RFC 8878. */
function zstd(records: number, valueBytes: number): Buffer {
  // Magic, descriptor of nothing, window of 128 KiB.
  const parts: Buffer[] = [Buffer.from('28b52ffd' + '00' + '38', 'hex')]
  for (let index = 0; index < records; index++) {
    parts.push(block(0, recordHead(index, valueBytes)))
    for (let left = valueBytes; left > 0; left -= mostInBlock) parts.push(repeated(Math.min(left, mostInBlock)))
    parts.push(block(index === records - 1 ? 1 : 0, recordEnd))
  }
  return Buffer.concat(parts)
}

function block(last: 0 | 1, bytes: Buffer): Buffer {
  const header = Buffer.alloc(3)
  header.writeUIntLE((bytes.length << 3) | last, 0, 3)
  return Buffer.concat([header, bytes])
}

function repeated(times: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUIntLE((times << 3) | 0b010, 0, 3)
  return bytes
}

/** No headers. */
const recordEnd = Buffer.from([0])

/** Length, attributes, timestamp delta, offset delta, the key 'k', value length. */
function recordHead(index: number, valueBytes: number): Buffer {
  const fields = [0, 0, ...varint(index), ...varint(1), 'k'.charCodeAt(0), ...varint(valueBytes)]
  return Buffer.from([...varint(fields.length + valueBytes + recordEnd.length), ...fields])
}

/** A zigzag varint of a number that is not negative. */
function varint(value: number): number[] {
  const bytes: number[] = []
  let left = value * 2
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left & 0x7f) | 0x80)
  bytes.push(left)
  return bytes
}
