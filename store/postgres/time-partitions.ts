import type { AnyStore } from '../../topology/definition/store.ts'
import { sqlTableName } from '../../topology/definition/stores/naming.ts'
import type { StoreDelta } from '../contract.ts'
import type { PostgresClient } from './client.ts'
import { RequestFailure } from './errors.ts'
import { quoted, storeTable } from './identifiers.ts'
import { arrayLiteral } from './literals.ts'
import { columnNames, createTable } from './store-ddl.ts'

/*
 * Tables that are split by time (`TimePartitions`). With TimescaleDB they are hypertables, which make their chunks
 * themselves. Without it they are partitioned by range, a partition a day, month or year (UTC):
 *
 *   portfolio_snapshots            partitioned by range (at); its key and its indexes are those of every partition
 *   portfolio_snapshots_2010_03    rows of March 2010
 *
 * There is no default partition: rows of event time may be of any year, and a partition cannot be made beside a default that
 * holds its rows. So an apply that meets a time without a partition is refused whole by Postgres (23514: nothing was
 * written, the checkpoint is unchanged), the partition is made, and the same apply is sent again. An empty partition tells
 * nothing about state, so making one needs no epoch (C5): a zombie that does so changes nothing.
 */

/** Whether the database has TimescaleDB. Row: one exactly when it has; the schema of its functions. */
export const readTimescale = `
  select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace
   where e.extname = 'timescaledb'`

/** The SQL name of the column that the table is split by; undefined for a store in one table. */
export function partitionColumn({ key, partitionedBy }: AnyStore): string | undefined {
  return partitionedBy && key.columns[partitionedBy.column]?.name
}

/**
 * Makes a plain table a hypertable, rows included, unless it is one. `timescale` is the schema of the extension's functions.
 * A table that is partitioned already stays as it is. Source: TimescaleDB 2.13, `create_hypertable` with `by_range`.
 */
export function makeHypertable(schema: string, store: AnyStore, timescale: string): string {
  const table = text(storeTable(schema, store))
  const { every } = store.partitionedBy!
  return `select ${timescale}.create_hypertable(c.oid::regclass,
      ${timescale}.by_range(${text(partitionColumn(store)!)}, interval '1 ${every}'),
      create_default_indexes => false, if_not_exists => true, migrate_data => true)
    from pg_class c where c.oid = to_regclass(${table}) and c.relkind = 'r'`
}

/** Whether the table is a hypertable already. */
export async function isHypertable(
  client: Pick<PostgresClient, 'request'>,
  schema: string,
  store: AnyStore,
): Promise<boolean> {
  const view = 'timescaledb_information.hypertables'
  const [known] = await client.request('select to_regclass($1::text) is not null', [view])
  if (known?.[0] !== true) return false
  const rows = await client.request(
    `select 1 from ${view} where hypertable_schema = $1::text and hypertable_name = $2::text`,
    [schema, sqlTableName(store.name)],
  )
  return rows.length > 0
}

/**
 * Splits the plain table of a store that was not split when it was made: another table takes its name and its rows, in one
 * transaction. Nothing where the table is partitioned already.
 */
export function splitTable(schema: string, store: AnyStore): string {
  const table = storeTable(schema, store)
  const old = `${sqlTableName(store.name).slice(0, 56)}_plain`
  const column = partitionColumn(store)!
  const names = columnNames(store).map(quoted).join(', ')
  return block(`
    if (select relkind from pg_class where oid = to_regclass(${text(table)})) is distinct from 'r' then return; end if;
    alter table ${table} rename to ${quoted(old)};
    ${createTable(schema, store, column)};
    ${forEachPartition(schema, store, `select ${quoted(column)} from ${quoted(schema)}.${quoted(old)}`)}
    insert into ${table} (${names}) select ${names} from ${quoted(schema)}.${quoted(old)};
    drop table ${quoted(schema)}.${quoted(old)};`)
}

/**
 * Makes the partitions that the rows need and that are not there; nothing for a hypertable. Each is a transaction: it holds
 * about six entries of Postgres' lock table until its end, and a restore may need partitions by the thousand.
 */
export function makePartitions(schema: string, store: AnyStore, { puts }: StoreDelta): string {
  const { column } = store.partitionedBy!
  const times = arrayLiteral(store.key.columns[column]!, puts, row => row.key[column])
  const table = text(storeTable(schema, store))
  return block(`
    if (select relkind from pg_class where oid = to_regclass(${table})) is distinct from 'p' then return; end if;
    ${forEachPartition(schema, store, `select unnest(${text(times)}::timestamptz[])`, 'commit;')}`)
}

/** Whether Postgres found no partition for a row. Store tables have no check constraints, so 23514 means nothing else. */
export function lacksPartition(error: unknown): boolean {
  return error instanceof RequestFailure && error.failure.kind === 'refused' && error.failure.code === '23514'
}

const patterns = { day: '_YYYY_MM_DD', month: '_YYYY_MM', year: '_YYYY' } as const

/**
 * A partition for each time that `times` gives. It is made apart and then attached: that waits for neither readers nor
 * writers of the others. Two at once would disturb each other, hence the lock. `made` runs after each that was made.
 * Errors: P0001 for a table that has a partition's name and is none, such as one that was detached to be archived.
 */
function forEachPartition(schema: string, store: AnyStore, times: string, made = ''): string {
  const { every } = store.partitionedBy!
  const table = storeTable(schema, store)
  const name = `format('%I.%I', ${text(schema)}, ${text(sqlTableName(store.name))} || to_char(start at time zone 'UTC', '${patterns[every]}'))`
  return `for start in select distinct date_trunc('${every}', given.at, 'UTC') from (${times}) as given(at) loop
      perform pg_advisory_xact_lock(hashtextextended('millrace:partitions:' || ${text(table)}, 0));
      if to_regclass(${name}) is null then
        execute format('create table %s (like %s including all)', ${name}, ${text(table)});
        execute format('alter table %s attach partition %s for values from (%L) to (%L)',
          ${text(table)}, ${name}, start, (start at time zone 'UTC' + interval '1 ${every}') at time zone 'UTC');
        ${made}
      elsif not exists (select from pg_inherits where inhrelid = to_regclass(${name}) and inhparent = to_regclass(${text(table)})) then
        raise exception 'table % is no partition of %, and a row needs it: attach it, or rename it', ${name}, ${text(table)};
      end if;
    end loop;`
}

/** One statement, and one transaction but where it commits. */
function block(body: string): string {
  return `do $millrace$ declare start timestamptz; begin ${body}
  end $millrace$`
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
