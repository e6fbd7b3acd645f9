import { MillraceError, SerdeError } from '../topology/definition/errors.ts'
import type { AnyStore, Column } from '../topology/definition/store.ts'

/** Largest entry of a btree index. Units: bytes. Source: BTMaxItemSize of nbtree version 4, 8 kB pages. */
const indexEntryBytes = 2_704

/**
 * Refuses a split key that Postgres could not hold (C6): a null, a value its column refuses, or more bytes than an index
 * entry takes. Errors: SerdeError VALUE_REFUSED.
 */
export function checkKey(store: AnyStore, parts: readonly unknown[]): void {
  checkParts(store, store.key.columns, parts)
  const bytes = indexBytes(store.key.columns, parts)
  if (bytes > indexEntryBytes)
    throw new SerdeError(
      'VALUE_REFUSED',
      `a key is ${bytes} bytes in the index and Postgres takes ${indexEntryBytes}, store '${store.name}': use a shorter key, such as a digest`,
      { context: { store: store.name, bytes } },
    )
}

/**
 * Whether Postgres could hold the split key, or a key that begins with the parts. One that it could not is in no table, and
 * must not spoil a query of many.
 */
export function isHoldable(store: AnyStore, parts: readonly unknown[]): boolean {
  try {
    if (parts.length < store.key.columns.length) checkParts(store, store.key.columns.slice(0, parts.length), parts)
    else checkKey(store, parts)
    return true
  } catch {
    return false
  }
}

/** Refuses a split value that Postgres could not hold (C6). Errors: SerdeError VALUE_REFUSED. */
export function checkValue(store: AnyStore, parts: readonly unknown[]): void {
  checkParts(store, store.value.columns, parts)
}

function checkParts(store: AnyStore, columns: readonly Column[], parts: readonly unknown[]): void {
  for (let index = 0; index < columns.length; index++) checkPart(store, columns[index]!, parts[index])
}

/** Refuses the part of a row that its column could not hold (C6). Errors: SerdeError VALUE_REFUSED. */
export function checkPart(store: AnyStore, column: Column, part: unknown): void {
  if (part === null || part === undefined) {
    if (column.nullable && part === null) return
    throw new SerdeError(
      'VALUE_REFUSED',
      `column '${column.name}' of store '${store.name}' is given no value: give one, or declare it nullable`,
      { context: { store: store.name, column: column.name } },
    )
  }
  try {
    column.sql.check(part)
  } catch (error) {
    throw located(error, store, column)
  }
}

function located(error: unknown, store: AnyStore, column: Column): unknown {
  if (!(error instanceof MillraceError)) return error
  return new SerdeError(error.code, `column '${column.name}' of store '${store.name}': ${error.message}`, {
    context: { store: store.name, column: column.name },
    cause: error,
  })
}

/** An upper bound of the entry: 8 bytes of header, 4 of partition, and each column with its length word and padding. */
function indexBytes(columns: readonly Column[], parts: readonly unknown[]): number {
  let bytes = 12
  for (let index = 0; index < columns.length; index++) {
    const part = parts[index]
    if (typeof part === 'number' || typeof part === 'boolean') bytes += 15
    else bytes += 7 + wireBytes(columns[index]!.sql.toSql(part))
  }
  return bytes
}

function wireBytes(raw: unknown): number {
  if (typeof raw === 'string') return Buffer.byteLength(raw)
  return raw instanceof Uint8Array ? raw.length : 16
}
