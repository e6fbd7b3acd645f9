import type * as zod from 'zod'
import type { Serde, SqlType } from '../topology/definition/serde.ts'
import { serdeOf, type WireForm } from '../topology/definition/serdes/serde-codec.ts'
import { compareText, refused } from '../topology/definition/serdes/sql-types.ts'

/**
 * JSON as UTF-8, and jsonb in Postgres. Without a schema the type is only claimed; with a zod schema values are checked
 * both ways, and zod codecs (a date as ISO text, a bigint as digits) are applied.
 *
 * Values that JSON cannot hold (NaN, bigint, functions) are refused, not turned into null. jsonb does not keep the order of
 * object keys, so two objects that differ in nothing else are one key: record keys are written in `canonicalJson`.
 *
 * Shape: `json<Tick>()`, `json(z.object({ symbol: z.string(), price: z.number() }))`.
 */
export function json<T>(): Serde<T>
export function json<S extends zod.ZodType>(schema: S): Serde<zod.output<S>>
export function json(schema?: zod.ZodType): Serde<unknown> {
  const toPlain = (value: unknown) => (schema ? schema.encode(value) : value)
  const fromPlain = (plain: unknown) => (schema ? schema.decode(plain as never) : plain)
  const form: WireForm<unknown> = {
    name: 'json',
    sql: jsonbType(toPlain, fromPlain),
    write: value => Buffer.from(jsonText(toPlain(value)), 'utf8'),
    read: bytes => fromPlain(JSON.parse(utf8.decode(bytes))),
  }
  const values = serdeOf(form)
  const keys = serdeOf({ ...form, write: key => Buffer.from(canonicalJson(jsonText(toPlain(key))), 'utf8') })
  return { ...values, bind: binding => (binding.part === 'key' ? keys : values).bind(binding) }
}

/**
 * The same JSON with the keys of every object in one order: equal for what jsonb holds equal.
 * Shape: `canonicalJson('{"b":1,"a":2}') === '{"a":2,"b":1}'`.
 */
export function canonicalJson(text: string): string {
  return text.includes('{') ? JSON.stringify(JSON.parse(text), sortKeys) : text
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareText(a, b)))
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * A jsonb column over a projection to JSON and back. Postgres takes any JSON but NUL characters and lone surrogates.
 *
 * `fromSql` takes JSON text and the values that a driver makes of it. A lone string would be ambiguous between the two, so it
 * is put in an object, `{"": "text"}`, and so does an object that already looks like that. `compare` is by text, as jsonb's own
 * order depends on the database's collation: keys of this type are for look-ups, not for ranges.
 */
export function jsonbType<T>(toPlain: (value: T) => unknown, fromPlain: (plain: unknown) => T): SqlType<T> {
  const textOf = (value: T) => {
    const plain = toPlain(value)
    return jsonText(isText(plain) ? { '': plain } : plain)
  }
  return {
    pg: 'jsonb',
    toSql: textOf,
    fromSql(raw) {
      const plain: unknown = typeof raw === 'string' ? JSON.parse(raw) : raw
      return fromPlain(isWrapped(plain) && isText(plain['']) ? plain[''] : plain)
    },
    check(value) {
      let text: string
      try {
        text = textOf(value)
      } catch (error) {
        throw refused(`is not JSON (${error instanceof Error ? error.message : error})`, 'put plain data')
      }
      const found = refusedEscape.exec(text)
      if (found) throw refused(`holds the character U+${found[1]}`, 'Postgres jsonb cannot hold it; remove it')
    },
    compare: (a, b) => compareText(canonicalJson(textOf(a)), canonicalJson(textOf(b))),
  }
}

/** `JSON.stringify` escapes exactly the characters that jsonb refuses, behind an odd number of backslashes. */
const refusedEscape = /(?<!\\)(?:\\\\)*\\u(0000|d[89a-f][0-9a-f]{2})/

/** A string, or a string in objects of the form `{"": ...}`. */
function isText(plain: unknown): boolean {
  return typeof plain === 'string' || (isWrapped(plain) && isText(plain['']))
}

function isWrapped(plain: unknown): plain is { '': unknown } {
  if (plain === null || typeof plain !== 'object' || Array.isArray(plain)) return false
  const keys = Object.keys(plain)
  return keys.length === 1 && keys[0] === ''
}

/**
 * `JSON.stringify`, but NaN, Infinity and undefined in an array are errors, not null: only a text with a null in it can
 * hide one, so only such a value is walked.
 */
export function jsonText(value: unknown): string {
  const text = plainText(value)
  if (text === undefined) throw new Error('is not JSON: undefined or a function')
  if (text.includes('null')) JSON.stringify(value, refuseLoss)
  return text
}

function plainText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (error) {
    // Once more, to find the bigint that made it fail, if one did.
    JSON.stringify(value, refuseBigint)
    throw error
  }
}

function refuseBigint(key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  const at = key === '' ? '' : ` at '${key}'`
  throw new Error(`is not JSON: the bigint ${value}n${at}; JSON has none, so make it a string, or choose int64 or Avro`)
}

function refuseLoss(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`is not JSON: ${value} at '${key}'`)
  if (value === undefined && Array.isArray(this)) throw new Error(`is not JSON: undefined at index ${key}`)
  return value
}
