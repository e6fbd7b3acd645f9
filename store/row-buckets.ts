import type { Column, ScanRange } from '../topology/definition/store.ts'
import { type RowKey, rowKeyOf } from './row-key.ts'

type Parts = readonly unknown[]

interface Row {
  readonly parts: Parts
}

/**
 * Rows by the first part of their key: a bucket for each, sorted by the other parts. For scans that stay within one bucket, as
 * those for the windows of a key do; rows mostly come with the highest time of their key and go with the lowest, and either costs a
 * bucket nothing.
 */
export class RowBuckets<T extends Row> {
  readonly #idOf: (parts: Parts) => RowKey
  readonly #order: (a: Parts, b: Parts) => number
  readonly #buckets = new Map<RowKey, Bucket<T>>()

  constructor(columns: readonly Column[]) {
    this.#idOf = rowKeyOf(columns.slice(0, 1))
    this.#order = leadingOrder(columns)
  }

  set(row: T): void {
    const id = this.#idOf(row.parts)
    const bucket = this.#buckets.get(id) ?? new Bucket<T>(this.#order)
    if (bucket.empty) this.#buckets.set(id, bucket)
    bucket.set(row)
  }

  delete(row: T): void {
    const id = this.#idOf(row.parts)
    const bucket = this.#buckets.get(id)
    if (bucket === undefined) return
    bucket.delete(row)
    if (bucket.empty) this.#buckets.delete(id)
  }

  /** Rows of a range that lies within one bucket, in its direction. The caller applies its limit. */
  *range({ from = [], to = [], reverse }: ScanRange): Generator<T> {
    const bucket = this.#buckets.get(this.#idOf(from))
    if (bucket === undefined) return
    const first = bucket.firstFrom(from)
    const after = bucket.firstAfter(to)
    if (reverse) for (let at = after - 1; at >= first; at--) yield bucket.at(at)
    else for (let at = first; at < after; at++) yield bucket.at(at)
  }
}

/** Places freed at the front are cut off when there are this many, and as many as rows. */
const cutAfter = 32

/** Sorted rows of one first key part. */
class Bucket<T extends Row> {
  readonly #order: (a: Parts, b: Parts) => number
  #rows: T[] = []
  /** Rows before this place are gone. */
  #start = 0

  constructor(order: (a: Parts, b: Parts) => number) {
    this.#order = order
  }

  get empty(): boolean {
    return this.#start === this.#rows.length
  }

  at(place: number): T {
    return this.#rows[place] as T
  }

  set(row: T): void {
    const last = this.#rows.at(-1)
    if (this.empty || (last !== undefined && this.#order(last.parts, row.parts) < 0)) {
      this.#rows.push(row)
      return
    }
    const place = this.firstFrom(row.parts)
    const known = this.#rows[place]
    const same = known !== undefined && this.#order(known.parts, row.parts) === 0
    this.#rows.splice(place, same ? 1 : 0, row)
  }

  delete({ parts }: T): void {
    const place = this.firstFrom(parts)
    const found = this.#rows[place]
    if (found === undefined || this.#order(found.parts, parts) !== 0) return
    if (place !== this.#start) {
      this.#rows.splice(place, 1)
      return
    }
    this.#start++
    if (this.#start < cutAfter || this.#start * 2 < this.#rows.length) return
    this.#rows = this.#rows.slice(this.#start)
    this.#start = 0
  }

  /** The place of the first row at or after the leading parts. */
  firstFrom(bound: Parts): number {
    return this.#search(bound, -1)
  }

  /** The place of the first row after all that begin with the leading parts. */
  firstAfter(bound: Parts): number {
    return this.#search(bound, 0)
  }

  /** The place of the first row whose order beside the bound is over `order`. */
  #search(bound: Parts, order: -1 | 0): number {
    let low = this.#start
    let high = this.#rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#order(this.at(middle).parts, bound) <= order) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The order of a key beside leading parts, column by column: -1, 0 where it begins with them, or 1. */
function leadingOrder(columns: readonly Column[]): (parts: Parts, bound: Parts) => number {
  const types = columns.map(column => column.sql)
  return (parts, bound) => {
    for (let index = 0; index < bound.length; index++) {
      if (parts[index] === bound[index]) continue
      const order = types[index]!.compare(parts[index], bound[index])
      if (order !== 0) return order < 0 ? -1 : 1
    }
    return 0
  }
}
