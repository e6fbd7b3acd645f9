import type { Column, RowLayout, StoreDefinition } from '../topology/definition/store.ts'

/**
 * Keys and values as the columns of their store give them back: a uuid in lower case, whole numbers without -0. What the bytes
 * of the changelog change beside that, decoding them tells.
 */
export class Settled<K, V> {
  readonly #definition: StoreDefinition<K, V, unknown>
  readonly #keyPlaces: readonly number[]
  readonly #valuePlaces: readonly number[]

  constructor(definition: StoreDefinition<K, V, unknown>) {
    this.#definition = definition
    this.#keyPlaces = placesOf(definition.key.columns)
    this.#valuePlaces = placesOf(definition.value.columns)
  }

  key(key: K): K {
    const { key: layout } = this.#definition
    const parts = settle(layout, this.#keyPlaces, key)
    return parts ? layout.join(parts, parts) : key
  }

  /** Whether a split value is settled: its columns give it back as it is. */
  holds(parts: readonly unknown[]): boolean {
    const { columns } = this.#definition.value
    return this.#valuePlaces.every(index => {
      const part = parts[index]
      return part === null || part === undefined || Object.is(columns[index]?.sql.settled?.(part), part)
    })
  }

  /** `own` is the settled key, which the rows of a typed table repeat. */
  value(value: V, key: K, own: K): V {
    const { key: keys, value: layout } = this.#definition
    const parts = settle(layout, this.#valuePlaces, value) ?? (own === key ? undefined : layout.split(value))
    return parts ? layout.join(parts, keys.split(own)) : value
  }
}

function placesOf(columns: readonly Column[]): readonly number[] {
  return [...columns.keys()].filter(index => columns[index]?.sql.settled !== undefined)
}

/** The settled parts; undefined where they are the same. */
function settle<T>(
  { columns, split }: RowLayout<T>,
  places: readonly number[],
  value: T,
): readonly unknown[] | undefined {
  if (places.length === 0) return undefined
  const parts = split(value)
  let changed: unknown[] | undefined
  for (const index of places) {
    const part = parts[index]
    if (part === null || part === undefined) continue
    const settled = columns[index]?.sql.settled?.(part)
    if (Object.is(settled, part)) continue
    changed ??= [...parts]
    changed[index] = settled
  }
  return changed
}
