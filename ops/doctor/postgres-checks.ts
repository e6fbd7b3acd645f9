import { statfs } from 'node:fs/promises'
import type { Sql } from 'postgres'
import type { PostgresClient } from '../../store/postgres/client.ts'
import { quoted } from '../../store/postgres/identifiers.ts'
import { planMigration } from '../../store/postgres/migration-plan.ts'
import type { ClockDifference } from '../../topology/broker/kafkajs/survey.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import { sqlTableName } from '../../topology/definition/stores/naming.ts'
import { doubtful, type Finding, wrong } from './finding.ts'

/** The oldest version that still gets fixes as this is written. */
const oldestVersion = 14

/** The server as a whole: version, encoding, and whether it takes writes. */
export async function checkServer(sql: Sql) {
  const [row] = await sql<
    { version: number; named: string; encoding: string; standby: boolean; readonly: string; cluster: string }[]
  >`select current_setting('server_version_num')::int / 10000 as version, current_setting('server_version') as named,
           current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby,
           current_setting('default_transaction_read_only') as readonly, current_database() as cluster`
  const { version, named, encoding, standby, readonly, cluster } = row!
  return {
    said: `version ${named}, database '${cluster}'`,
    findings: judgeServer({ version, encoding, standby, readonly }),
  }
}

/** The facts about a server that `judgeServer` looks at. */
interface ServerFacts {
  readonly version: number
  readonly encoding: string
  readonly standby: boolean
  readonly readonly: string
}

/** Faults of a server. */
export function judgeServer({ version, encoding, standby, readonly }: ServerFacts): readonly Finding[] {
  const findings: Finding[] = []
  if (version < oldestVersion)
    findings.push(wrong('the server', `is Postgres ${version}`, `upgrade it to ${oldestVersion} or newer`))
  if (encoding !== 'UTF8')
    findings.push(wrong('the database', `has the encoding ${encoding}`, 'make one with UTF8: text would be refused'))
  if (standby)
    findings.push(wrong('the server', 'is a standby and takes no writes', 'point DATABASE_URL at the primary'))
  else if (readonly === 'on')
    findings.push(wrong('the database', 'is read-only', 'unset default_transaction_read_only of it, or of the role'))
  return findings
}

/** The tables of the stores, as `millrace migrate` would make them. */
export async function checkMigrations(
  client: Pick<PostgresClient, 'request'>,
  wanted: { readonly schema: string; readonly application: string; readonly stores: readonly AnyStore[] },
) {
  const plan = await planMigration(client, wanted)
  const findings =
    plan.length === 0
      ? []
      : [
          wrong(
            `schema '${wanted.schema}'`,
            `lacks ${plan.length} ${plan.length === 1 ? 'statement' : 'statements'} of the stores' tables`,
            "run 'millrace migrate' to see and 'millrace migrate --apply' to run them; a worker does so at its start where its user may",
          ),
        ]
  return { said: `${wanted.stores.length} stores in schema '${wanted.schema}'`, findings }
}

/** The rights of the user in the tables that exist. */
export async function checkRights(sql: Sql, schema: string, stores: readonly AnyStore[]) {
  const [{ user, usage } = { user: '', usage: false }] = await sql<{ user: string; usage: boolean }[]>`
    select current_user as user, coalesce(has_schema_privilege(to_regnamespace(${quoted(schema)})::oid, 'usage'), false) as usage`
  const [known] = await sql`select to_regnamespace(${quoted(schema)}) is not null as there`
  const findings: Finding[] = []
  const remedy = `as the owner run 'millrace migrate --apply --grant-to ${user}'`
  if (known?.there === true && !usage)
    findings.push(wrong(`schema '${schema}'`, `user '${user}' may not use it`, remedy))
  const wanted = new Map<string, readonly string[]>([
    ['millrace_migration', ['select']],
    ['millrace_store', ['select']],
    ['millrace_checkpoint', ['select', 'insert', 'update']],
    ['millrace_parked', ['select', 'insert', 'update', 'delete']],
    ...stores.map(({ name }): [string, string[]] => [sqlTableName(name), ['select', 'insert', 'update', 'delete']]),
  ])
  const rows = await sql<{ table: string; right: string; held: boolean }[]>`
    select c.relname as "table", r.privilege as "right", has_table_privilege(c.oid, r.privilege) as held
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      cross join unnest(array['select', 'insert', 'update', 'delete']) as r(privilege)
     where n.nspname = ${schema} and c.relname in ${sql([...wanted.keys()])}`
  const lacking = new Map<string, string[]>()
  for (const { table, right, held } of rows)
    if (!held && wanted.get(table)?.includes(right)) lacking.set(table, [...(lacking.get(table) ?? []), right])
  for (const [table, rights] of lacking)
    findings.push(wrong(`table '${table}'`, `user '${user}' lacks ${rights.join(', ')}`, remedy))
  return { said: `user '${user}'`, findings }
}

