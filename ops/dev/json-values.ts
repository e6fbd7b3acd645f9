import type { Serde } from '../../topology/definition/serde.ts'

/*
 * Values as people type and read them in JSON. A serde's Postgres type knows both directions already: an Avro record or a JSON
 * value is jsonb there, an int64 or a decimal is text.
 */

/** The JSON text of a value. Shape: `'{"id":"o-1","cents":1200}'`, `'"text"'`, `'12'`, `'null'`. */
export function toJson(serde: Serde<unknown>, value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  const { pg, toSql } = serde.sql
  const sent = toSql.call(serde.sql, value)
  if (pg === 'jsonb') return unwrapped(String(sent))
  if (pg === 'bigint') return String(sent)
  return JSON.stringify(typeof sent === 'bigint' ? String(sent) : sent)
}

/**
 * The value of a JSON text; for a serde whose values are text in JSON (string, uuid, decimal) the quotes may be left out.
 * Errors: Error, with the JSON that is expected.
 */
export function fromJson(serde: Serde<unknown>, text: string): unknown {
  if (text === 'null') return null
  const { pg } = serde.sql
  if (pg === 'jsonb') return serde.sql.fromSql(parsed(text) && text)
  const plain = /^["tf\d-]/.test(text) ? orText(text) : text
  if (pg === 'bytea') return Buffer.from(String(plain), 'base64')
  if (pg === 'boolean' || pg === 'integer' || pg === 'double precision') return parsed(text)
  if (pg === 'text' && typeof plain !== 'string') return text
  return serde.sql.fromSql(typeof plain === 'string' ? plain : text)
}

/** A lone string in jsonb is put in an object, `{"": "text"}`. */
function unwrapped(text: string): string {
  const value: unknown = JSON.parse(text)
  const isWrapped = typeof value === 'object' && value !== null && Object.keys(value).join() === '' && '' in value
  return isWrapped ? JSON.stringify((value as Readonly<Record<string, unknown>>)['']) : text
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`'${text.slice(0, 60)}' is not JSON: write it like {"id":"7"}, "text" or 12`)
  }
}

function orText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
