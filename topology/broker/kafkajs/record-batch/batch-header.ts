/**
 * A record batch, format 2 (magic 2, KIP-98). Source: https://kafka.apache.org/documentation/#recordbatch.
 *
 *     at  0 base offset INT64           at 23 last offset delta INT32    at 51 producer epoch INT16
 *     at  8 length INT32, of what follows   at 27 base timestamp INT64   at 53 base sequence INT32
 *     at 12 partition leader epoch INT32    at 35 max timestamp INT64    at 57 record count INT32
 *     at 16 magic INT8                  at 43 producer id INT64          at 61 records, compressed as one
 *     at 17 CRC-32C UINT32, of all from 21
 *     at 21 attributes INT16: bits 0-2 codec, 3 log append time, 4 transactional, 5 control
 *
 * A record: length, attributes INT8, timestamp delta, offset delta, key length, key, value length, value, header count,
 * then for each header key length, key, value length, value. Lengths, deltas and counts are zigzag varints; length -1 is null.
 */
export const batchAt = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
} as const

/** Bytes of a batch that its length field does not count. */
export const batchPrefixBytes = 12

/** Bits of the attributes field. */
export const batchBits = { codec: 0b111, logAppendTime: 0b1000, transactional: 0b1_0000, control: 0b10_0000 } as const

/** Reads an INT64 that is known to be exact as a number. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)
}

/** Writes an INT64 that is exact as a number. */
export function writeInt64(bytes: Buffer, at: number, value: number): void {
  bytes.writeInt32BE(Math.floor(value / 2 ** 32), at)
  bytes.writeUInt32BE(value >>> 0, at + 4)
}
