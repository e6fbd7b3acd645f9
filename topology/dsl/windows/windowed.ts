import type { Serde } from '../../definition/serde.ts'
import { timeSerde } from '../../definition/serdes/primitives.ts'
import { extended, type RowFormat, single } from '../../definition/stores/layout.ts'

/**
 * A key within a window. Units: ms. `end` is exclusive for tumbling and hopping windows, inclusive for sliding and session
 * windows, as in Kafka Streams.
 */
export interface Windowed<K> {
  readonly key: K
  readonly start: number
  readonly end: number
}

/** Columns `key`, `window_start`, `window_end`: windows of a key in order of time. */
export function timeWindowFormat<K>(key: Serde<K>): RowFormat<Windowed<K>> {
  return extended(
    single('key', key),
    [
      ['windowStart', timeSerde],
      ['windowEnd', timeSerde],
    ],
    {
      take: window => [window.key, window.start, window.end],
      make: (key, [start, end]) => ({ key, start: start as number, end: end as number }),
    },
  )
}

/** Columns `key`, `window_end`, `window_start`: sessions are looked for by their end. */
export function sessionFormat<K>(key: Serde<K>): RowFormat<Windowed<K>> {
  return extended(
    single('key', key),
    [
      ['windowEnd', timeSerde],
      ['windowStart', timeSerde],
    ],
    {
      take: session => [session.key, session.end, session.start],
      make: (key, [end, start]) => ({ key, start: start as number, end: end as number }),
    },
  )
}

/**
 * A serde of windowed keys, for topics that carry them: the key's bytes, start and end, each after its length.
 *
 * Shape: `topic('bars', { key: windowed(string), value: Bar })`.
 */
export function windowed<K>(key: Serde<K>): Serde<Windowed<K>> {
  return timeWindowFormat(key).serde
}
