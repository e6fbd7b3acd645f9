import { TopologyError } from '../../topology/definition/errors.ts'
import type { AnyStore, Column } from '../../topology/definition/store.ts'
import { sqlTableName } from '../../topology/definition/stores/naming.ts'
import { isText, quoted, storeTable } from './identifiers.ts'
import { literal } from './literals.ts'

/**
 * Makes the table of a store: partition, key columns, value columns, record_timestamp. No constraint but the key (C6).
 * `byRange`: partitioned, yet without a partition.
 */
export function createTable(schema: string, store: AnyStore, byRange?: string): string {
  const columns = expectedColumns(store).map(definitionOf)
  return `create table if not exists ${storeTable(schema, store)} (${columns.join(', ')}, primary key (${keyNames(store)
    .map(quoted)
    .join(', ')}))${byRange === undefined ? '' : ` partition by range (${quoted(byRange)})`}`
}

/** A column as it is in Postgres. */
interface TableColumn {
  readonly name: string
  readonly type: string
  readonly collated: boolean
  readonly nullable: boolean
  /** The value of rows that were written before the column was there, as SQL. Unset: none. */
  readonly default?: string
}

/**
 * Reads the columns of a table, the position of each in the primary key (0: not in it), and whether Postgres itself fills it in where
 * a row gives none. Parameter: the table's name.
 */
export const readColumns = `
  select a.attname, format_type(a.atttypid, a.atttypmod), coalesce(c.collname = 'C', false), not a.attnotnull,
         coalesce(array_position(i.indkey::int2[], a.attnum), -1) + 1,
         a.atthasdef or a.attidentity <> '' or a.attgenerated <> ''
    from pg_attribute a
    left join pg_collation c on c.oid = a.attcollation
    left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
   where a.attrelid = to_regclass($1::text) and a.attnum > 0 and not a.attisdropped
   order by a.attnum`

/** A change of a column that keeps the rows. `unlessNull`: it is possible only while no row has null there. */
export interface ColumnChange {
  readonly sql: string
  readonly unlessNull?: string
}

/**
 * The changes that bring a table to its store's columns, by the result of `readColumns`; none where it has them.
 *
 * A column that is new in the store is added if it may be null or has a default. One that the store has no longer stays, for
 * workers that still run the topology before, and for the database's owner to drop; if it was `not null` it may be null from now on,
 * since new rows leave it out. The same holds for columns that somebody else added.
 *
 * Errors: TopologyError STORE_INCOMPATIBLE for a change that could lose state: another type or key, a new column that has no value.
 */
export function columnChanges(
  schema: string,
  store: AnyStore,
  rows: readonly (readonly unknown[])[],
): readonly ColumnChange[] {
  const found = new Map(rows.map(row => [row[0] as string, row]))
  const changes: ColumnChange[] = []
  const table = `alter table ${storeTable(schema, store)}`
  const keys = keyNames(store)
  for (const column of expectedColumns(store)) {
    const row = found.get(column.name)
    found.delete(column.name)
    const name = quoted(column.name)
    if (!row) {
      const fillable = column.nullable || column.default !== undefined
      if (!fillable || keys.includes(column.name))
        throw incompatible(store, `has no column '${column.name}'`, 'make the column nullable, give it a default, ')
      changes.push({ sql: `${table} add column ${definitionOf(column)}` })
      continue
    }
    const actual = columnOfRow(row)
    const shaped = { ...actual, nullable: column.nullable }
    if (actual.type !== column.type || actual.collated !== column.collated)
      throw incompatible(store, `has column '${column.name}' as ${shape(shaped)} where ${shape(column)} is asked for`)
    if (actual.nullable === column.nullable) continue
    if (column.nullable) changes.push({ sql: `${table} alter column ${name} drop not null` })
    else if (column.default === undefined)
      changes.push({ sql: `${table} alter column ${name} set not null`, unlessNull: column.name })
    else
      changes.push(
        { sql: `update ${storeTable(schema, store)} set ${name} = ${column.default} where ${name} is null` },
        { sql: `${table} alter column ${name} set default ${column.default}, alter column ${name} set not null` },
      )
  }
  for (const [name, row] of found)
    if (!columnOfRow(row).nullable && row[5] !== true && Number(row[4]) === 0)
      changes.push({ sql: `${table} alter column ${quoted(name)} drop not null` })
  const key = rows
    .filter(row => Number(row[4]) > 0)
    .sort((a, b) => Number(a[4]) - Number(b[4]))
    .map(row => row[0])
  if (key.join() !== keys.join())
    throw incompatible(store, `has the primary key (${key.join(', ')}) where (${keys.join(', ')}) is asked for`)
  return changes
}

/** Errors: TopologyError STORE_INCOMPATIBLE for a column that would be `not null` and has rows of null. */
export function refuseNulls(store: AnyStore, column: string): never {
  throw incompatible(store, `has rows without '${column}', which must not be null`, 'give the column a default, ')
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
    ...(from.default !== undefined && { default: defaultOf(from) }),
  })
  const own = { collated: false, nullable: false }
  return [
    { name: 'partition', type: 'integer', ...own },
    ...key.columns.map(column),
    ...value.columns.map(column),
    { name: 'record_timestamp', type: 'bigint', ...own },
  ]
}

function defaultOf(column: Column): string {
  const text = literal(column, column.default) as string
  return `'${text.replaceAll("'", "''")}'::${column.sql.pg}`
}

function definitionOf({ name, type, collated, nullable, default: value }: TableColumn): string {
  const rest = `${nullable ? '' : ' not null'}${value === undefined ? '' : ` default ${value}`}`
  return `${quoted(name)} ${type}${collated ? ' collate "C"' : ''}${rest}`
}

function columnOfRow([name, type, collated, nullable]: readonly unknown[]): TableColumn {
  return { name, type, collated, nullable } as TableColumn
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

function incompatible(store: AnyStore, problem: string, remedy = ''): TopologyError {
  const table = sqlTableName(store.name)
  return new TopologyError(
    'STORE_INCOMPATIBLE',
    `table '${table}' ${problem}, store '${store.name}': ${remedy}rename the store, or drop the table and let it be restored`,
    { context: { store: store.name, table } },
  )
}
