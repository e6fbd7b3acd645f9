import type { AnyStore, Entry } from '../definition/store.ts'
import type { DriverTable } from './driver-table.ts'

/** A store as a test sees it: all partitions of it, read-only. */
export class DriverStore<K, V> {
  readonly #definition: AnyStore
  readonly #tables: readonly DriverTable[]

  constructor(definition: AnyStore, tables: readonly DriverTable[]) {
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
      const entry = table.get(key)
      if (entry !== undefined) return entry as Entry<K, V>
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
    return this.#tables.flatMap(table => table.scan({ from, to })) as readonly Entry<
      unknown,
      unknown
    >[] as readonly Entry<K, V>[]
  }
}
