import type { Column } from '../topology/definition/store.ts'
import { type RowKey, rowKeyOf } from './row-key.ts'

/** More than this many are not remembered: forgetting one only costs a query. */
const remembered = 100_000

/**
 * Leading key parts of which every row is in memory: scans in them need no query, and a key in them that has no slot is
 * absent. Parts with too many rows to be held are also kept here, so that they are not loaded twice.
 */
export class KnownPrefixes {
  readonly #idOf: (parts: readonly unknown[]) => RowKey
  readonly #complete = new Set<RowKey>()
  readonly #large = new Set<RowKey>()
  /** The numbers of leading parts that the known prefixes have. */
  readonly #widths = new Set<number>()
  readonly #columns: number

  constructor(columns: readonly Column[]) {
    this.#columns = columns.length
    this.#idOf = rowKeyOf(columns)
  }

  /** Whether all rows that begin with these parts, or with fewer of them, are in memory. */
  covers(parts: readonly unknown[]): boolean {
    for (const width of this.#widths)
      if (width <= parts.length && this.#complete.has(this.#idOf(parts.slice(0, width)))) return true
    return false
  }

  add(prefix: readonly unknown[]): void {
    if (prefix.length >= this.#columns) return
    bound(this.#complete)
    this.#widths.add(prefix.length)
    this.#complete.add(this.#idOf(prefix))
  }

  /** Forgets the prefixes of a key that is no longer in memory. */
  forget(key: readonly unknown[]): void {
    for (const width of this.#widths) this.#complete.delete(this.#idOf(key.slice(0, width)))
  }

  isLarge(prefix: readonly unknown[]): boolean {
    return this.#large.has(this.#idOf(prefix))
  }

  addLarge(prefix: readonly unknown[]): void {
    bound(this.#large)
    this.#large.add(this.#idOf(prefix))
  }
}

function bound(set: Set<RowKey>): void {
  if (set.size >= remembered) set.clear()
}
