import { type Duration, durationMs } from '../duration.ts'
import { type Awaitable, chain } from '../record.ts'
import { timeSerde } from '../serdes/primitives.ts'
import type { Entry, RowLayout, StoreDefinition, TaskTable } from '../store.ts'
import { defineStore } from './define.ts'
import { extended, type FormatOption, formatOf } from './layout.ts'

/** A key in one session. Units: `start` and `end` are its first and last record's time, in ms. */
interface SessionKey<K> {
  readonly key: K
  readonly start: number
  readonly end: number
}

/** The options of a session store. */
interface SessionOptions<K, V> {
  readonly key: FormatOption<K>
  readonly value: FormatOption<V>
  /** Sessions that ended this much stream time ago, or more, may go. At least the sessions' gap and grace. */
  readonly retention: Duration
  readonly changelog?: Readonly<Record<string, string>>
}

/** A session store in user code. Units: ms. */
export interface SessionStore<K, V> {
  get(session: SessionKey<K>): Awaitable<V | undefined>
  put(session: SessionKey<K>, value: V): void
  delete(session: SessionKey<K>): void
  /**
   * Sessions of a key that end at or after `earliestEnd` and start at or before `latestStart`: those that a record between
   * would touch. By end, then start.
   */
  touching(key: K, earliestEnd: number, latestStart: number): Awaitable<readonly Entry<SessionKey<K>, V>[]>
  /** All sessions, by key, end and start. */
  all(): Awaitable<readonly Entry<SessionKey<K>, V>[]>
}

/**
 * Declares a session store: columns of the key, then `session_end` and `session_start` (ms).
 *
 * Shape: `store.session('visits', { key: string, value: int64, retention: '1d' })`.
 */
export function sessionStore<K, V>(
  name: string,
  options: SessionOptions<K, V>,
): StoreDefinition<SessionKey<K>, V, SessionStore<K, V>> {
  const base = formatOf('key', options.key)
  const value = formatOf('value', options.value)
  const times = [
    ['sessionEnd', timeSerde],
    ['sessionStart', timeSerde],
  ] as const
  const key = extended<K, SessionKey<K>>(base, times, {
    take: session => [session.key, session.end, session.start],
    make: (inner, [end, start]) => ({ key: inner, start: start as number, end: end as number }),
  })
  return defineStore({
    name,
    type: 'session',
    key,
    value,
    retentionMs: durationMs(options.retention),
    retainedBy: base.columns.length,
    changelog: options.changelog,
    open: table => sessionFace(table, base),
  })
}

function sessionFace<K, V>(table: TaskTable<SessionKey<K>, V>, base: RowLayout<K>): SessionStore<K, V> {
  return {
    get: session => chain(table.get(session), entry => entry?.value),
    put: (session, value) => table.put(session, value),
    delete: session => table.delete(session),
    touching(key, earliestEnd, latestStart) {
      const parts = base.split(key)
      const ended = table.scan({ from: [...parts, earliestEnd], to: parts })
      return chain(ended, entries => entries.filter(entry => entry.key.start <= latestStart))
    },
    all: () => table.scan({}),
  }
}
