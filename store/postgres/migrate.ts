import { TopologyError } from '../../topology/definition/errors.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import { sqlTableName } from '../../topology/definition/stores/naming.ts'
import { bookkeeping, prelude, steps } from './bookkeeping.ts'
import type { PostgresClient } from './client.ts'
import { storeTable } from './identifiers.ts'
import { createIndexes, createRetentionIndex, createTable, readColumns, verifyTable } from './store-ddl.ts'
import { makeHypertable, partitionColumn, readTimescale, splitTable } from './time-partitions.ts'

/** The client that sends the statements. */
type Session = Pick<PostgresClient, 'request'>

/**
 * Makes and checks the tables that an application's stores need in a schema. One at a time in a database: `client` must be of
 * `oneSession`, which holds the advisory lock.
 *
 * Errors: TopologyError STORE_INCOMPATIBLE; RequestFailure, also when the session is lost in the middle: another may
 * migrate then.
 */
export async function migrate(
  client: Session,
  schema: string,
  application: string,
  stores: readonly AnyStore[],
): Promise<void> {
  await client.request(awaitLock, [schema], rewriteTimeoutMs)
  for (const statement of prelude(schema)) await client.request(statement, [])
  const { migrations } = bookkeeping(schema)
  const applied = new Set((await client.request(`select version from ${migrations}`, [])).map(([version]) => version))
  for (const [index, statement] of steps(schema).entries()) {
    if (applied.has(index + 1)) continue
    await client.request(statement, [])
    await client.request(`insert into ${migrations} (version) values ($1::int)`, [index + 1])
  }
  for (const store of stores) await migrateStore(client, schema, application, store)
  await client.request(`select pg_advisory_unlock(hashtextextended('millrace:' || $1::text, 0))`, [schema])
}

/**
 * The session that has the lock may rewrite a table, so this wait has no `lock_timeout`. The setting is of this statement
 * alone: a statement that waits for a table's lock blocks all that come after it, so the others keep the session's.
 */
const awaitLock = `
  select set_config('lock_timeout', '0', true), pg_advisory_lock(hashtextextended('millrace:' || $1::text, 0))`

async function migrateStore(client: Session, schema: string, application: string, store: AnyStore): Promise<void> {
  await takeName(client, schema, application, store)
  await forgetLostRows(client, schema, application, store)
  const [timescale] = store.partitionedBy ? await client.request(readTimescale, []) : []
  await client.request(createTable(schema, store, timescale ? undefined : partitionColumn(store)), [])
  verifyTable(store, await client.request(readColumns, [storeTable(schema, store)]))
  if (store.partitionedBy) {
    // A table that was made before its store was to be split is split here, rows and all.
    const split = timescale ? makeHypertable(schema, store, timescale[0] as string) : splitTable(schema, store)
    await client.request(split, [], rewriteTimeoutMs)
  }
  const retention = createRetentionIndex(schema, store)
  for (const index of [...(retention ? [retention] : []), ...createIndexes(schema, store)])
    await client.request(index, [], rewriteTimeoutMs)
}

/** Statements that visit all rows of a table may take long, and so may waiting for them. Units: ms. */
const rewriteTimeoutMs = 600_000

/** A table belongs to one store of one application: two of them must not write into each other's rows. */
async function takeName(client: Session, schema: string, application: string, store: AnyStore): Promise<void> {
  const { stores } = bookkeeping(schema)
  const table = sqlTableName(store.name)
  await client.request(
    `insert into ${stores} (table_name, application, store) values ($1::text, $2::text, $3::text) on conflict do nothing`,
    [table, application, store.name],
  )
  const [owner] = await client.request(`select application, store from ${stores} where table_name = $1::text`, [table])
  if (owner?.[0] === application && owner[1] === store.name) return
  throw new TopologyError(
    'STORE_INCOMPATIBLE',
    `table '${table}' belongs to store '${owner?.[1]}' of application '${owner?.[0]}': rename store '${store.name}' or use another schema`,
    { context: { store: store.name, table } },
  )
}

/** A table that was dropped is made again empty, so its checkpoints must not claim any rows. */
async function forgetLostRows(client: Session, schema: string, application: string, store: AnyStore): Promise<void> {
  await client.request(
    `update ${bookkeeping(schema).checkpoints} set changelog_offset = null
      where application = $1::text and store = $2::text and to_regclass($3::text) is null`,
    [application, store.name, storeTable(schema, store)],
  )
}
