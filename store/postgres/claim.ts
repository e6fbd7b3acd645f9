import { TopologyError } from '../../topology/definition/errors.ts'
import { sqlTableName } from '../../topology/definition/stores/naming.ts'
import type { Checkpoint, TaskClaim } from '../contract.ts'
import { bookkeeping } from './bookkeeping.ts'
import type { Clients } from './clients.ts'
import { databaseTime } from './database-time.ts'
import { RequestFailure } from './errors.ts'
import { quoted } from './identifiers.ts'
import { textsLiteral } from './literals.ts'
import { nextEpoch } from './next-epoch.ts'
import { PostgresTaskStorage } from './task-storage.ts'

/**
 * Takes a task's tables over (C5). The checkpoints of all its stores get one epoch, higher than any of them had and never given
 * before, not even by a database that was since lost; their rows are locked first, so two claims at once get different epochs, and an apply that waits behind a claim sees the
 * claim's.
 *
 * Errors: RequestFailure; TopologyError STORE_INCOMPATIBLE for another application's table.
 */
export async function claimTask(clients: Clients, claim: TaskClaim): Promise<PostgresTaskStorage> {
  const { application, task, stores } = claim
  const { checkpoints } = bookkeeping(clients.schema)
  const writer = clients.writer(task)
  const names = textsLiteral(stores.map(store => store.name))
  await checkOwners(clients, claim)
  await writer.request(
    `insert into ${checkpoints} (application, store, partition, epoch, changelog_offset, restoring, written_at)
      select $1::text, s, $2::int, 0, null, false, ${databaseTime} from unnest($3::text::text[]) as s on conflict do nothing`,
    [application, task.partition, names],
  )
  const rows = await writer.request(
    `with locked as materialized (
      select epoch from ${checkpoints}
      where application = $1::text and partition = $2::int and store = any($3::text::text[]) order by store for update),
    next as materialized (select ${nextEpoch('max(epoch)')} as epoch from locked)
    update ${checkpoints} c set epoch = (select epoch from next)
      where c.application = $1::text and c.partition = $2::int and c.store = any($3::text::text[])
      returning c.store, c.epoch, c.changelog_offset, ${databaseTime} - c.written_at, c.restoring`,
    [application, task.partition, names],
  )
  const found = new Map<string, Checkpoint>()
  for (const [store, , offset, ageMs, restoring] of rows)
    found.set(store as string, {
      offset: offset === null ? undefined : Number(offset),
      ageMs: Number(ageMs),
      restoring: restoring as boolean,
    })
  return new PostgresTaskStorage(clients, claim, Math.max(0, ...rows.map(row => Number(row[1]))), found)
}

/** Errors: RequestFailure 42P01 when a table is missing. */
async function checkOwners(clients: Clients, { application, task, stores }: TaskClaim): Promise<void> {
  const tables = stores.map(store => sqlTableName(store.name))
  const rows = await clients.writer(task).request(
    `select table_name, application, to_regclass($2::text || '.' || quote_ident(table_name)) is not null
       from ${bookkeeping(clients.schema).stores} where table_name = any($1::text::text[])`,
    [textsLiteral(tables), quoted(clients.schema)],
  )
  const found = new Map(rows.map(([table, owner, exists]) => [table, { owner, exists }]))
  for (const [index, table] of tables.entries()) {
    const { owner, exists } = found.get(table) ?? { exists: false }
    if (!exists) throw new RequestFailure({ kind: 'refused', code: '42P01', cause: new Error(`no table '${table}'`) })
    if (owner === application) continue
    throw new TopologyError(
      'STORE_INCOMPATIBLE',
      `table '${table}' belongs to application '${owner}': rename store '${stores[index]?.name}' or use another schema`,
      { context: { table } },
    )
  }
}
