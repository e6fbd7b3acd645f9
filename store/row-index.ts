import * as sorted from 'sorted-btree'
import type { Column, ScanRange } from '../topology/definition/store.ts'

type Parts = readonly unknown[]

/** Markers for the end of leading parts in a bound: before, or after, every row that begins with them. */
const before = Symbol('before')
const after = Symbol('after')

// The package is CommonJS: Node's default export for it is the namespace that holds the class.
const BTree = (sorted.default as unknown as { default: typeof sorted.default.default }).default

/** Rows by split key, in the order that Postgres has them. */
export class RowIndex<T> {
  readonly #rows: InstanceType<typeof BTree<Parts, T>>
  readonly #compare: (a: Parts, b: Parts) => number

  constructor(columns: readonly Column[]) {
    this.#compare = rowOrder(columns)
    this.#rows = new BTree<Parts, T>(undefined, this.#compare)
  }

  get size(): number {
    return this.#rows.size
  }

  get(key: Parts): T | undefined {
    return this.#rows.get(key)
  }

  set(key: Parts, row: T): void {
    this.#rows.set(key, row)
  }

  delete(key: Parts): void {
    this.#rows.delete(key)
  }

  clear(): void {
    this.#rows.clear()
  }

  /** Rows of the range in its direction. The caller applies its limit. */
  *range(range: ScanRange): Generator<T> {
    const low = [...(range.from ?? []), before]
    const high = [...(range.to ?? []), after]
    if (range.reverse) {
      for (const [key, row] of this.#rows.entriesReversed(high)) {
        if (this.#compare(key, low) < 0) return
        yield row
      }
      return
    }
    for (const [key, row] of this.#rows.entries(low)) {
      if (this.#compare(key, high) > 0) return
      yield row
    }
  }
}

/** The order of the primary key: column by column. */
export function rowOrder(columns: readonly Column[]): (a: Parts, b: Parts) => number {
  const types = columns.map(column => column.sql)
  return (a, b) => {
    for (let index = 0; index < a.length && index < b.length; index++) {
      const left = a[index]
      const right = b[index]
      if (left === right) continue
      if (left === before || right === after) return -1
      if (left === after || right === before) return 1
      const order = types[index]!.compare(left, right)
      if (order !== 0) return order
    }
    return boundOrder(a, b)
  }
}

/** Equal so far: a bound on all key columns is one part longer than the key. */
function boundOrder(a: Parts, b: Parts): number {
  if (a.length === b.length) return 0
  const [longer, sign] = a.length > b.length ? [a, 1] : [b, -1]
  return longer.at(-1) === before ? -sign : sign
}
