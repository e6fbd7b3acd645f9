import type * as zod from 'zod'
import { fieldProblem, problemText } from '../topology/definition/issue-words.ts'
import type { Serde, SqlType } from '../topology/definition/serde.ts'
import { serdeOf, type WireForm } from '../topology/definition/serdes/serde-codec.ts'
import { compareText, refused } from '../topology/definition/serdes/sql-types.ts'
import { parseExactJson, parseSafeJson } from './exact-json.ts'
import { canonicalJson, jsonText } from './json-text.ts'

/** The options of a JSON serde. */
interface JsonOptions {
  /**
   * Integers beyond 2^53, which a number would round. Unset: they are refused, read and written. `bigint`: they are read exactly,
   * as bigints, and such bigints are written; smaller integers stay numbers.
   */
  readonly largeIntegers?: 'bigint'
}

/**
 * JSON as UTF-8, and jsonb in Postgres. Without a schema the type is only claimed; with a zod schema values are checked
 * both ways, and zod codecs (a date as ISO text, a bigint as digits) are applied.
 *
 * Values that JSON cannot hold (NaN, bigints, functions, Date, Map, instances of a class) are refused, not turned into null or
 * something else; fields of undefined are left out, and -0 is 0. jsonb does not keep the order of object keys, so two
 * objects that differ in nothing else are one key: record keys are written in `canonicalJson`.
 *
 * Shape: `json<Tick>()`, `json(z.object({ symbol: z.string(), price: z.number() }))`, `json<Tick>({ largeIntegers: 'bigint' })`.
 */
export function json<T>(options?: JsonOptions): Serde<T>
export function json<S extends zod.ZodType>(schema: S, options?: JsonOptions): Serde<zod.output<S>>
export function json(first?: zod.ZodType | JsonOptions, second?: JsonOptions): Serde<unknown> {
  const schema = first && 'decode' in first ? first : undefined
  const { largeIntegers: large = 'refused' } = second ?? (schema ? {} : (first as JsonOptions | undefined)) ?? {}
  const toPlain = (value: unknown) => (schema ? checked(schema.safeEncode(value), value) : value)
  const fromPlain = (plain: unknown) => (schema ? checked(schema.safeDecode(plain as never), plain) : plain)
  const parse = large === 'bigint' ? parseExactJson : parseSafeJson
  const textOf = (plain: unknown) => jsonText(plain, large)
  const form: WireForm<unknown> = {
    name: 'json',
    sql: jsonbType({ toPlain, fromPlain, textOf, ...(large === 'bigint' && { parse }) }),
    write: value => Buffer.from(textOf(toPlain(value)), 'utf8'),
    read: bytes => fromPlain(parse(utf8.decode(bytes))),
  }
  const values = serdeOf(form)
  const keys = serdeOf({ ...form, write: key => Buffer.from(canonicalJson(textOf(toPlain(key))), 'utf8') })
  return { ...values, bind: binding => (binding.part === 'key' ? keys : values).bind(binding) }
}

/** The data of a result. Errors: Error with every problem on one line, without the value. */
function checked({ data, error }: zod.ZodSafeParseResult<unknown>, input: unknown): unknown {
  if (error === undefined) return data
  throw new Error(
    `is not as its schema says: ${error.issues.map(issue => problemText(fieldProblem(issue, input))).join('; ')}`,
  )
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * A jsonb column for a serde of one's own: its values as JSON and back. Values that JSON cannot hold are refused, as by `json`.
 *
 * Shape: `jsonColumn<Order>(order => toJson(OrderSchema, order), plain => fromJson(OrderSchema, plain as JsonValue))`.
 */
export function jsonColumn<T>(toPlain: (value: T) => unknown, fromPlain: (plain: unknown) => T): SqlType<T> {
  return jsonbType({ toPlain, fromPlain, textOf: plain => jsonText(plain) })
}

/** A projection of values to JSON and back. */
interface JsonProjection<T> {
  toPlain(value: T): unknown
  fromPlain(plain: unknown): T
  /** The text of a plain value. Errors: Error for what is not JSON. */
  textOf(plain: unknown): string
  /** Unset: `JSON.parse`. Doubles come from jsonb as long integers, which are the same doubles. */
  readonly parse?: (text: string) => unknown
}

/**
 * A jsonb column over a projection to JSON and back. Postgres takes any JSON but NUL characters and lone surrogates.
 *
 * `fromSql` takes JSON text and the values that a driver makes of it. A lone string would be ambiguous between the two, so it
 * is put in an object, `{"": "text"}`, and so is an object that already looks like that. `compare` is by text, as jsonb's own
 * order depends on the database's collation: keys of this type are for look-ups, not for ranges.
 */
export function jsonbType<T>(projection: JsonProjection<T>): SqlType<T> {
  const { parse = JSON.parse } = projection
  const textOf = (value: T) => {
    const plain = projection.toPlain(value)
    return projection.textOf(isText(plain) ? { '': plain } : plain)
  }
  return {
    pg: 'jsonb',
    toSql: textOf,
    fromSql(raw) {
      const plain: unknown = typeof raw === 'string' ? parse(raw) : raw
      return projection.fromPlain(isWrapped(plain) && isText(plain['']) ? plain[''] : plain)
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
