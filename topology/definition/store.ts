import type { Awaitable } from './record.ts'
import type { Serde, SqlType } from './serde.ts'

/** A column of a store's table. `name` is the SQL name. */
export interface Column<T = unknown> {
  readonly name: string
  readonly sql: SqlType<T>
  /** Unset: `not null`, and a null part is refused when it is put. */
  readonly nullable?: boolean
  /** The part of rows that were written before the store had the column, which may then be added. Unset: there is none. */
  readonly default?: T
}

/**
 * The columns over which a key or a value is spread. `join(split(x))` equals `x`; a value that repeats its key's columns (a typed
 * table) takes them from `key`, the split key of the row.
 */
export interface RowLayout<T> {
  readonly columns: readonly Column[]
  /** The value is its one column: `split(x)` is `[x]`. Unset: it may be anything. */
  readonly whole?: true
  split(value: T): readonly unknown[]
  join(parts: readonly unknown[], key: readonly unknown[]): T
}

/** One row of a store. Units: `timestamp` is the event time of the record that wrote it, in milliseconds. */
export interface Entry<K, V> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
}

/** A row that was written since the last commit, with a place for an operator's note. The note goes with the row. */
export interface NotedRow<K, V> {
  /** The row as it is now; undefined: it was deleted. */
  readonly entry: Entry<K, V> | undefined
  note: unknown
}

/**
 * The rows between two keys, in the order of the key columns. `from` and `to` are leading parts of a split key, both
 * inclusive: `{ from: ['a'], to: ['a'] }` is every row whose first key column is `'a'`. Unset: no bound.
 */
export interface ScanRange {
  readonly from?: readonly unknown[]
  readonly to?: readonly unknown[]
  readonly reverse?: boolean
  readonly limit?: number
}

/**
 * One store of one task, as the faces (key-value, window, session, versioned) and the operators see it: an ordered table
 * with read-your-writes. A read is a promise only when Postgres must be asked.
 *
 * Values are immutable: to change one, put another. A put's timestamp is the current record's unless given.
 */
export interface TaskTable<K, V> {
  get(key: K): Awaitable<Entry<K, V> | undefined>
  put(key: K, value: V, timestamp?: number): void
  delete(key: K): void
  scan(range: ScanRange): Awaitable<readonly Entry<K, V>[]>
  /** The row of a key that the record in hand has put or deleted. A row that is undone, or forgotten, loses its note. */
  written(key: K): NotedRow<K, V>
}

/** A table that is split by a key column of times, one part a calendar `every` (UTC). `column` counts the key's columns from 0. */
export interface TimePartitions {
  readonly column: number
  readonly every: 'day' | 'month' | 'year'
}

/**
 * A state store: a Postgres table of that name and a changelog topic. Plain data; `open` gives the face that user code
 * holds (`H`) over the table of a task.
 */
export interface StoreDefinition<K, V, H> {
  readonly kind: 'store'
  readonly name: string
  /** Shape: `'key-value'`. For describe and diff: a changed type is a lost state. */
  readonly type: 'key-value' | 'table' | 'window' | 'session' | 'versioned' | 'join' | 'suppress'
  readonly key: RowLayout<K>
  readonly value: RowLayout<V>
  /** Wire form of the key and the value in the changelog. */
  readonly keySerde: Serde<K>
  readonly valueSerde: Serde<V>
  /** Units: milliseconds of stream time after which rows may go; unset: kept. */
  readonly retentionMs?: number
  /** The key column that retention counts from (a window's start, in ms). Unset: the record's timestamp. */
  readonly retainedBy?: number
  /** The split of the table by time in Postgres. Unset: one table. */
  readonly partitionedBy?: TimePartitions
  /** Columns of further indexes, by SQL name; each index begins with the task's partition. For SQL readers: no constraints. */
  readonly indexes?: readonly (readonly string[])[]
  /** Kafka configuration of the changelog beside `cleanup.policy=compact`. */
  readonly changelog?: Readonly<Record<string, string>>
  open(table: TaskTable<K, V>): H
}

/** A store of any types. */
// biome-ignore lint/suspicious/noExplicitAny: the top type of a generic that is both read and written
export type AnyStore = StoreDefinition<any, any, any>

/** The face that user code holds of a store. */
export type HandleOf<S> = S extends StoreDefinition<infer _K, infer _V, infer H> ? H : never

/** A key-value store in user code. Reads give the value at once when it is cached, else a promise; `await` fits both. */
export interface KeyValueStore<K, V> {
  get(key: K): Awaitable<V | undefined>
  /** Errors: SerdeError VALUE_REFUSED when Postgres could not hold it; ENCODE_FAILED when the serde cannot write it. */
  put(key: K, value: V): void
  delete(key: K): void
  /** Rows from one key to another, both inclusive, in key order. */
  range(from: K, to: K): Awaitable<readonly Entry<K, V>[]>
  /** Rows whose leading key columns equal the parts. Shape: `orders.prefix('customer-1')`. */
  prefix(...parts: readonly unknown[]): Awaitable<readonly Entry<K, V>[]>
  all(): Awaitable<readonly Entry<K, V>[]>
}

/** The read-only view that a processor has of a table it does not write. */
export type ReadOnlyStore<K, V> = Omit<KeyValueStore<K, V>, 'put' | 'delete'>
