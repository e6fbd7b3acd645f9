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
  const limit = powerOfTen(precision)
  return -limit < unscaled && unscaled < limit
}

const powers: bigint[] = []

/** Ten to a whole power. */
export function powerOfTen(exponent: number): bigint {
  let power = powers[exponent]
  if (power === undefined) {
    power = 10n ** BigInt(exponent)
    powers[exponent] = power
  }
  return power
}

/**
 * The shortest big-endian two's complement form of an integer: the bytes of an Avro decimal.
 *
 * Source: Avro 1.11, "Decimal"; `java.math.BigInteger.toByteArray`.
 */
export function twosComplement(value: bigint): Buffer {
  if (-0x8000000000000000n <= value && value <= 0x7fffffffffffffffn) {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeBigInt64BE(value)
    return bytes.subarray(firstSignificantByte(bytes))
  }
  const bits = (value < 0n ? ~value : value).toString(2).length + 1
  const length = (bits + 7) >> 3
  const unsigned = value < 0n ? (1n << BigInt(length * 8)) + value : value
  return Buffer.from(unsigned.toString(16).padStart(length * 2, '0'), 'hex')
}

/** The integer of big-endian two's complement bytes; zero for none. */
export function fromTwosComplement(bytes: Uint8Array): bigint {
  const length = bytes.length
  if (length === 0) return 0n
  if (length <= 6) return BigInt(bufferOver(bytes).readIntBE(0, length))
  const unsigned = BigInt(`0x${bufferOver(bytes).toString('hex')}`)
  return (bytes[0]! & 0x80) === 0 ? unsigned : unsigned - (1n << BigInt(length * 8))
}

/** The same bytes as a Buffer, without a copy. */
export function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Sign bytes at the front say nothing that the next byte's top bit does not say. */
function firstSignificantByte(bytes: Uint8Array): number {
  const sign = bytes[0]! & 0x80 ? 0xff : 0
  let first = 0
  while (first < bytes.length - 1 && bytes[first] === sign && (bytes[first + 1]! & 0x80) === (sign & 0x80)) first++
  return first
}
