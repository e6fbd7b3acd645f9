import type { BuildColumns, InferModelFromColumns } from 'drizzle-orm'
import type { PgColumn, PgColumnBuilderBase, PgTable, PgTableWithColumns } from 'drizzle-orm/pg-core'
import { type Duration, durationMs } from '../topology/definition/duration.ts'
import { SerdeError, TopologyError } from '../topology/definition/errors.ts'
import type { Serde } from '../topology/definition/serde.ts'
import { tupleSerde } from '../topology/definition/serdes/tuple-serde.ts'
import type { Column, KeyValueStore, StoreDefinition, TaskTable, TimePartitions } from '../topology/definition/store.ts'
import { defineStore } from '../topology/definition/stores/define.ts'
import { keyValueFace } from '../topology/definition/stores/key-value.ts'
import type { RowFormat } from '../topology/definition/stores/layout.ts'
import { sqlColumnName, sqlTableName } from '../topology/definition/stores/naming.ts'
import { columnsOf } from './derived-columns.ts'
import { drizzleOrm, pgCore } from './drizzle.ts'
import { columnDefault, columnSerde } from './table-columns.ts'

/** Drizzle column builders by field. Shape: `{ portfolioId: text().notNull(), quantity: decimal().notNull() }`. */
type TableColumns = Readonly<Record<string, PgColumnBuilderBase>>

type Built<C extends TableColumns> = BuildColumns<string, C, 'pg'>

/** The row of a table in TypeScript. */
type RowOf<C extends TableColumns> = InferModelFromColumns<Built<C>>

/** The key of a table: the column's value when it is one, a tuple when there are several. */
type TableKey<C extends TableColumns, P extends readonly unknown[]> = P extends readonly [infer N]
  ? FieldOf<C, N>
  : { readonly [I in keyof P]: FieldOf<C, P[I]> }

type FieldOf<C extends TableColumns, N> = N extends keyof RowOf<C> ? RowOf<C>[N] : never

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

type Differing<R, V> = {
  [N in keyof R | keyof V]: N extends keyof R & keyof V ? (Same<R[N], V[N]> extends true ? never : N) : N
}[keyof R | keyof V]

/** Nothing if the columns are the fields of the value; else an error that names those that differ. */
type RowMatches<R, V> = [Differing<R, V>] extends [never]
  ? unknown
  : { readonly 'the columns differ from the value in': Differing<R, V> }

/** The options of a typed table. */
interface TableOptions<P, V> {
  /** Fields of the primary key, in its order. Shape: `['portfolioId', 'instrumentKey']`. */
  readonly key: P
  /** Wire form of the rows in the changelog; its fields are the columns. */
  readonly value: Serde<V>
  /** After this much stream time without a write a row is gone. Unset: never. */
  readonly ttl?: Duration
  /**
   * Splits the table by a key field of times: a TimescaleDB hypertable where the extension is, else a table partitioned by
   * range, whose partitions are made when a row needs them. For rows that are kept over time. Shape:
   * `{ field: 'at', every: 'month' }`.
   */
  readonly partitionBy?: {
    readonly field: P extends readonly unknown[] ? P[number] : never
    readonly every: TimePartitions['every']
  }
  /** Fields of further indexes, for readers in SQL. Shape: `[['portfolioId', 'riskSeq']]`. */
  readonly indexes?: readonly (readonly (keyof V & string)[])[]
  readonly changelog?: Readonly<Record<string, string>>
}

/** A store that is a table with a column for each field, and its drizzle table for queries. */
interface TableStore<C extends TableColumns, K, V> extends StoreDefinition<K, V, KeyValueStore<K, V>> {
  readonly type: 'table'
  readonly table: PgTableWithColumns<{ name: string; schema: undefined; columns: Built<C>; dialect: 'pg' }>
}

/**
 * Declares a store whose rows are a value's fields, each in a column of its own: camel case here, snake case in SQL. A field
 * that the columns lack, or have in another type, does not compile. The columns of an Avro record derive from its schema
 * (`columnsOf`); those of any other value are listed.
 *
 * A column that is added later keeps the state if it may be null or has a default, `.default(0)`, which older rows then have.
 *
 * Shape: `store.table('positions', columnsOf(Position), { key: ['portfolioId'], value: Position })`,
 * `store.table('positions', { portfolioId: text().notNull(), quantity: decimal().notNull() }, { key: ['portfolioId'],
 * value: Position })`. Errors: TopologyError TOPOLOGY_INVALID for columns that a store cannot keep.
 */
