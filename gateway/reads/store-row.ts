import { getTableColumns } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { readStoreRow } from '../../store/queries.ts'
import { SerdeError } from '../../topology/definition/errors.ts'
import type { AnyStore, Column } from '../../topology/definition/store.ts'
import type { Reading } from './reading.ts'
import type { Snapshot } from './snapshot-pool.ts'
import type { StoreLocation } from './store-state.ts'

/** A row of any store as JSON has it. */
export interface StoreRow {
  /** The value of a key of one column, else the parts. */
  readonly key: unknown
  /** The value of a store with one value column, else an object of the columns. */
  readonly value: unknown
  /** Event time of the record that wrote it. Units: ms. */
  readonly timestamp: number
  readonly asOf: ChangelogOffsets
}

/** The changelog offsets that partitions of a store have reached. Shape: `{ 'word-counts-0': '17' }`: the rows include every change before offset 17. */
export type ChangelogOffsets = Readonly<Record<string, string>>

/** The outcome of a read of one key; where the row is absent it still says how far the store is. */
export interface StoreAnswer {
  readonly row: StoreRow | undefined
  readonly asOf: ChangelogOffsets
}

/**
 * The row of a key, given as the text of its parts. `absent`: the store was never opened.
 *
 * Errors: SerdeError VALUE_REFUSED for a key that is not one of this store's.
 */
export async function answerOfStore(
  { sql }: Snapshot,
  { application, schema }: StoreLocation,
  definition: AnyStore,
  keyTexts: readonly string[],
): Promise<Reading<StoreAnswer>> {
  const parts = parseKey(definition, keyTexts)
  const key = definition.key.join(parts, parts)
  const { found, partitions } = await readStoreRow(sql, { application, definition, schema }, key)
  const relevant = found ? partitions.filter(one => one.partition === found.partition) : partitions
  if (partitions.length === 0 || relevant.some(one => one.restoring))
    return { kind: 'not ready', stores: [definition.name] }
  const asOf = Object.fromEntries(
    relevant.flatMap(({ partition, offset }) =>
      offset === undefined ? [] : [[`${definition.name}-${partition}`, String(offset)]],
    ),
  )
  if (!found) return { kind: 'found', value: { row: undefined, asOf } }
  const { row } = found
  const shown = parts.map((part, index) => plain(definition.key.columns[index]!, part))
  const value = shownValue(definition, row.value)
  return {
    kind: 'found',
    value: { asOf, row: { key: shown.length === 1 ? shown[0] : shown, value, timestamp: row.timestamp, asOf } },
  }
}

/** Fields by the names of a store's columns, made once for each store. */
const knownFields = new WeakMap<AnyStore, ReadonlyMap<string, string>>()

/** Fields of a store's columns, in the order of `columns`: camel case where the store knows it. */
export function fieldsOf(definition: AnyStore): (column: Column) => string {
  const table = (definition as { table?: PgTable }).table
  if (table === undefined) return column => column.name
  let fields = knownFields.get(definition)
  if (fields === undefined) {
    fields = new Map(Object.entries(getTableColumns(table)).map(([field, { name }]) => [name, field]))
    knownFields.set(definition, fields)
  }
  const named = fields
  return column => named.get(column.name) ?? column.name
}

/** The parts of a key from their texts. Shape: `['alpha', 'XNAS:MSFT']` for two text columns. Errors: SerdeError VALUE_REFUSED. */
export function parseKey({ name, key: { columns } }: AnyStore, texts: readonly string[]): readonly unknown[] {
  if (texts.length !== columns.length) {
    const parts = columns.map(column => column.name).join('/')
    throw refused(`a key of store '${name}' has ${columns.length} parts, not ${texts.length}: give ${parts}`)
  }
  return columns.map((column, index) => {
    const text = texts[index]!
    const form = forms[column.sql.pg.replace(/\(.*/, '')]
    const isNoTime = column.sql.pg === 'timestamptz' && Number.isNaN(Date.parse(text))
    if ((form && !form.test(text)) || isNoTime)
      throw refused(`'${column.name}' of store '${name}' is no ${column.sql.pg}: correct the key`)
    const value = column.sql.fromSql(rawOf(column, text))
    column.sql.check(value)
    return value
  })
}

/** The forms of key parts, by Postgres type; others are text. */
const forms: Readonly<Record<string, RegExp>> = {
  bigint: /^-?\d{1,19}$/,
  integer: /^-?\d{1,10}$/,
  numeric: /^-?\d{1,20}(\.\d{1,18})?$/,
  boolean: /^(true|false)$/,
  bytea: /^([0-9a-f]{2})*$/,
  timestamptz: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/,
  'double precision': /^-?\d{1,300}(\.\d{1,300})?(e[+-]?\d{1,3})?$/,
}

function rawOf({ sql }: Column, text: string): unknown {
  if (sql.pg === 'boolean') return text === 'true'
  return sql.pg === 'bytea' ? Buffer.from(text, 'hex') : text
}

function shownValue(definition: AnyStore, parts: readonly unknown[]): unknown {
  const { columns } = definition.value
  if (columns.length === 1) return plain(columns[0]!, parts[0])
  const fieldOf = fieldsOf(definition)
  return Object.fromEntries(columns.map((column, index) => [fieldOf(column), plain(column, parts[index])]))
}

/** A column's value as JSON has it: 64-bit integers and decimals as strings, times as ISO 8601, bytes as hex. */
export function plain({ sql }: Column, part: unknown): unknown {
  if (part === null || part === undefined) return null
  const raw = sql.toSql(part)
  if (sql.pg.startsWith('json')) return JSON.parse(raw as string)
  return raw instanceof Uint8Array ? Buffer.from(raw).toString('hex') : raw
}

function refused(problem: string): SerdeError {
  return new SerdeError('VALUE_REFUSED', problem)
}
