/** Digits after the point of the `decimal` serde and of Avro decimal(38,18): its bigints count 1e-18. */
export const decimalScale = 18
/** Digits in all of the `decimal` serde and of numeric(38,18). */
export const decimalPrecision = 38

const plain = /^([+-]?)(\d+)(?:\.(\d+))?$/

/**
 * Writes a scaled bigint as a plain decimal, without trailing zeros.
 *
 * Shape: `formatDecimal(1_500_000_000_000_000_000n) === '1.5'`; `formatDecimal(-25n, 2) === '-0.25'`.
 */
export function formatDecimal(unscaled: bigint, scale: number = decimalScale): string {
  if (scale === 0) return unscaled.toString()
  const sign = unscaled < 0n ? '-' : ''
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, -scale)
  const fraction = digits.slice(-scale).replace(/0+$/, '')
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`
}

/**
 * Reads a plain decimal into a scaled bigint; exact or nothing. Undefined for text that is not a plain decimal (no
 * exponent, no NaN) and for more digits after the point than the scale holds.
 *
 * Shape: `parseDecimal('1.5') === 1_500_000_000_000_000_000n`.
 */
export function parseDecimal(text: string, scale: number = decimalScale): bigint | undefined {
  const match = plain.exec(text)
  if (!match) return undefined
  const fraction = (match[3] ?? '').replace(/0+$/, '')
  if (fraction.length > scale) return undefined
  const unscaled = BigInt(match[2] + fraction.padEnd(scale, '0'))
  return match[1] === '-' ? -unscaled : unscaled
}

/** Whether a scaled bigint has at most so many digits. */
export function fitsPrecision(unscaled: bigint, precision: number): boolean {
  limits[precision] ??= [-(10n ** BigInt(precision)), 10n ** BigInt(precision)]
  const [below, above] = limits[precision]
  return below < unscaled && unscaled < above
}

/** Powers of ten by precision, below and above zero. */
const limits: [bigint, bigint][] = []

/**
 * The shortest big-endian two's complement form of an integer: the bytes of an Avro decimal.
 *
 * Source: Avro 1.11, "Decimal"; `java.math.BigInteger.toByteArray`.
 */
export function twosComplement(value: bigint): Buffer {
  return Buffer.from(writeTwosComplement(value))
}

const sixteen = Buffer.alloc(16)
const ends = Array.from({ length: 16 }, (_, first) => sixteen.subarray(first))
const [lowest, highest] = [-(2n ** 127n), 2n ** 127n]

/** `twosComplement` into memory that the next call overwrites. */
export function writeTwosComplement(value: bigint): Buffer {
  if (value < lowest || value >= highest) return longTwosComplement(value)
  const high = value >> 64n
  sixteen.writeBigInt64BE(high, 0)
  sixteen.writeBigUInt64BE(BigInt.asUintN(64, value), 8)
  return ends[firstSignificantByte()]!
}

function longTwosComplement(value: bigint): Buffer {
  const bits = (value < 0n ? ~value : value).toString(2).length + 1
  const length = (bits + 7) >> 3
  const unsigned = value < 0n ? (1n << BigInt(length * 8)) + value : value
  return Buffer.from(unsigned.toString(16).padStart(length * 2, '0'), 'hex')
}

/** Sign bytes at the front say nothing that the next byte's top bit does not say. */
function firstSignificantByte(): number {
  const sign = sixteen[0]! & 0x80 ? 0xff : 0
  let first = 0
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
  if (length <= 6) return BigInt(buffer.readIntBE(start, length))
  if (length === 8) return buffer.readBigInt64BE(start)
  if (length > 8 && length <= 14) {
    const high = BigInt(buffer.readIntBE(start, length - 8))
    return (high << 64n) | buffer.readBigUInt64BE(start + length - 8)
  }
  const unsigned = BigInt(`0x${buffer.toString('hex', start, start + length)}`)
  return BigInt.asIntN(length * 8, unsigned)
}

/** The same bytes as a Buffer, without a copy. */
export function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
