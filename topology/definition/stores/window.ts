import { type Duration, durationMs } from '../duration.ts'
import { type Awaitable, chain } from '../record.ts'
import { timeSerde } from '../serdes/primitives.ts'
import type { Entry, RowLayout, StoreDefinition, TaskTable } from '../store.ts'
import { defineStore } from './define.ts'
import { extended, type FormatOption, formatOf } from './layout.ts'

/** A key in one window. Units: `start` is the window's first moment, in ms. */
interface WindowKey<K> {
  readonly key: K
  readonly start: number
}

/** The options of a window store. */
interface WindowOptions<K, V> {
  readonly key: FormatOption<K>
  readonly value: FormatOption<V>
  /** Windows that began this much stream time ago, or more, may go. At least the windows' size and grace. */
  readonly retention: Duration
  readonly changelog?: Readonly<Record<string, string>>
}

/** A window store in user code: values by key and window start. Units: ms. */
export interface WindowStore<K, V> {
  get(key: K, start: number): Awaitable<V | undefined>
  put(key: K, start: number, value: V): void
  delete(key: K, start: number): void
  /** Windows of a key that began from one moment to another, both inclusive, oldest first. */
  range(key: K, from: number, to: number): Awaitable<readonly Entry<WindowKey<K>, V>[]>
  /** All windows, by key and start. */
  all(): Awaitable<readonly Entry<WindowKey<K>, V>[]>
}

/**
 * Declares a window store: columns of the key, then `window_start` (ms).
 *
 * Shape: `store.window('bars-1m', { key: string, value: Bar, retention: '1h' })`.
 */
export function windowStore<K, V>(
  name: string,
  options: WindowOptions<K, V>,
): StoreDefinition<WindowKey<K>, V, WindowStore<K, V>> {
  const base = formatOf('key', options.key)
  const value = formatOf('value', options.value)
  const key = extended<K, WindowKey<K>>(base, [['windowStart', timeSerde]], {
    take: window => [window.key, window.start],
    make: (inner, [start]) => ({ key: inner, start: start as number }),
  })
  return defineStore({
    name,
    type: 'window',
    key,
    value,
    retentionMs: durationMs(options.retention),
    retainedBy: base.columns.length,
    changelog: options.changelog,
    open: table => windowFace(table, base),
  })
}

function windowFace<K, V>(table: TaskTable<WindowKey<K>, V>, base: RowLayout<K>): WindowStore<K, V> {
  return {
    get: (key, start) => chain(table.get({ key, start }), entry => entry?.value),
    put: (key, start, value) => table.put({ key, start }, value),
    delete: (key, start) => table.delete({ key, start }),
    range(key, from, to) {
      const parts = base.split(key)
      return table.scan({ from: [...parts, from], to: [...parts, to] })
    },
    all: () => table.scan({}),
  }
}