export function tableStore<C extends TableColumns, const P extends readonly (keyof C & string)[], V>(
  name: string,
  columns: C,
  options: TableOptions<P, V> & RowMatches<RowOf<C>, V>,
): TableStore<C, TableKey<C, P>, V> {
  const { key: keyFields, value: serde, ttl, partitionBy, indexes = [], changelog } = options as TableOptions<P, V>
  type K = TableKey<C, P>
  const table = drizzleTable(name, columns)
  const fields = Object.entries(drizzleOrm().getTableColumns(table)).map(([field, column]) =>
    readField(name, field, column, columns[field]),
  )
  const keyParts = keyFields.map(field => fields.find(one => one.field === field) ?? unknownField(name, field))
  const valueParts = fields.filter(({ field }) => !(keyFields as readonly string[]).includes(field))
  checkFields(name, keyParts, valueParts)
  const alone = keyParts.length === 1
  const keySerde = alone ? keyParts[0]?.serde : tupleSerde(keyParts.map(({ field, serde }) => [field, serde]))
  const key: RowFormat<K> = {
    columns: keyParts.map(({ column }) => column),
    serde: keySerde as unknown as Serde<K>,
    split: parts => (alone ? [parts] : (parts as readonly unknown[])),
    join: parts => (alone ? parts[0] : parts) as K,
  }
  const value: RowFormat<V> = {
    columns: valueParts.map(({ column }) => column),
    serde,
    split: splitOf<V>(valueParts),
    join: joinOf<V>(keyParts, valueParts),
  }
  const definition = defineStore<K, V, KeyValueStore<K, V>>({
    name,
    type: 'table',
    key,
    value,
    ...(ttl !== undefined && { retentionMs: durationMs(ttl) }),
    ...(partitionBy && { partitionedBy: timePartitions(name, keyParts, partitionBy) }),
    ...(indexes.length > 0 && { indexes: indexes.map(index => indexColumns(name, keyParts, fields, index)) }),
    changelog,
    open: rows => tableFace(name, rows, key, keyParts),
  })
  return { ...definition, type: 'table', table: table as unknown as TableStore<C, K, V>['table'] }
}

/**
 * A value with a column for each field, for stores of operators: an aggregate is then read in SQL as it is. The columns derive from
 * the Avro schema of its serde, as `columnsOf` has it.
 *
 * Shape: `.windowed(tumbling('1m')).aggregate('bars', { init, add, value: inColumns(Bar) })` has columns `open`, `high`, `low`, `close`.
 * Errors: TopologyError TOPOLOGY_INVALID for a serde without an Avro schema of a record, and for a field that no column holds.
 */
export function inColumns<V>(serde: Serde<V>): RowFormat<V> {
  const columns = columnsOf(serde) as unknown as TableColumns
  const table = drizzleTable('in_columns', columns)
  const fields = Object.entries(drizzleOrm().getTableColumns(table)).map(([field, column]) =>
    readField(serde.name, field, column, columns[field]),
  )
  return {
    columns: fields.map(({ column }) => column),
    serde,
    split: splitOf<V>(fields),
    join: joinOf<V>([], fields),
  }
}

/** The key-value face; a row that is put under a key must have that key in its own fields. */
function tableFace<K, V>(store: string, rows: TaskTable<K, V>, key: RowFormat<K>, fields: readonly Field[]) {
  const face = keyValueFace(rows, key.split)
  return {
    ...face,
    put(of: K, row: V) {
      const parts = key.split(of)
      const own = fields.every(({ field, column }, index) =>
        isSame(column, (row as Record<string, unknown>)[field], parts[index]),
      )
      if (!own) throw otherKey(store, fields)
      face.put(of, row)
    },
  }
}

function isSame({ sql }: Column, a: unknown, b: unknown): boolean {
  return a === b || (a !== null && typeof a === typeof b && sql.compare(a, b) === 0)
}

/*
 * Rows are taken apart and put together by code that has the names of their fields in it: V8 compiles it for rows of one shape, where a loop
 * over names looks each of them up.
 */

