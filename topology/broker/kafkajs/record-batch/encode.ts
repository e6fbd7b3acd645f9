import type { Header } from '../../../definition/record.ts'
import type { OutgoingRecord } from '../../port.ts'
import type { ProducerIdentity } from '../protocol/transaction.ts'
import { batchAt, batchBits, batchPrefixBytes, writeInt64 } from './batch-header.ts'
import { crc32c } from './crc32c.ts'

/** The writer of a batch, and the sequence number of its first record for the partition. */
interface BatchOrigin {
  readonly producer: ProducerIdentity
  readonly baseSequence: number
  readonly transactional: boolean
}

const none: readonly Header[] = []
const copiedByHand = 24

/** The record batch of these records, uncompressed. At least one record. Format: `batch-header.ts`. */
export function encodeBatch(records: readonly OutgoingRecord[], origin: BatchOrigin): Buffer {
  const baseTimestamp = records[0]!.timestamp
  let maxTimestamp = baseTimestamp
  let total = batchAt.records
  const sizes = new Int32Array(records.length)
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!
    const size = recordBytes(record, record.timestamp - baseTimestamp, index)
    sizes[index] = size
    total += varintBytes(size * 2) + size
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp
  }
  const batch = Buffer.allocUnsafe(total)
  let at: number = batchAt.records
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!
    at = writeVarint(batch, at, sizes[index]! * 2)
    batch[at++] = 0
    at = writeVarint(batch, at, zigzag(record.timestamp - baseTimestamp))
    at = writeVarint(batch, at, index * 2)
    at = writeNullable(batch, at, record.key)
    at = writeNullable(batch, at, record.value)
    at = writeHeaders(batch, at, record.headers)
  }
  writeInt64(batch, batchAt.baseOffset, 0)
  batch.writeInt32BE(total - batchPrefixBytes, batchAt.length)
  batch.writeInt32BE(-1, batchAt.leaderEpoch)
  batch[batchAt.magic] = 2
  batch.writeInt16BE(origin.transactional ? batchBits.transactional : 0, batchAt.attributes)
  batch.writeInt32BE(records.length - 1, batchAt.lastOffsetDelta)
  writeInt64(batch, batchAt.baseTimestamp, baseTimestamp)
  writeInt64(batch, batchAt.maxTimestamp, maxTimestamp)
  batch.writeBigInt64BE(origin.producer.producerId, batchAt.producerId)
  batch.writeInt16BE(origin.producer.epoch, batchAt.producerEpoch)
  batch.writeInt32BE(origin.baseSequence, batchAt.baseSequence)
  batch.writeInt32BE(records.length, batchAt.recordCount)
  batch.writeUInt32BE(crc32c(batch, batchAt.attributes), batchAt.crc)
  return batch
}

/** An upper bound of the record's size in a batch, whatever its place. Units: bytes. */
export function recordBytesAtMost(record: OutgoingRecord): number {
  let bytes = 36 + (record.key?.length ?? 0) + (record.value?.length ?? 0)
  for (const { key, value } of record.headers) bytes += 10 + Buffer.byteLength(key) + (value?.length ?? 0)
  return bytes
}

function recordBytes(record: OutgoingRecord, timestampDelta: number, offsetDelta: number): number {
  let bytes = 1 + varintBytes(zigzag(timestampDelta)) + varintBytes(offsetDelta * 2)
  bytes += nullableBytes(record.key) + nullableBytes(record.value)
  const headers = record.headers ?? none
  bytes += varintBytes(headers.length * 2)
  for (const { key, value } of headers) {
    const keyBytes = Buffer.byteLength(key)
    bytes += varintBytes(keyBytes * 2) + keyBytes + nullableBytes(value)
  }
  return bytes
}

function nullableBytes(value: Uint8Array | null): number {
  return value === null ? 1 : varintBytes(value.length * 2) + value.length
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}

function varintBytes(unsigned: number): number {
  if (unsigned < 0x80) return 1
  if (unsigned < 0x4000) return 2
  let bytes = 3
  for (let rest = Math.floor(unsigned / 0x20_0000); rest > 0; rest = Math.floor(rest / 0x80)) bytes++
  return bytes
}

function writeVarint(target: Buffer, at: number, unsigned: number): number {
  if (unsigned < 0x80) {
    target[at] = unsigned
    return at + 1
  }
  let rest = unsigned
  let next = at
  // The rest of up to 31 bits is written with shifts, which are faster than divisions.
  while (rest > 0x7fff_ffff) {
    target[next++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  while (rest >= 0x80) {
    target[next++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[next++] = rest
  return next
}

function writeNullable(target: Buffer, at: number, value: Uint8Array | null): number {
  if (value === null) {
    target[at] = 1
    return at + 1
  }
  const { length } = value
  const from = writeVarint(target, at, length * 2)
  // A call of `set` costs more than copying a few bytes one by one.
  if (length > copiedByHand) target.set(value, from)
  else for (let index = 0; index < length; index++) target[from + index] = value[index]!
  return from + length
}

function writeHeaders(target: Buffer, at: number, headers: readonly Header[]): number {
  let next = writeVarint(target, at, headers.length * 2)
  for (const { key, value } of headers) {
    next = writeVarint(target, next, Buffer.byteLength(key) * 2)
    next += target.write(key, next)
    next = writeNullable(target, next, value)
  }
  return next
}
