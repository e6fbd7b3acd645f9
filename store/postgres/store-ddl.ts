import { createHash } from 'node:crypto'
import { TopologyError } from '../../topology/definition/errors.ts'
import type { AnyStore, Column } from '../../topology/definition/store.ts'
import { sqlTableName } from '../../topology/definition/stores/naming.ts'
import { isText, quoted, storeTable } from './identifiers.ts'
import { addIndex } from './where-missing.ts'

/**
 * Makes the table of a store: partition, key columns, value columns, record_timestamp. No constraint but the key (C6).
 * `byRange`: partitioned, yet without a partition.
 */
export function createTable(schema: string, store: AnyStore, byRange?: string): string {
  const columns = expectedColumns(store).map(
    ({ name, type, collated, nullable }) =>
      `${quoted(name)} ${type}${collated ? ' collate "C"' : ''}${nullable ? '' : ' not null'}`,
  )
  return `create table if not exists ${storeTable(schema, store)} (${columns.join(', ')}, primary key (${keyNames(store)
    .map(quoted)
    .join(', ')}))${byRange === undefined ? '' : ` partition by range (${quoted(byRange)})`}`
}

/** The indexes of a store beside its key, one statement each. */
export function createIndexes(schema: string, store: AnyStore): readonly string[] {
  return (store.indexes ?? []).map(columns => createIndex(schema, store, columns))
}

/** The index by which rows whose retention is over are found; undefined for a store that keeps its rows. */
export function createRetentionIndex(schema: string, store: AnyStore): string | undefined {
  if (store.retentionMs === undefined) return undefined
  return createIndex(schema, store, [retentionName(store)])
}

/** The column that retention counts from, quoted. */
export function retentionColumn(store: AnyStore): string {
  return quoted(retentionName(store))
}

function retentionName({ key, retainedBy }: AnyStore): string {
  return retainedBy === undefined ? 'record_timestamp' : key.columns[retainedBy]!.name
}

/**
 * The name includes the columns: under a name that exists already, other columns would get no index. The hash distinguishes
 * names that are cut to Postgres' 63 bytes, and `a` (`b_c`) from `a_b` (`c`). Shape: `orders_placed_at_index_1f0c9a2e`.
 */
function createIndex(schema: string, store: AnyStore, columns: readonly string[]): string {
  const table = sqlTableName(store.name)
  const hash = createHash('sha256')
    .update([table, ...columns].join(' '))
    .digest('hex')
    .slice(0, 8)
  const name = `${[table, ...columns].join('_').slice(0, 48)}_index_${hash}`
  const listed = ['partition', ...columns].map(quoted).join(', ')
  return addIndex(schema, table, name, `(${listed})`)
}

/** A column as it is in Postgres. */
interface TableColumn {
  readonly name: string
  readonly type: string
  readonly collated: boolean
  readonly nullable: boolean
}

/** Reads the columns of a table and the position of each in the primary key (0: not in it). Parameter: the table's name. */
export const readColumns = `
  select a.attname, format_type(a.atttypid, a.atttypmod), coalesce(c.collname = 'C', false), not a.attnotnull,
         coalesce(array_position(i.indkey::int2[], a.attnum), -1) + 1
    from pg_attribute a
    left join pg_collation c on c.oid = a.attcollation
    left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
   where a.attrelid = to_regclass($1::text) and a.attnum > 0 and not a.attisdropped
   order by a.attnum`

/** Compares the result of `readColumns` with the columns that the store needs. Errors: TopologyError STORE_INCOMPATIBLE. */
export function verifyTable(store: AnyStore, rows: readonly (readonly unknown[])[]): void {
  const found = new Map(
    rows.map(([name, type, collated, nullable]) => [name as string, { name, type, collated, nullable } as TableColumn]),
  )
  const expected = expectedColumns(store)
  for (const column of expected) {
    const actual = found.get(column.name)
    if (!actual) throw incompatible(store, `has no column '${column.name}'`)
    const differs =
      actual.type !== column.type || actual.nullable !== column.nullable || actual.collated !== column.collated
    if (differs)
      throw incompatible(store, `has column '${column.name}' as ${shape(actual)} where ${shape(column)} is asked for`)
    found.delete(column.name)
  }
  const [surplus] = found.keys()
  if (surplus !== undefined) throw incompatible(store, `has a column '${surplus}' that the store does not know`)
  const key = rows
    .filter(row => Number(row[4]) > 0)
    .sort((a, b) => Number(a[4]) - Number(b[4]))
    .map(row => row[0])
  if (key.join() !== keyNames(store).join())
    throw incompatible(
      store,
      `has the primary key (${key.join(', ')}) where (${keyNames(store).join(', ')}) is asked for`,
    )
}

/** The columns of a store's table, in the order in which it is made. */
export function columnNames(store: AnyStore): readonly string[] {
  return expectedColumns(store).map(({ name }) => name)
}

function expectedColumns({ key, value }: AnyStore): readonly TableColumn[] {
  const column = (from: Column): TableColumn => ({
    name: from.name,
    type: canonicalType(from.sql.pg),
    collated: isText(from),
    nullable: from.nullable ?? false,
  })
  const own = { collated: false, nullable: false }
  return [
    { name: 'partition', type: 'integer', ...own },
    ...key.columns.map(column),
    ...value.columns.map(column),
    { name: 'record_timestamp', type: 'bigint', ...own },
  ]
}

function keyNames({ key }: AnyStore): readonly string[] {
  return ['partition', ...key.columns.map(({ name }) => name)]
}

const aliases: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'integer',
  int: 'integer',
  int8: 'bigint',
  bool: 'boolean',
  float4: 'real',
  float8: 'double precision',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  varchar: 'character varying',
  decimal: 'numeric',
}

/** A type as `format_type` writes it. Shape: `canonicalType('numeric(38, 18)') === 'numeric(38,18)'`. */
function canonicalType(pg: string): string {
  const [, base = pg, modifier = ''] = /^([a-z0-9_ ]+?)\s*(\([0-9, ]+\))?$/i.exec(pg.toLowerCase()) ?? []
  return (aliases[base] ?? base) + modifier.replaceAll(' ', '')
}

function shape({ type, collated, nullable }: TableColumn): string {
  return `${type}${collated ? ' collate "C"' : ''}${nullable ? '' : ' not null'}`
}

function incompatible(store: AnyStore, problem: string): TopologyError {
  const table = sqlTableName(store.name)
  return new TopologyError(
    'STORE_INCOMPATIBLE',
    `table '${table}' ${problem}, store '${store.name}': rename the store, or drop the table and let it be restored`,
    { context: { store: store.name, table } },
  )
}
