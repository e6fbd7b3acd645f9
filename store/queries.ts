import type { Sql } from 'postgres'
import type { AnyStore } from '../topology/definition/store.ts'
import { sqlTableName } from '../topology/definition/stores/naming.ts'
import type { ParkedNote, StoredRow } from './contract.ts'
import { bookkeeping } from './postgres/bookkeeping.ts'
import { collation, quoted, storeTable } from './postgres/identifiers.ts'
import { literal } from './postgres/literals.ts'
import { RowStatements } from './postgres/row-statements.ts'

/** The progress of a store's partition. */
interface StorePartition {
  readonly partition: number
  /** The rows include every change before this changelog offset. */
  readonly offset: number | undefined
  /** The rows are being rebuilt: a missing row may still come. */
  readonly restoring: boolean
  /** Units: ms. */
  readonly writtenAt: number
}

/** A row of a store, with the state of the store at the moment of the read. */
interface StoreReading {
  /** The row and its partition; undefined when no partition has it. */
  readonly found: { readonly row: StoredRow; readonly partition: number } | undefined
  /** All partitions of the store, in order. Empty: the store was never claimed. */
  readonly partitions: readonly StorePartition[]
}

/** The place in which a store is read. Unset `schema`: `public`. */
interface StoreLocation {
  readonly application: string
  readonly definition: AnyStore
  readonly schema?: string
}

/** The table of a store, unqualified. Shape: `storeTableName(wordCounts) === 'word_counts'`. */
export function storeTableName(definition: AnyStore): string {
  return sqlTableName(definition.name)
}

/**
 * One row of a store by its key, with the checkpoints it belongs to. One statement, and so one snapshot: rows and
 * checkpoints move together (C2), so the answer is a consistent cut. Answer 503 when the row's partition (or, when nothing
 * is found, any partition) is `restoring`.
 *
 * Errors: what the driver throws; SerdeError VALUE_REFUSED for a key that its columns cannot hold.
 */
export async function readStoreRow(sql: Sql, location: StoreLocation, key: unknown): Promise<StoreReading> {
  const { application, definition, schema = 'public' } = location
  const { columns } = definition.key
  const parts = definition.key.split(key)
  for (const [index, { sql: type }] of columns.entries()) type.check(parts[index])
  const { text, statements } = rowRead(definition, schema)
  const given = columns.map((column, index) => literal(column, parts[index]))
  const rows = await sql.unsafe(text, [application, definition.name, ...given], { prepare: true }).values()
  const hit = rows.find(row => row[4] === true)
  return {
    found: hit && { row: statements.row(hit, 5), partition: Number(hit[0]) },
    partitions: rows.map(([partition, offset, restoring, writtenAt]) => ({
      partition: Number(partition),
      offset: offset === null ? undefined : Number(offset),
      restoring: restoring as boolean,
      writtenAt: Number(writtenAt),
    })),
  }
}

/** The statement of `readStoreRow` and the form of its rows. */
interface RowRead {
  readonly text: string
  readonly statements: RowStatements
}

/** Each store's statement by schema, made once: a gateway reads the same few stores over and over. */
const rowReads = new WeakMap<AnyStore, Map<string, RowRead>>()

function rowRead(definition: AnyStore, schema: string): RowRead {
  const bySchema = rowReads.get(definition) ?? new Map<string, RowRead>()
  rowReads.set(definition, bySchema)
  const known = bySchema.get(schema)
  if (known) return known
  const { key, value } = definition
  const keys = key.columns.map(
    (column, index) => `t.${quoted(column.name)} = $${index + 3}::text::${column.sql.pg}${collation(column)}`,
  )
  const names = [...key.columns, ...value.columns].map(({ name }) => `t.${quoted(name)}`)
  const made = {
    text: `select c.partition, c.changelog_offset, c.restoring, c.written_at, t.partition is not null,
              ${names.join(', ')}, t.record_timestamp
         from ${bookkeeping(schema).checkpoints} c
         left join ${storeTable(schema, definition)} t on t.partition = c.partition and ${keys.join(' and ')}
        where c.application = $1::text and c.store = $2::text order by c.partition`,
    statements: new RowStatements(schema, definition),
  }
  bySchema.set(schema, made)
  return made
}

/** Rows of a store in key order within each partition, at most `limit`. For tools and the gateway's lists. */
export async function readStoreRows(sql: Sql, location: StoreLocation, limit: number): Promise<readonly StoredRow[]> {
  const { definition, schema = 'public' } = location
  const names = [...definition.key.columns, ...definition.value.columns].map(({ name }) => quoted(name))
  const order = ['partition', ...definition.key.columns.map(({ name }) => quoted(name))]
  const rows = await sql
    .unsafe(
      `select ${names.join(', ')}, record_timestamp from ${storeTable(schema, definition)}
        order by ${order.join(', ')} limit $1::bigint`,
      [limit],
      { prepare: true },
    )
    .values()
  const statements = new RowStatements(schema, definition)
  return rows.map(row => statements.row(row))
}

/** The progress of one partition of one store. */
export interface TaskCheckpoint extends StorePartition {
  readonly store: string
}

/** The checkpoints of every store of an application. Unset `schema`: `public`. Empty where nothing was ever migrated. */
export async function readAllCheckpoints(
  sql: Sql,
  application: string,
  schema = 'public',
): Promise<readonly TaskCheckpoint[]> {
  const { checkpoints } = bookkeeping(schema)
  const [known] = await sql.unsafe('select to_regclass($1::text) is not null as known', [checkpoints])
  if (known?.known !== true) return []
  const rows = await sql
    .unsafe(
      `select store, partition, changelog_offset, restoring, written_at from ${checkpoints} where application = $1::text`,
      [application],
    )
    .values()
  return rows.map(([store, partition, offset, restoring, writtenAt]) => ({
    store: store as string,
    partition: Number(partition),
    offset: offset === null ? undefined : Number(offset),
    restoring: restoring as boolean,
    writtenAt: Number(writtenAt),
  }))
}

/** A task that its owner has set apart. Units: `since` in ms since the epoch. */
export interface ParkedTask extends ParkedNote {
  readonly task: string
  /** A note outlives its owner's death: it holds while this is the owner. */
  readonly owner: string
}

/**
 * The tasks of an application that are set apart. A parked task is tried, and noted again, at least once a minute: notes that are older than
 * three are left out. Empty where nothing was ever migrated.
 */
export async function readParked(sql: Sql, application: string, schema = 'public'): Promise<readonly ParkedTask[]> {
  const { parked } = bookkeeping(schema)
  const [known] = await sql.unsafe('select to_regclass($1::text) is not null as known', [parked])
  if (known?.known !== true) return []
  const rows = await sql
    .unsafe(
      `select task, owner, code, reason, since from ${parked}
        where application = $1::text and noted_at > now() - interval '3 minutes'`,
      [application],
    )
    .values()
  return rows.map(([task, owner, code, reason, since]) => ({
    task: task as string,
    owner: owner as string,
    code: code as string,
    reason: reason as string,
    since: Number(since),
  }))
}

/** The schemas of the database in which an application has checkpoints, sorted. Schemas that the role may not read are left out. */
export async function schemasWith(sql: Sql, application: string): Promise<readonly string[]> {
  const candidates = await sql<{ schema: string }[]>`
    select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relname = 'millrace_checkpoint' and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
     order by 1`
  const found: string[] = []
  for (const { schema } of candidates)
    if ((await readAllCheckpoints(sql, application, schema)).length > 0) found.push(schema)
  return found
}
