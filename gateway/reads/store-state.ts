import { bookkeeping } from '../../store/postgres/bookkeeping.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import type { Snapshot } from './snapshot-pool.ts'

/** The place of the stores that are read. */
export interface StoreLocation {
  /** The topology's name: checkpoints are kept by it. */
  readonly application: string
  readonly schema: string
}

/** The changes that one store's partition includes, as of the snapshot. */
export interface Checkpoint {
  readonly store: string
  readonly partition: number
  /** The rows include every change before this changelog offset. */
  readonly offset: string | undefined
  readonly restoring: boolean
}

/** The checkpoints of the stores, all partitions. */
export async function readCheckpoints(
  { sql }: Snapshot,
  { application, schema }: StoreLocation,
  stores: readonly AnyStore[],
): Promise<readonly Checkpoint[]> {
  const rows = await sql
    .unsafe(
      `select store, partition, changelog_offset, restoring from ${bookkeeping(schema).checkpoints}
        where application = $1::text and store = any (string_to_array($2::text, ','))`,
      [application, stores.map(({ name }) => name).join(',')],
      { prepare: true },
    )
    .values()
  return rows.map(([store, partition, offset, restoring]) => ({
    store: store as string,
    partition: Number(partition),
    offset: offset === null ? undefined : String(offset),
    restoring: restoring as boolean,
  }))
}

/**
 * Stores whose answer cannot be trusted to be whole: their partition is being rebuilt, or they were never opened.
 * `partition` undefined: the row was not found, so any partition counts.
 */
export function storesNotReady(
  checkpoints: readonly Checkpoint[],
  stores: readonly AnyStore[],
  partition: number | undefined,
): readonly string[] {
  return stores
    .filter(({ name }) => {
      const own = checkpoints.filter(one => one.store === name && (partition ?? one.partition) === one.partition)
      return own.length === 0 || own.some(one => one.restoring)
    })
    .map(({ name }) => name)
}
