import { keyValueStore } from '../topology/definition/stores/key-value.ts'
import { sessionStore } from '../topology/definition/stores/session.ts'
import { versionedStore } from '../topology/definition/stores/versioned.ts'
import { windowStore } from '../topology/definition/stores/window.ts'
import { bigint, bytes, decimal, timestamp } from './table-columns.ts'
import { tableStore } from './table-store.ts'

/**
 * The kinds of stores: each a Postgres table of its name, and a changelog.
 *
 * Shape: `store.keyValue('word-counts', { key: string, value: int64 })`,
 * `store.table('positions', { ... }, { key: ['portfolioId'], value: Position })`.
 */
export const store = {
  keyValue: keyValueStore,
  table: tableStore,
  window: windowStore,
  session: sessionStore,
  versioned: versionedStore,
} as const

/** Column types of typed tables beside drizzle's own: exact decimals (1e-18), bigint, times in ms, bytes. */
export const columns = { bigint, bytes, decimal, timestamp } as const
