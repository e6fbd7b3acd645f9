import { formatDecimal, parseDecimal } from '../../../topology/index.ts'

/*
 * Money and quantities: bigint counting 1e-18, as in Avro decimal(38,18) and numeric(38,18). No floats are used.
 */

/** One, as a scaled bigint. */
export const one = 10n ** 18n

/** Digits after the point. */
export const scale = 18

/** The largest that numeric(38,18) and Avro decimal(38,18) hold. */
export const largestDecimal = 10n ** 38n - 1n

/** Reads a plain decimal. Errors: RangeError for anything that is not one, or has more than 18 digits after the point. */
export function decimalOf(text: string): bigint {
  const value = parseDecimal(text)
  if (value === undefined) throw new RangeError(`'${text}' is not a decimal of at most ${scale} digits after the point`)
  return value
}

/** Shape: `format(1_500_000_000_000_000_000n) === '1.5'`. */
export function format(value: bigint): string {
  return formatDecimal(value)
}

/** The whole number nearest to a fraction; halves go to the even neighbour. Works for any signs. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n
  const n = absolute(numerator)
  const d = absolute(denominator)
  const quotient = n / d
  const twice = (n - quotient * d) * 2n
  const rounded = twice > d || (twice === d && (quotient & 1n) === 1n) ? quotient + 1n : quotient
  return negative ? -rounded : rounded
}

/** Product of two scaled values. Exact as long as their digits after the point add up to 18; else half-even. */
export function multiply(a: bigint, b: bigint): bigint {
  const product = a * b
  const quotient = product / one
  return quotient * one === product ? quotient : divideHalfEven(product, one)
}

/** Rounds half-even to this many digits after the point (at most 18). */
export function roundHalfEven(value: bigint, digits: number): bigint {
  const unit = unitOf(digits)
  return divideHalfEven(value, unit) * unit
}

/** The smallest step of this many digits after the point. Shape: `unitOf(2)` is 0.01. */
export function unitOf(digits: number): bigint {
  return units[digits] ?? 1n
}

const units: readonly bigint[] = Array.from({ length: scale + 1 }, (_, digits) => 10n ** BigInt(scale - digits))

/** The smallest multiple of a positive step that is not below the (positive) value. */
export function roundUpTo(step: bigint, value: bigint): bigint {
  const rest = value % step
  return rest === 0n ? value : value - rest + step
}

/** The largest multiple of a positive step that is not above the (positive) value. */
export function roundDownTo(step: bigint, value: bigint): bigint {
  return value - (value % step)
}

/** Absolute value. */
export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value
}

/** The smaller of two. */
export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

/** The larger of two. */
export function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/** 1, 0 or -1. */
export function signOf(value: bigint): bigint {
  return value > 0n ? 1n : value < 0n ? -1n : 0n
}