/** Takes a row apart; a field has its default where an older changelog record lacks it, since it was added later. */
function splitOf<V>(fields: readonly Field[]): (row: V) => readonly unknown[] {
  const parts = fields.map(({ field, column }, index) => {
    const part = `row[${JSON.stringify(field)}]`
    return column.default === undefined ? part : `${part} === undefined ? columns[${index}].default : ${part}`
  })
  const columns = fields.map(({ column }) => column)
  return new Function('columns', `return row => [${parts.join(', ')}]`)(columns)
}

/** Puts a row together from the parts of its key and those of its value. */
function joinOf<V>(
  ofKey: readonly Field[],
  ofValue: readonly Field[],
): (parts: readonly unknown[], key: readonly unknown[]) => V {
  const parts = [
    ...ofKey.map(({ field }, index) => `${JSON.stringify(field)}: key[${index}]`),
    ...ofValue.map(({ field }, index) => `${JSON.stringify(field)}: parts[${index}]`),
  ]
  return new Function(`return (parts, key) => ({ ${parts.join(', ')} })`)()
}

interface Field {
  readonly field: string
  readonly column: Column
  readonly serde: Serde<unknown>
}

/** Unnamed columns are named here, in snake case: drizzle would take the field's name as it is. */
function drizzleTable(name: string, columns: TableColumns): PgTable {
  for (const [field, builder] of Object.entries(columns)) {
    const { config } = builder as unknown as { config: { name: string } }
    config.name = sqlColumnName(config.name || field)
  }
  return pgCore().pgTable(sqlTableName(name), columns as Record<string, PgColumnBuilderBase>)
}

function readField(store: string, field: string, column: PgColumn, builder: PgColumnBuilderBase | undefined): Field {
  const serde = columnSerde(store, field, column, builder)
  const { sql } = serde
  const before = columnDefault(column)
  if (before !== undefined) sql.check(before)
  const more = { ...(!column.notNull && { nullable: true }), ...(before !== undefined && { default: before }) }
  return { field, serde, column: { name: column.name, sql, ...more } }
}

function checkFields(store: string, key: readonly Field[], value: readonly Field[]): void {
  const empty = key.find(({ column }) => column.nullable)
  if (empty) throw invalid(store, `key column '${empty.field}' may be null: add .notNull()`)
  if (key.length === 0) throw invalid(store, "the key is empty: name its fields in 'key'")
  if (value.length === 0) throw invalid(store, 'all columns are the key: use a key-value store, or add a column')
}

/** Length of a partition's name after the table's. Shape: `_2010_03_01`. */
const partitionSuffix = 11

function timePartitions(
  store: string,
  key: readonly Field[],
  { field, every }: { readonly field: unknown; readonly every: TimePartitions['every'] },
): TimePartitions {
  const column = key.findIndex(one => one.field === field)
  if (column === -1) throw invalid(store, `it is partitioned by '${field}', which is not of its key: add it to 'key'`)
  if (key[column]?.column.sql.pg !== 'timestamptz')
    throw invalid(store, `it is partitioned by '${field}', which is no time: make the column a timestamp()`)
  if (sqlTableName(store).length + partitionSuffix > 63)
    throw invalid(store, `names of its partitions are longer than 63 bytes: use a name of ${63 - partitionSuffix}`)
  return { column, every }
}

/** The columns that a btree takes for any row: columns of the key, whose size is checked, and others of fixed size. */
function indexColumns(
  store: string,
  key: readonly Field[],
  fields: readonly Field[],
  index: readonly string[],
): readonly string[] {
  return index.map(name => {
    const found = fields.find(({ field }) => field === name)
    if (!found) throw invalid(store, `an index names '${name}', which is no column: correct the name`)
    if (!key.includes(found) && /^(text|bytea|json|numeric$)/.test(found.column.sql.pg))
      throw invalid(store, `an index names '${name}', which may be too long for one: index columns of fixed size`)
    return found.column.name
  })
}

function unknownField(store: string, field: string): never {
  throw invalid(store, `the key names '${field}', which is no column: correct the name`)
}

function invalid(store: string, problem: string): TopologyError {
  return new TopologyError('TOPOLOGY_INVALID', `store '${store}': ${problem}`, { context: { store } })
}

function otherKey(store: string, fields: readonly Field[]): SerdeError {
  const names = fields.map(({ field }) => field).join(', ')
  return new SerdeError(
    'VALUE_REFUSED',
    `a row was put under a key that is not its own ${names}, store '${store}': put it under its key`,
    { context: { store } },
  )
}
