import { createHash } from 'node:crypto'
import type { AnyStore } from '../../topology/definition/store.ts'
import { sqlTableName } from '../../topology/definition/stores/naming.ts'
import { qualified, quoted, storeTable } from './identifiers.ts'

/** An index of a store's table beside its primary key. */
export interface StoreIndex {
  readonly name: string
  /** Makes it where its name is not taken. */
  readonly sql: string
}

/** From this version on Postgres finds a key in an index that begins with the partition ("skip scan"). */
const skipScanSince = 180_000

/**
 * The indexes that a store's table has on a server.
 *
 * Those of readers do not begin with the partition, which readers do not know: the declared ones, and one of the key for the kinds
 * of stores that people look into, where Postgres is older than 18. The index of the retention begins with the partition as a
 * bigint: so no statement that compares the partition itself can take it for the primary key.
 *
 * `serverVersion` is Postgres' `server_version_num`. Shape: 150018.
 */
export function storeIndexes(schema: string, store: AnyStore, serverVersion: number): readonly StoreIndex[] {
  const ofKey = store.key.columns.map(({ name }) => name)
  const wanted = new Map((store.indexes ?? []).map(columns => [columns.join(), columns]))
  if (serverVersion < skipScanSince && isForReaders(store)) wanted.set(ofKey.join(), ofKey)
  const indexes = [...wanted.values()].map(columns => indexOf(schema, store, columns.map(quoted), columns, 'reader'))
  if (store.retentionMs === undefined) return indexes
  const time = retentionName(store)
  return [indexOf(schema, store, ['(partition::bigint)', quoted(time)], [time], 'retention'), ...indexes]
}

/** Names of indexes that earlier versions made for the store, with the partition as their first column. */
export function formerIndexes(store: AnyStore): readonly string[] {
  const columns = [...(store.indexes ?? []), ...(store.retentionMs === undefined ? [] : [[retentionName(store)]])]
  return columns.map(each => nameOf(store, each))
}

/** Drops an index. */
export function dropIndex(schema: string, name: string): string {
  return `drop index if exists ${qualified(schema, name)}`
}

/** The column that retention counts from, quoted. */
export function retentionColumn(store: AnyStore): string {
  return quoted(retentionName(store))
}

function retentionName({ key, retainedBy }: AnyStore): string {
  return retainedBy === undefined ? 'record_timestamp' : key.columns[retainedBy]!.name
}

function isForReaders({ type }: AnyStore): boolean {
  return type !== 'join' && type !== 'suppress'
}

function indexOf(
  schema: string,
  store: AnyStore,
  expressions: readonly string[],
  columns: readonly string[],
  purpose: string,
): StoreIndex {
  const name = nameOf(store, columns, purpose)
  const sql = `create index if not exists ${quoted(name)} on ${storeTable(schema, store)} (${expressions.join(', ')})`
  return { name, sql }
}

/**
 * The name includes the columns: under a name that exists already, other columns would get no index. The hash distinguishes
 * names that are cut to Postgres' 63 bytes, and `a` (`b_c`) from `a_b` (`c`). Shape: `orders_placed_at_index_1f0c9a2e`.
 */
function nameOf(store: AnyStore, columns: readonly string[], ...purpose: readonly string[]): string {
  const table = sqlTableName(store.name)
  const hash = createHash('sha256')
    .update([table, ...columns, ...purpose].join(' '))
    .digest('hex')
    .slice(0, 8)
  return `${[table, ...columns].join('_').slice(0, 48)}_index_${hash}`
}
