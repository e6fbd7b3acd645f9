import { type Duration, durationMs } from '../duration.ts'
import { chain } from '../record.ts'
import type { KeyValueStore, StoreDefinition, TaskTable } from '../store.ts'
import { defineStore } from './define.ts'
import { type FormatOption, formatOf } from './layout.ts'

/** The options of a key-value store. */
interface KeyValueOptions<K, V> {
  readonly key: FormatOption<K>
  readonly value: FormatOption<V>
  /** After this much stream time without a write a row is gone: reads do not see it, and it is deleted. Unset: never. */
  readonly ttl?: Duration
  /** Kafka configuration of the changelog. */
  readonly changelog?: Readonly<Record<string, string>>
}

/** Declares a key-value store. Shape: `store.keyValue('word-counts', { key: string, value: int64 })`. */
export function keyValueStore<K, V>(
  name: string,
  options: KeyValueOptions<K, V>,
): StoreDefinition<K, V, KeyValueStore<K, V>> {
  const key = formatOf('key', options.key)
  const value = formatOf('value', options.value)
  return defineStore({
    name,
    type: 'key-value',
    key,
    value,
    ...(options.ttl !== undefined && { retentionMs: durationMs(options.ttl) }),
    changelog: options.changelog,
    open: table => keyValueFace(table, key.split),
  })
}

/** The key-value face of a table. */
export function keyValueFace<K, V>(table: TaskTable<K, V>, split: (key: K) => readonly unknown[]): KeyValueStore<K, V> {
  return {
    get: key => chain(table.get(key), entry => entry?.value),
    put: (key, value) => table.put(key, value),
    delete: key => table.delete(key),
    range: (from, to) => table.scan({ from: split(from), to: split(to) }),
    prefix: (...parts) => table.scan({ from: parts, to: parts }),
    all: () => table.scan({}),
  }
}

/**
 * The same store with the table itself as its face: entries with timestamps, ordered scans. For operators.
 * The changelog and the table in Postgres are those of `definition`.
 */
export function rawTable<K, V, H>(definition: StoreDefinition<K, V, H>): StoreDefinition<K, V, TaskTable<K, V>> {
  return { ...definition, open: table => table }
}
