import { bufferOver } from './buffer-over.ts'

/**
 * The shortest big-endian two's complement form of an integer: the bytes of an Avro decimal.
 *
 * Source: Avro 1.11, "Decimal"; `java.math.BigInteger.toByteArray`.
 */
export function twosComplement(value: bigint): Buffer {
  return Buffer.from(writeTwosComplement(value))
}

const sixteen = Buffer.alloc(16)
// A DataView's methods are compiled to single instructions; those of a Buffer compute with bigints.
const words = new DataView(sixteen.buffer, sixteen.byteOffset, 16)
const ends = Array.from({ length: 16 }, (_, first) => sixteen.subarray(first))
const [lowest, highest] = [-(2n ** 127n), 2n ** 127n]

/** `twosComplement` into memory that the next call of it, or of a read, overwrites. */
export function writeTwosComplement(value: bigint): Buffer {
  if (value < lowest || value >= highest) return longTwosComplement(value)
  if (BigInt.asIntN(64, value) === value) {
    words.setBigInt64(8, value)
    return ends[firstSignificantByte(8)]!
  }
  words.setBigInt64(0, value >> 64n)
  words.setBigUint64(8, BigInt.asUintN(64, value))
  return ends[firstSignificantByte(0)]!
}

function longTwosComplement(value: bigint): Buffer {
  const bits = (value < 0n ? ~value : value).toString(2).length + 1
  const length = (bits + 7) >> 3
  const unsigned = value < 0n ? (1n << BigInt(length * 8)) + value : value
  return Buffer.from(unsigned.toString(16).padStart(length * 2, '0'), 'hex')
}

/** Sign bytes at the front add nothing if the next byte's top bit repeats them. */
function firstSignificantByte(from: number): number {
  const sign = sixteen[from]! & 0x80 ? 0xff : 0
  let first = from
  while (first < 15 && sixteen[first] === sign && (sixteen[first + 1]! & 0x80) === (sign & 0x80)) first++
  return first
}

/** The integer of big-endian two's complement bytes; zero for none. */
export function fromTwosComplement(bytes: Uint8Array): bigint {
  return readTwosComplement(bufferOver(bytes), 0, bytes.length)
}

/** `fromTwosComplement` of a part of a buffer. */
export function readTwosComplement(buffer: Buffer, start: number, length: number): bigint {
  if (length === 0) return 0n
  if (length <= 8) {
    const sign = buffer[start]! & 0x80 ? -1 : 0
    const end = start + length
    let low = sign
    for (let at = length > 4 ? end - 4 : start; at < end; at++) low = (low << 8) | buffer[at]!
    let high = sign
    for (let at = start; at < end - 4; at++) high = (high << 8) | buffer[at]!
    words.setInt32(8, high)
    words.setInt32(12, low)
    return words.getBigInt64(8)
  }
  if (length <= 16) {
    const unused = 16 - length
    sixteen.fill(buffer[start]! & 0x80 ? 0xff : 0, 0, unused)
    for (let index = 0; index < length; index++) sixteen[unused + index] = buffer[start + index]!
    return (words.getBigInt64(0) << 64n) | words.getBigUint64(8)
  }
  const unsigned = BigInt(`0x${buffer.toString('hex', start, start + length)}`)
  return BigInt.asIntN(length * 8, unsigned)
}
