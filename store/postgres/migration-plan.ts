import { TopologyError } from '../../topology/definition/errors.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import { sqlTableName } from '../../topology/definition/stores/naming.ts'
import { bookkeeping, createMigrations, steps } from './bookkeeping.ts'
import type { PostgresClient } from './client.ts'
import { createSchema, quoted, storeTable } from './identifiers.ts'
import type { WantedTables } from './migration.ts'
import { columnChanges, columnNames, createTable, readColumns, refuseNulls } from './store-ddl.ts'
import { dropIndex, formerIndexes, storeIndexes } from './store-indexes.ts'
import { isHypertable, makeHypertable, partitionColumn, readTimescale, splitTable } from './time-partitions.ts'

/** The client that sends the statements. */
type Session = Pick<PostgresClient, 'request'>

/** The catalogue's part that plans are made from. */
interface Found {
  readonly serverVersion: number
  readonly hasSchema: boolean
  /** Relations of the schema, by name, with their kind: `r` and `p` are tables, `i` and `I` are indexes. */
  readonly relations: ReadonlyMap<string, string>
  /** The owners of tables: application and store by table. */
  readonly owners: ReadonlyMap<string, readonly [application: string, store: string]>
  readonly applied: ReadonlySet<number>
}

/**
 * The statements that a schema lacks for an application's stores, in their order; none where it has everything. Only reads, of the
 * catalogue and of the bookkeeping: a user without any right to change tables may ask.
 *
 * Errors: TopologyError STORE_INCOMPATIBLE for a table of another shape or of another application; RequestFailure.
 */
export async function planMigration(
  client: Session,
  { schema, application, stores }: Pick<WantedTables, 'schema' | 'application' | 'stores'>,
): Promise<readonly string[]> {
  const found = await look(client, schema)
  const plan: string[] = []
  const tables = bookkeeping(schema)
  if (!found.hasSchema) plan.push(createSchema(schema))
  if (!found.relations.has('millrace_migration')) plan.push(createMigrations(schema))
  for (const [index, statement] of steps(schema).entries()) {
    if (found.applied.has(index + 1)) continue
    plan.push(statement, `insert into ${tables.migrations} (version) values (${index + 1}) on conflict do nothing`)
  }
  for (const store of stores) plan.push(...(await planStore(client, schema, application, store, found)))
  return plan
}

async function look(client: Session, schema: string): Promise<Found> {
  const [head] = await client.request(
    `select current_setting('server_version_num')::int, to_regnamespace($1::text) is not null`,
    [quoted(schema)],
  )
  const relations = new Map(
    (
      await client.request(
        'select c.relname, c.relkind::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1::text',
        [schema],
      )
    ).map(([name, kind]) => [name as string, kind as string]),
  )
  const { migrations, stores } = bookkeeping(schema)
  const read = (table: string, text: string) => (relations.has(table) ? client.request(text, []) : [])
  const versions = await read('millrace_migration', `select version from ${migrations}`)
  const owned = await read('millrace_store', `select table_name, application, store from ${stores}`)
  return {
    serverVersion: Number(head?.[0]),
    hasSchema: head?.[1] === true,
    relations,
    owners: new Map(owned.map(([table, owner, store]) => [table as string, [owner as string, store as string]])),
    applied: new Set(versions.map(([version]) => Number(version))),
  }
}

async function planStore(
  client: Session,
  schema: string,
  application: string,
  store: AnyStore,
  found: Found,
): Promise<readonly string[]> {
  const table = sqlTableName(store.name)
  const [timescale] = store.partitionedBy ? await client.request(readTimescale, []) : []
  const functions = timescale?.[0] as string | undefined
  const plan = [...takeName(schema, application, store, found)]
  const kind = found.relations.get(table)
  if (kind === undefined) {
    plan.push(forgetLostRows(schema, application, store))
    plan.push(createTable(schema, store, functions === undefined ? partitionColumn(store) : undefined))
  } else plan.push(...(await planColumns(client, schema, store)))
  if (store.partitionedBy && kind !== 'p') {
    // A table that was made before its store was to be split is split here, rows and all.
    if (functions !== undefined) {
      const made = kind !== undefined && (await isHypertable(client, schema, store))
      if (!made) plan.push(makeHypertable(schema, store, functions))
    } else if (kind !== undefined) plan.push(splitTable(schema, store))
  }
  const wanted = storeIndexes(schema, store, found.serverVersion)
  for (const { name, sql } of wanted) if (!found.relations.has(name)) plan.push(sql)
  for (const name of formerIndexes(store)) if (found.relations.has(name)) plan.push(dropIndex(schema, name))
  return plan
}

async function planColumns(client: Session, schema: string, store: AnyStore): Promise<readonly string[]> {
  const name = storeTable(schema, store)
  const rows = await client.request(readColumns, [name])
  const known = columnNames(store)
  const surplus = rows.find(([column]) => !known.includes(column as string))
  const plan: string[] = []
  for (const { sql, unlessNull } of columnChanges(schema, store, rows)) {
    if (unlessNull !== undefined) {
      const [row] = await client.request(`select exists (select from ${name} where ${quoted(unlessNull)} is null)`, [])
      if (row?.[0] === true) refuseNulls(store, unlessNull)
    }
    plan.push(sql)
  }
  const [kind] = await client.request('select relkind::text from pg_class where oid = to_regclass($1::text)', [name])
  if (store.partitionedBy && kind?.[0] === 'r' && surplus && (await client.request(readTimescale, [])).length === 0)
    throw new TopologyError(
      'STORE_INCOMPATIBLE',
      `table '${sqlTableName(store.name)}' has a column '${surplus[0]}' that the store does not know, and is to be split by time: drop the column first`,
      { context: { store: store.name } },
    )
  return plan
}

/** A table belongs to one store of one application: two of them must not write into each other's rows. */
function takeName(schema: string, application: string, store: AnyStore, { owners }: Found): readonly string[] {
  const table = sqlTableName(store.name)
  const owner = owners.get(table)
  if (owner === undefined) {
    const values = [table, application, store.name].map(text).join(', ')
    return [
      `insert into ${bookkeeping(schema).stores} (table_name, application, store) values (${values}) on conflict do nothing`,
    ]
  }
  if (owner[0] === application && owner[1] === store.name) return []
  throw new TopologyError(
    'STORE_INCOMPATIBLE',
    `table '${table}' belongs to store '${owner[1]}' of application '${owner[0]}': rename store '${store.name}' or use another schema`,
    { context: { store: store.name, table } },
  )
}

/** A table that was dropped is made again empty, so its checkpoints must not claim any rows. */
function forgetLostRows(schema: string, application: string, store: AnyStore): string {
  return `update ${bookkeeping(schema).checkpoints} set changelog_offset = null
    where application = ${text(application)} and store = ${text(store.name)}`
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
