/** Digits after the point of the `decimal` serde and of Avro decimal(38,18): its bigints count 1e-18. */
const decimalScale = 18
/** Digits in all of the `decimal` serde and of numeric(38,18). */
export const decimalPrecision = 38

const plain = /^[+-]?\d+(?:\.\d+)?$/

/**
 * Writes a scaled bigint as a plain decimal, without trailing zeros.
 *
 * Shape: `formatDecimal(1_500_000_000_000_000_000n) === '1.5'`; `formatDecimal(-25n, 2) === '-0.25'`.
 */
export function formatDecimal(unscaled: bigint, scale: number = decimalScale): string {
  if (scale === 0) return unscaled.toString()
  if (unscaled === 0n) return '0'
  const sign = unscaled < 0n ? '-' : ''
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  const end = withoutZeros(digits, point)
  const whole = digits.slice(0, point)
  return end === point ? sign + whole : `${sign}${whole}.${digits.slice(point, end)}`
}

/**
 * Reads a plain decimal into a scaled bigint; exact or nothing. Undefined for text that is not a plain decimal (no
 * exponent, no NaN) and for more digits after the point than the scale holds.
 *
 * Shape: `parseDecimal('1.5') === 1_500_000_000_000_000_000n`.
 */
export function parseDecimal(text: string, scale: number = decimalScale): bigint | undefined {
  if (!plain.test(text)) return undefined
  const first = text.charCodeAt(0) < zero ? 1 : 0
  const point = text.indexOf('.')
  const end = point === -1 ? text.length : withoutZeros(text, point + 1)
  const digits = point === -1 ? 0 : end - point - 1
  if (digits > scale) return undefined
  const whole = text.slice(first, point === -1 ? end : point)
  const unscaled = BigInt((digits === 0 ? whole : whole + text.slice(point + 1, end)) + zeros(scale - digits))
  return text.startsWith('-') ? -unscaled : unscaled
}

const zero = '0'.charCodeAt(0)

/** The end of the text without the zeros at its end, but not before `from`. */
function withoutZeros(text: string, from: number): number {
  let end = text.length
  while (end > from && text.charCodeAt(end - 1) === zero) end--
  return end
}

const someZeros = '0'.repeat(decimalPrecision)

function zeros(count: number): string {
  return count <= someZeros.length ? someZeros.slice(0, count) : '0'.repeat(count)
}

/** Whether a scaled bigint has at most this many digits. */
export function fitsPrecision(unscaled: bigint, precision: number): boolean {
  limits[precision] ??= [-(10n ** BigInt(precision)), 10n ** BigInt(precision)]
  const [below, above] = limits[precision]
  return below < unscaled && unscaled < above
}

/** Powers of ten by precision, below and above zero. */
const limits: [bigint, bigint][] = []
