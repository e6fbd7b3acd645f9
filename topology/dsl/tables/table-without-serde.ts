import type { Serde } from '../../definition/serde.ts'
import type { AnyStore } from '../../definition/store.ts'
import type { AtOnce, Mapper, Tombstone } from '../functions.ts'
import type { TableStage } from '../stage.ts'
import type { Stream } from '../streams/stream.ts'
import type { GroupedTable } from './grouped-table.ts'
import type { Table } from './table.ts'
import type { TransformOptions } from './transform-values.ts'

/** The option of a table operator that keeps the values it is given: the store to keep its result in. */
export interface Kept {
  readonly store?: string
}

/**
 * The options of a table operator that makes values: their serde, and the store to keep the result in, so that it can be looked
 * up without being computed.
 */
export interface Made<V> extends Kept {
  readonly value: Serde<NonNullable<V>>
}

/** No options of an operator that makes values: without their serde it can have no store. */
export interface Unmade {
  readonly value?: never
  readonly store?: never
}

/**
 * A table whose values have no serde, as `mapValues` and joins make them without `{ value }`. It has every method of `Table` that
 * writes no values: it has no `suppress`, no foreign-key join, and its filters have no store. State the serde where the values
 * are made, and it is a `Table`. Shape: `table.mapValues(order => order.total, { value: int64 })`.
 */
export interface TableWithoutSerde<K, V> {
  /** The place of the table in the graph. For operators. */
  readonly stage: TableStage<K, V>

  /** Keeps the values for which the test holds; a value that fails it counts as gone. */
  filter<R>(test: ((value: NonNullable<V>, key: K) => R) & AtOnce<R>): TableWithoutSerde<K, V | null>

  /** Keeps the values for which the test does not hold. */
  filterNot<R>(test: ((value: NonNullable<V>, key: K) => R) & AtOnce<R>): TableWithoutSerde<K, V | null>

  /** Sets the values. A store that keeps them needs their serde. */
  mapValues<V2>(
    map: ((value: NonNullable<V>, key: K) => V2) & AtOnce<V2>,
    options: Made<V2>,
  ): Table<K, V2 | Tombstone<V>>
  mapValues<V2>(
    map: ((value: NonNullable<V>, key: K) => V2) & AtOnce<V2>,
    options?: Unmade,
  ): TableWithoutSerde<K, V2 | Tombstone<V>>

  /**
   * Computes the values with code that has stores of its own, and keeps them in a store of that name. The code may be async.
   * Shape: `prices.transformValues({ name: 'moves', value: float64, stores: { seen }, transform: (price, key, { stores }) => ... })`.
   */
  transformValues<V2, S extends Record<string, AnyStore> = Record<never, never>>(
    options: TransformOptions<K, V, V2, S>,
  ): Table<K, V2 | null>

  /** The table's updates as a stream; `select`, if it is given, sets their keys, also of tombstones, whose value is null. */
  toStream(): Stream<K, V>
  toStream<K2>(select: Mapper<K, V, K2> & AtOnce<K2>, made?: { readonly key?: Serde<K2> }): Stream<K2, V>

  /** Groups the values under other keys, to aggregate them there, through a repartition topic of that name. */
  groupBy<K2, V2>(
    select: (value: NonNullable<V>, key: K) => readonly [K2, V2],
    options: { readonly name: string; readonly key: Serde<K2>; readonly value: Serde<V2> },
  ): GroupedTable<K2, V2>

  /** Joins with another table of the same key. */
  join<V2, R>(
    other: TableWithoutSerde<K, V2>,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2>, key: K) => R) & AtOnce<R>,
    options: Made<R>,
  ): Table<K, R | Tombstone<V> | Tombstone<V2>>
  join<V2, R>(
    other: TableWithoutSerde<K, V2>,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2>, key: K) => R) & AtOnce<R>,
    options?: Unmade,
  ): TableWithoutSerde<K, R | Tombstone<V> | Tombstone<V2>>

  /** As `join`; without a right value it is joined with null. */
  leftJoin<V2, R>(
    other: TableWithoutSerde<K, V2>,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
    options: Made<R>,
  ): Table<K, R | Tombstone<V>>
  leftJoin<V2, R>(
    other: TableWithoutSerde<K, V2>,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
    options?: Unmade,
  ): TableWithoutSerde<K, R | Tombstone<V>>

  /** As `join`; either side may be missing. */
  outerJoin<V2, R>(
    other: TableWithoutSerde<K, V2>,
    joiner: ((left: NonNullable<V> | null, right: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
    options: Made<R>,
  ): Table<K, R | Tombstone<V> | Tombstone<V2>>
  outerJoin<V2, R>(
    other: TableWithoutSerde<K, V2>,
    joiner: ((left: NonNullable<V> | null, right: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
    options?: Unmade,
  ): TableWithoutSerde<K, R | Tombstone<V> | Tombstone<V2>>
}
