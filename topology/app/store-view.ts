import type { Sql } from 'postgres'
import type { StateStorage, StoredRow } from '../../store/contract.ts'
import type { MemoryStorage } from '../../store/memory-storage.ts'
import type { KeyRange } from '../../store/range-query.ts'
import type { Clock } from '../definition/clock.ts'
import { TopologyError } from '../definition/errors.ts'
import type { TopologyGraph } from '../definition/graph.ts'
import type { AnyStore, Entry, StoreDefinition } from '../definition/store.ts'
import { didYouMean } from '../definition/suggestion.ts'

/**
 * Committed rows of a store, over all its partitions, whichever worker owns them. They are those of the table in Postgres: what a
 * task has processed and not yet committed is not among them.
 */
export interface StoreView<K, V> {
  get(key: K): Promise<V | undefined>
  /** Rows from one key to another, both inclusive, in key order. */
  range(from: K, to: K, options?: { readonly limit?: number }): Promise<readonly Entry<K, V>[]>
  /** Rows whose leading key columns equal the parts. Shape: `orders.prefix('customer-1')`. */
  prefix(...parts: readonly unknown[]): Promise<readonly Entry<K, V>[]>
  all(options?: { readonly limit?: number }): Promise<readonly Entry<K, V>[]>
}

/** The place in which the rows of an application are. */
export interface StoreSource {
  readonly graph: TopologyGraph
  readonly storage: StateStorage
  /** Address of the database, where that is Postgres. */
  readonly postgres: string | undefined
  readonly schema: string | undefined
  readonly clock: Clock
}

/** The views of an application's stores. One connection to Postgres is opened with the first read. */
export class StoreViews {
  readonly #source: StoreSource
  #sql: Promise<Sql> | undefined

  constructor(source: StoreSource) {
    this.#source = source
  }

  /** The view of a store. Errors: TopologyError TOPOLOGY_INVALID for a store that the topology does not have. */
  of<K, V, H>(store: string | StoreDefinition<K, V, H>): StoreView<K, V> {
    const name = typeof store === 'string' ? store : store.name
    const { stores } = this.#source.graph
    const definition: AnyStore | undefined = stores.get(name)
    if (definition === undefined)
      throw new TopologyError(
        'TOPOLOGY_INVALID',
        `store '${name}' is not in the topology${didYouMean(name, stores.keys()) || `: it has ${[...stores.keys()].join(', ') || 'none'}`}`,
      )
    const entries = async (range: KeyRange): Promise<readonly Entry<K, V>[]> =>
      (await this.#rows(definition, range)).map(({ key, value, timestamp }) => ({
        key: definition.key.join(key, key),
        value: definition.value.join(value, key),
        timestamp,
      }))
    const split = (key: K) => definition.key.split(key)
    return {
      get: async key => (await entries({ from: split(key), to: split(key), limit: 1 }))[0]?.value,
      range: (from, to, { limit } = {}) =>
        entries({ from: split(from), to: split(to), ...(limit !== undefined && { limit }) }),
      prefix: (...parts) => entries({ from: parts, to: parts }),
      all: ({ limit } = {}) => entries(limit === undefined ? {} : { limit }),
    }
  }

  async close(): Promise<void> {
    const sql = await this.#sql?.catch(() => undefined)
    await sql?.end({ timeout: 5 })
  }

  async #rows(definition: AnyStore, range: KeyRange): Promise<readonly StoredRow[]> {
    const { storage, postgres, schema } = this.#source
    if (isMemory(storage)) return rowsWithin(storage.rows(definition.name), definition, range)
    if (postgres === undefined)
      throw new TopologyError(
        'CONFIG_INVALID',
        'the stores cannot be read: run() was given a storage of its own; name the database by its address instead',
      )
    const { readStoreRange } = await import('../../store/range-query.ts')
    this.#sql ??= this.#connect(postgres)
    return readStoreRange(await this.#sql, { definition, ...(schema && { schema }) }, range)
  }

  async #connect(url: string): Promise<Sql> {
    const { openConnection } = await import('../../store/postgres/connection.ts')
    const session = { application_name: `${this.#source.graph.definition.name} reads` }
    return openConnection({ url, connections: 2, clock: this.#source.clock, connectTimeoutMs: 10_000, session }).sql
  }
}

function isMemory(storage: StateStorage): storage is MemoryStorage {
  return 'rows' in storage
}

/** The rows of a range in key order, as Postgres would give them. */
export function rowsWithin(
  rows: readonly StoredRow[],
  { key: { columns } }: AnyStore,
  range: KeyRange,
): readonly StoredRow[] {
  const compare = (one: readonly unknown[], parts: readonly unknown[]) => {
    for (const [index, part] of parts.entries()) {
      const order = columns[index]!.sql.compare(one[index], part)
      if (order !== 0) return order
    }
    return 0
  }
  const { from = [], to = [], limit = Number.POSITIVE_INFINITY } = range
  return rows
    .filter(({ key }) => compare(key, from) >= 0 && compare(key, to) <= 0)
    .sort((one, other) => compare(one.key, other.key))
    .slice(0, limit)
}
