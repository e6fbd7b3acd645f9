import type { Rows } from '../../../processors/domain/books/books-stores.ts'

/** A change of a row, as a changelog would have it. Values are immutable, so it can be written as text later. */
export interface Change<K, V> {
  readonly key: K
  readonly value: V | null
}

/**
 * Rows in a Map, in the order of their keys. Every change is kept, so that a test can build the rows again from the
 * changes alone.
 */
export class MapRows<K, V> implements Rows<K, V> {
  readonly changes: Change<K, V>[] = []
  readonly #rows = new Map<string, { key: K; value: V }>()

  get(key: K): V | undefined {
    return this.#rows.get(idOf(key))?.value
  }

  put(key: K, value: V): void {
    this.changes.push({ key, value })
    this.#rows.set(idOf(key), { key, value })
  }

  delete(key: K): void {
    this.changes.push({ key, value: null })
    this.#rows.delete(idOf(key))
  }

  range(from: K, to: K) {
    return [...this.#rows.values()]
      .filter(row => compare(row.key, from) >= 0 && compare(row.key, to) <= 0)
      .sort((a, b) => compare(a.key, b.key))
      .map(row => ({ ...row, timestamp: 0 }))
  }

  /** The rows whose keys begin with these parts. */
  prefix(...parts: readonly unknown[]) {
    return this.entries().filter(row => parts.every((part, at) => partsOf(row.key)[at] === part))
  }

  entries() {
    return [...this.#rows.values()].sort((a, b) => compare(a.key, b.key)).map(row => ({ ...row, timestamp: 0 }))
  }

  all(): V[] {
    return [...this.#rows.values()].sort((a, b) => compare(a.key, b.key)).map(row => row.value)
  }

  /** The rows as text, in key order. */
  dump(): string {
    return [...this.#rows.values()]
      .sort((a, b) => compare(a.key, b.key))
      .map(row => `${text(row.key)} = ${text(row.value)}`)
      .join('\n')
  }

  /** Forgets everything and builds the rows again from the changes. */
  rebuild(): void {
    this.#rows.clear()
    for (const { key, value } of this.changes) {
      if (value === null) this.#rows.delete(idOf(key))
      else this.#rows.set(idOf(key), { key: parse(text(key)) as K, value: parse(text(value)) as V })
    }
  }
}

/** JSON with bigints. */
export function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `bigint:${part}` : part))
}

function parse(json: string): unknown {
  return JSON.parse(json, (_, part) =>
    typeof part === 'string' && part.startsWith('bigint:') ? BigInt(part.slice(7)) : part,
  )
}

function compare(left: unknown, right: unknown): number {
  const [a, b] = [partsOf(left), partsOf(right)]
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [a[index] as string, b[index] as string]
    if (x < y) return -1
    if (x > y) return 1
  }
  return 0
}

function partsOf(key: unknown): readonly unknown[] {
  return Array.isArray(key) ? key : [key]
}

function idOf(key: unknown): string {
  return Array.isArray(key) ? key.join('\0') : String(key)
}
