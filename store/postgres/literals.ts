import type { Column } from '../../topology/definition/store.ts'

// Parameters travel as Postgres' own text forms, which the server casts: the driver does not guess types.
//   array   => '{' (element (',' element)*)? '}'
//   element => NULL | number | '"' text with \ before " and \ '"'

/** One value in Postgres' text form. Undefined and null become null. */
export function literal(column: Column, part: unknown): string | null {
  if (part === null || part === undefined) return null
  const raw = column.sql.toSql(part)
  if (typeof raw === 'string') return raw
  return raw instanceof Uint8Array ? hex(raw) : String(raw)
}

/** A column of many rows as one array. `partOf` picks the row's part. */
export function arrayLiteral<R>(column: Column, rows: readonly R[], partOf: (row: R) => unknown): string {
  let text = '{'
  for (let index = 0; index < rows.length; index++) {
    if (index > 0) text += ','
    text += element(column, partOf(rows[index] as R))
  }
  return `${text}}`
}

/** Numbers as a Postgres array; undefined becomes NULL. */
export function numbersLiteral(numbers: readonly (number | undefined)[]): string {
  let text = '{'
  for (let index = 0; index < numbers.length; index++) {
    if (index > 0) text += ','
    text += numbers[index] ?? 'NULL'
  }
  return `${text}}`
}

/** Texts as a Postgres array. */
export function textsLiteral(texts: readonly string[]): string {
  return `{${texts.map(escaped).join(',')}}`
}

function element(column: Column, part: unknown): string {
  if (part === null || part === undefined) return 'NULL'
  const raw = column.sql.toSql(part)
  if (typeof raw === 'string') return escaped(raw)
  return raw instanceof Uint8Array ? `"\\${hex(raw)}"` : String(raw)
}

function escaped(text: string): string {
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`
}

/** Bytes in Postgres' text form. Shape: `\\x41`. */
export function hex(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}
