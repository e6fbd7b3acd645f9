import { SerdeError } from '../errors.ts'
import type { SqlType } from '../serde.ts'
import { decimalPrecision, fitsPrecision, formatDecimal, parseDecimal } from './decimal.ts'

/*
 * The form of values in Postgres columns. `check` keeps invariant C6: a value that Postgres could refuse is refused when it
 * is put.
 * `fromSql` takes both what the driver returns and what `toSql` gave, so that a store in memory may keep either.
 */

/** Text in the order of its UTF-8 bytes (`collate "C"`). No NUL, no lone surrogates. */
export const textType: SqlType<string> = {
  pg: 'text',
  toSql: value => value,
  fromSql: raw => raw as string,
  check(value) {
    if (typeof value !== 'string') throw refused('is not a string', 'put a string')
    if (value.includes('\0')) throw refused('holds a NUL character', 'Postgres text cannot hold it; remove it')
    if (!value.isWellFormed()) throw refused('holds a lone surrogate', 'make the string well-formed (toWellFormed)')
  },
  compare: compareText,
}

/** 32-bit integers. */
export const integerType: SqlType<number> = {
  pg: 'integer',
  toSql: value => value,
  fromSql: Number,
  check(value) {
    if ((value | 0) !== value) throw refused('is not a 32-bit integer', 'use int64 or float64')
  },
  compare: (a, b) => a - b,
  settled: withoutSign,
}

/** 64-bit integers as bigint. */
export const bigintType: SqlType<bigint> = {
  pg: 'bigint',
  toSql: String,
  fromSql: raw => BigInt(raw as string),
  check(value) {
    if (typeof value !== 'bigint') throw refused('is not a bigint', 'write 1n, not 1')
    if (BigInt.asIntN(64, value) !== value) throw refused('is outside the 64-bit range', 'use decimal or string')
  },
  compare: compareOrdered,
}

/** Doubles; NaN equals itself and is the greatest, as in Postgres. */
export const doubleType: SqlType<number> = {
  pg: 'double precision',
  toSql: value => (Object.is(value, -0) ? '-0' : value),
  fromSql: Number,
  check(value) {
    if (typeof value !== 'number') throw refused('is not a number', 'put a number')
  },
  compare(a, b) {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
    return compareOrdered(a, b)
  },
}

/** Booleans, false first. */
export const booleanType: SqlType<boolean> = {
  pg: 'boolean',
  toSql: value => value,
  fromSql: raw => raw as boolean,
  check(value) {
    if (typeof value !== 'boolean') throw refused('is not a boolean', 'put true or false')
  },
  compare: (a, b) => Number(a) - Number(b),
}

/** Bytes, in unsigned order. */
export const byteaType: SqlType<Uint8Array> = {
  pg: 'bytea',
  toSql: value => value,
  fromSql: raw => raw as Uint8Array,
  check(value) {
    if (!(value instanceof Uint8Array)) throw refused('is not bytes', 'put a Uint8Array or Buffer')
  },
  compare: (a, b) => Buffer.compare(a, b),
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether the text is a UUID of 36 characters, in either case. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && uuidForm.test(text)
}

/** UUIDs; Postgres returns them in lower case, and so does the wire. */
export const uuidType: SqlType<string> = {
  pg: 'uuid',
  toSql: value => value.toLowerCase(),
  fromSql: raw => raw as string,
  check(value) {
    if (!isUuid(value)) throw refused('is not a UUID', "write it as 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'")
  },
  compare: (a, b) => compareOrdered(a.toLowerCase(), b.toLowerCase()),
  settled: value => (typeof value === 'string' ? value.toLowerCase() : value),
}

/** Exact decimals as bigint. Units: 1e-scale. */
export function numericType(precision: number, scale: number): SqlType<bigint> {
  return {
    pg: `numeric(${precision},${scale})`,
    toSql: value => formatDecimal(value, scale),
    fromSql(raw) {
      const value = parseDecimal(String(raw), scale)
      if (value === undefined) throw refused(`read from numeric has more than ${scale} decimals`, 'fix the row')
      return value
    },
    check(value) {
      if (typeof value !== 'bigint') throw refused('is not a bigint', `put the number times 1e${scale}, as bigint`)
      if (!fitsPrecision(value, precision)) {
        throw refused(`has more than ${precision} digits`, `numeric(${precision},${scale}) cannot hold it`)
      }
    },
    compare: compareOrdered,
  }
}

/** decimal(38,18) as bigint. Units: 1e-18. */
export const decimalType: SqlType<bigint> = numericType(decimalPrecision, 18)

const firstMs = Date.parse('1000-01-01T00:00:00.000Z')
const lastMs = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * Instants of the years 1000 to 9999 (drivers read years of one or two digits as 19xx). Sessions must be in UTC: JavaScript
 * cannot read the offsets with seconds that some zones had. Units: milliseconds since the epoch.
 */
export const timestampType: SqlType<number> = {
  pg: 'timestamptz',
  toSql: value => new Date(value).toISOString(),
  fromSql(raw) {
    const ms = raw instanceof Date ? raw.getTime() : Date.parse(raw as string)
    if (Number.isNaN(ms)) throw refused('read from timestamptz is not a time', "set the session's time zone to UTC")
    return ms
  },
  check(value) {
    if (!Number.isInteger(value)) throw refused('is not a whole number of milliseconds', 'round it')
    if (value < firstMs || value > lastMs) throw refused('is outside the years 1000 to 9999', 'use int64')
  },
  compare: (a, b) => a - b,
  settled: withoutSign,
}

/** Moments as a number in a bigint column. Units: milliseconds since the epoch. */
export const timeType: SqlType<number> = {
  pg: 'bigint',
  toSql: value => value,
  fromSql: Number,
  check(value) {
    if (!Number.isSafeInteger(value)) throw refused('is not a whole number of milliseconds', 'round it')
  },
  compare: (a, b) => a - b,
  settled: withoutSign,
}

/** A column that may be NULL; nulls come last, as in Postgres. */
export function nullableType<T>(type: SqlType<T>): SqlType<T | null> {
  return {
    pg: type.pg,
    toSql: value => (value === null ? null : type.toSql(value)),
    fromSql: raw => (raw === null ? null : type.fromSql(raw)),
    check(value) {
      if (value !== null) type.check(value)
    },
    compare(a, b) {
      if (a === null || b === null) return Number(a === null) - Number(b === null)
      return type.compare(a, b)
    },
    ...(type.settled && { settled: value => (value === null ? null : (type.settled as (value: T) => T)(value)) }),
  }
}

/** Columns of whole numbers have no -0. */
function withoutSign(value: number): number {
  return value === 0 ? 0 : value
}

/**
 * The order of UTF-8 bytes, which is the order of code points. UTF-16 units differ from it in one place: a surrogate pair
 * (above U+FFFF) must come after U+E000-U+FFFF, though its units are smaller.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return surrogatesLast(left) - surrogatesLast(right)
  }
  return a.length - b.length
}

function surrogatesLast(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

function compareOrdered<T extends bigint | number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** SerdeError VALUE_REFUSED: Postgres could not hold the value. */
export function refused(problem: string, remedy: string): SerdeError {
  return new SerdeError('VALUE_REFUSED', `the value ${problem}, in a store: ${remedy}`)
}
