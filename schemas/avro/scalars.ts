import avsc from 'avsc'
import type { CheckHook, Tap } from './wire.ts'

/** avsc writes a lone surrogate as three bytes that are not UTF-8. */
class WellFormedString extends avsc.types.StringType {
  _write(tap: Tap, value: unknown): void {
    if (typeof value !== 'string' || !value.isWellFormed()) throw new Error('not a well-formed string')
    tap.writeString(value)
  }

  _check(value: unknown, _flags: unknown, hook?: CheckHook): boolean {
    const valid = typeof value === 'string' && value.isWellFormed()
    if (!valid) hook?.(value, this)
    return valid
  }
}

/** avsc's own throws a TypeError for a bigint, and believes an int of more than 32 bits. */
class CheckedInt extends avsc.types.IntType {
  _read(tap: Tap): number {
    const value = tap.readLong()
    if ((value | 0) !== value) throw new Error('holds an int of more than 32 bits')
    return value
  }

  _check(value: unknown, _flags: unknown, hook?: CheckHook): boolean {
    const valid = typeof value === 'number' && (value | 0) === value
    if (!valid) hook?.(value, this)
    return valid
  }
}

/** A number that a float would make infinite is refused; one that it rounds is taken. */
class CheckedFloat extends avsc.types.FloatType {
  _write(tap: Tap, value: unknown): void {
    if (!isFloat(value)) throw new Error('not a float')
    tap.writeFloat(value)
  }

  _check(value: unknown, _flags: unknown, hook?: CheckHook): boolean {
    const valid = isFloat(value)
    if (!valid) hook?.(value, this)
    return valid
  }

  _copy(value: unknown): number {
    return Math.fround(numberOf(value, this))
  }
}

function isFloat(value: unknown): value is number {
  return typeof value === 'number' && (Number.isFinite(Math.fround(value)) || !Number.isFinite(value))
}

class CheckedDouble extends avsc.types.DoubleType {
  _copy(value: unknown): number {
    return numberOf(value, this)
  }
}

/** A default may be an integer beyond 2^53, which is a bigint in a schema, or a number that JSON has no word for, as text. */
function numberOf(value: unknown, type: avsc.Type): number {
  const number = typeof value === 'bigint' || /^(NaN|-?Infinity)$/.test(String(value)) ? Number(value) : value
  if (type.isValid(number)) return number as number
  throw new Error('a default that is no number')
}

/** The types that avsc has once for all. */
export const scalars = {
  null: new avsc.types.NullType(),
  boolean: new avsc.types.BooleanType(),
  int: new CheckedInt() as avsc.Type,
  float: new CheckedFloat() as avsc.Type,
  double: new CheckedDouble() as avsc.Type,
  bytes: new avsc.types.BytesType(),
  string: new WellFormedString() as avsc.Type,
} as const
