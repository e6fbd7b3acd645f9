import { FatalError } from '../definition/errors.ts'
import { type Awaitable, isPromise } from '../definition/record.ts'
import type { AnyStore, Entry, ScanRange, TaskTable } from '../definition/store.ts'

// biome-ignore lint/suspicious/noExplicitAny: the tables of a driver have different types
type AnyTable = TaskTable<any, any>

/** A store as its processors see it, over all partitions and read-only: rows whose `ttl` is over are left out. */
export class DriverStore<K, V> {
  readonly #definition: AnyStore
  readonly #tables: readonly AnyTable[]

  constructor(definition: AnyStore, tables: readonly AnyTable[]) {
    this.#definition = definition
    this.#tables = tables
  }

  /** The value of a key; undefined without one. */
  get(key: K): V | undefined {
    return this.entry(key)?.value
  }

  /** The value of a key with its timestamp. */
  entry(key: K): Entry<K, V> | undefined {
    for (const table of this.#tables) {
      const entry = atOnce<Entry<K, V> | undefined>(table.get(key))
      if (entry !== undefined) return entry
    }
    return undefined
  }

  /** Rows from one key to another, both inclusive, in key order. */
  range(from: K, to: K): readonly Entry<K, V>[] {
    const { split } = this.#definition.key
    return this.#scan(split(from), split(to))
  }

  /** Rows whose leading key columns equal the parts. */
  prefix(...parts: readonly unknown[]): readonly Entry<K, V>[] {
    return this.#scan(parts, parts)
  }

  /** Every row, in key order within each partition. */
  all(): readonly Entry<K, V>[] {
    return this.#scan([], [])
  }

  #scan(from: readonly unknown[], to: readonly unknown[]): readonly Entry<K, V>[] {
    const range: ScanRange = { from, to }
    return this.#tables.flatMap(table => atOnce<readonly Entry<K, V>[]>(table.scan(range)))
  }
}

/** The driver's tables are in memory as a whole. */
function atOnce<T>(value: Awaitable<T>): T {
  if (isPromise(value)) throw new FatalError('INTERNAL', 'a table of the test driver is not in memory')
  return value
}
