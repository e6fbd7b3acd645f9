/** Digits after the point of the `decimal` serde and of Avro decimal(38,18): its bigints count 1e-18. */
const decimalScale = 18
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

/** Whether a scaled bigint has at most this many digits. */
export function fitsPrecision(unscaled: bigint, precision: number): boolean {
  limits[precision] ??= [-(10n ** BigInt(precision)), 10n ** BigInt(precision)]
  const [below, above] = limits[precision]
  return below < unscaled && unscaled < above
}

/** Powers of ten by precision, below and above zero. */
const limits: [bigint, bigint][] = []