/** Sessions that hold a transaction open for longer than `limitMs`, and prepared transactions that nobody ends. */
export async function checkSessions(sql: Sql, schema: string, limitMs: number) {
  const findings: Finding[] = []
  const idle = await sql<{ pid: number; name: string; state: string; seconds: number; locks: boolean }[]>`
    select a.pid, a.application_name as name, a.state, extract(epoch from clock_timestamp() - a.xact_start)::float8 as seconds,
           exists (select from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
                    where l.pid = a.pid and n.nspname = ${schema}) as locks
      from pg_stat_activity a
     where a.datname = current_database() and a.pid <> pg_backend_pid() and a.state like 'idle in transaction%'
       and a.xact_start < clock_timestamp() - make_interval(secs => ${limitMs / 1_000})`
  for (const { pid, name, seconds, locks } of idle)
    findings.push(
      wrong(
        `session ${pid}${name === '' ? '' : ` (${name})`}`,
        `has been idle in a transaction for ${Math.round(seconds)} s${locks ? ', and holds locks on the tables of this application' : ''}`,
        `end its program, or: select pg_terminate_backend(${pid})`,
      ),
    )
  const prepared = await sql<{ gid: string; seconds: number }[]>`
    select gid, extract(epoch from clock_timestamp() - prepared)::float8 as seconds from pg_prepared_xacts
     where database = current_database() and prepared < clock_timestamp() - make_interval(secs => ${limitMs / 1_000})`
  for (const { gid, seconds } of prepared)
    findings.push(
      wrong(
        `prepared transaction '${gid}'`,
        `waits for ${Math.round(seconds)} s to be ended, and holds its locks`,
        `commit prepared '${gid}', or roll it back`,
      ),
    )
  return { said: `${idle.length + prepared.length} that hold a transaction for longer than ${limitMs} ms`, findings }
}

/** Room on the server's disk, and what keeps its log from being removed. `minFreeBytes` is the least that must be free. */
export async function checkDisk(sql: Sql, minFreeBytes: number) {
  const findings: Finding[] = []
  const [sizes] = await sql<{ bytes: string; folder: string | null }[]>`
    select pg_database_size(current_database())::text as bytes,
           case when pg_has_role('pg_read_all_settings', 'usage') then current_setting('data_directory') end as folder`
  const free = sizes?.folder ? await freeBytes(sizes.folder) : undefined
  if (free !== undefined && free < minFreeBytes)
    findings.push(
      wrong(
        'the disk of Postgres',
        `has ${gigabytes(free)} free`,
        `make room: it needs ${gigabytes(minFreeBytes)} or more`,
      ),
    )
  const slots = await sql<{ name: string; bytes: string }[]>`
    select slot_name as name, coalesce(pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
             else pg_current_wal_lsn() end, restart_lsn), 0)::bigint::text as bytes
      from pg_replication_slots where not active and restart_lsn is not null`
  for (const { name, bytes } of slots)
    findings.push(
      doubtful(
        `replication slot '${name}'`,
        `nobody uses it, and it keeps ${gigabytes(Number(bytes))} of the log, and all that comes`,
        `start its consumer, or: select pg_drop_replication_slot('${name}')`,
      ),
    )
  const room =
    free === undefined ? 'free space cannot be asked from here: watch it on the server' : `${gigabytes(free)} free`
  return { said: `the database has ${gigabytes(Number(sizes?.bytes ?? 0))}, ${room}`, findings }
}

/** Undefined where the server is on another machine, or its folder may not be seen. */
async function freeBytes(folder: string): Promise<number | undefined> {
  const found = await statfs(folder).catch(() => undefined)
  return found && found.bavail * found.bsize
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 1)} GB`
}

/** Compares the clock of the database with this one. */
export async function databaseClock(sql: Sql, now: () => number): Promise<ClockDifference> {
  const before = now()
  const [row] = await sql<{ ms: number }[]>`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`
  const after = now()
  return { aheadMs: Math.round(row!.ms - (before + after) / 2), withinMs: Math.ceil((after - before) / 2) }
}
