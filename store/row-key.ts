import { canonicalJson } from '../schemas/json-text.ts'
import type { Column } from '../topology/definition/store.ts'

/** The key under which a Map finds a row: equal for equal split keys, different for different ones. */
export type RowKey = string | number | bigint | boolean

/**
 * Makes the function that turns a split key (or leading parts of one) into a map key. A key of one string, number or bigint
 * column is that value itself, so that a point read is one look-up without an allocation; several columns become one
 * string in which each part comes after its length.
 */
export function rowKeyOf(columns: readonly Column[]): (parts: readonly unknown[]) => RowKey {
  const atoms = columns.map(({ sql }) => {
    if (sql.pg === 'uuid') return folded
    if (sql.pg === 'jsonb') return (part: unknown) => canonicalJson(String(sql.toSql(part)))
    return (part: unknown) => atom(part, sql.toSql)
  })
  const first = atoms[0]
  if (columns.length === 1 && first) return parts => first(parts[0])
  return parts => {
    let key = ''
    for (let index = 0; index < parts.length; index++) {
      const text = String(atoms[index]!(parts[index]))
      key += `${text.length}:${text}`
    }
    return key
  }
}

/** Postgres gives UUIDs back in lower case. */
function folded(part: unknown): RowKey {
  return String(part).toLowerCase()
}

function atom(part: unknown, toSql: (part: unknown) => unknown): RowKey {
  switch (typeof part) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return part
  }
  if (part instanceof Uint8Array) return Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('latin1')
  return String(toSql(part))
}
