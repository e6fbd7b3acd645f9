import { refuse } from '../../definition/collected-errors.ts'
import type { FailurePolicy } from '../../definition/definition.ts'
import { type Duration, durationMs } from '../../definition/duration.ts'
import type { Serde } from '../../definition/serde.ts'
import type { AnyStore } from '../../definition/store.ts'
import { type AtOnce, atOnce, type Mapper, type Tombstone } from '../functions.ts'
import { addForeignKeyJoin, type ForeignKeyOptions } from '../joins/foreign-key-nodes.ts'
import type { Joiner, JoinKind } from '../joins/table-join.ts'
import { addTableJoin } from '../joins/table-join-nodes.ts'
import { requireSerde } from '../plan.ts'
import { keyFormatOf, type TableStage } from '../stage.ts'
import type { Stream } from '../streams/stream.ts'
import { type SuppressLimit, suppressStores } from '../suppression/suppress.ts'
import { addSuppress, suppressedVersions } from '../suppression/suppress-nodes.ts'
import { addDerivedTable, type Derivation } from './derived-nodes.ts'
import type { GroupedTable } from './grouped-table.ts'
import { addKeeper } from './table-nodes.ts'
import { newValues, type ValueRule } from './table-operators.ts'
import type { Kept, Made, TableWithoutSerde, Unmade } from './table-without-serde.ts'
import { addTransformedTable, type TransformOptions } from './transform-values.ts'

/**
 * The current value of each key. `V` holds null where a key's value can go away (a tombstone). Every method gives a new
 * table; none changes this one. Where an operator makes values and their serde is not stated, it gives a `TableWithoutSerde`.
 */
export class Table<K, V> implements TableWithoutSerde<K, V> {
  /** The place of the table in the graph. For operators. */
  readonly stage: TableStage<K, V>

  constructor(stage: TableStage<K, V>) {
    this.stage = stage
  }

  /** Keeps the values for which the test holds; a value that fails it counts as gone. */
  filter<R>(test: ((value: NonNullable<V>, key: K) => R) & AtOnce<R>, options: Kept = {}): Table<K, V | null> {
    const rule: ValueRule = (value, key) => (atOnce(test(value as NonNullable<V>, key as K)) ? value : null)
    return this.#derived<V | null>(
      { operator: 'filter', function: test, rule, filters: true },
      options,
      this.stage.value,
    )
  }

  /** Keeps the values for which the test does not hold. */
  filterNot<R>(test: ((value: NonNullable<V>, key: K) => R) & AtOnce<R>, options: Kept = {}): Table<K, V | null> {
    const rule: ValueRule = (value, key) => (atOnce(test(value as NonNullable<V>, key as K)) ? null : value)
    return this.#derived<V | null>(
      { operator: 'filter-not', function: test, rule, filters: true },
      options,
      this.stage.value,
    )
  }

  /** Sets the values. A store that keeps them needs their serde. */
  mapValues<V2>(
    map: ((value: NonNullable<V>, key: K) => V2) & AtOnce<V2>,
    options: Made<V2>,
  ): Table<K, V2 | Tombstone<V>>
  mapValues<V2>(
    map: ((value: NonNullable<V>, key: K) => V2) & AtOnce<V2>,
    options?: Unmade,
  ): TableWithoutSerde<K, V2 | Tombstone<V>>
  mapValues<V2>(
    map: ((value: NonNullable<V>, key: K) => V2) & AtOnce<V2>,
    options: Partial<Made<V2>> = {},
  ): Table<K, V2 | Tombstone<V>> {
    return this.#derived<V2 | Tombstone<V>>(
      {
        operator: 'map-values',
        function: map,
        rule: ((value, key) => atOnce(map(value as NonNullable<V>, key as K))) as ValueRule,
        filters: false,
      },
      options,
      options.value,
    )
  }

  /**
   * Computes the values with code that has stores of its own, and keeps them in a store of that name. The code may be async.
   * Shape: `prices.transformValues({ name: 'moves', value: float64, stores: { seen }, transform: (price, key, { stores }) => ... })`.
   */
  transformValues<V2, S extends Record<string, AnyStore> = Record<never, never>>(
    options: TransformOptions<K, V, V2, S>,
  ): Table<K, V2 | null> {
    return new Table(addTransformedTable(this.stage, options))
  }

  /** The table's updates as a stream; `select`, if it is given, sets their keys, also of tombstones, whose value is null. */
  toStream(): Stream<K, V>
  toStream<K2>(select: Mapper<K, V, K2> & AtOnce<K2>, made?: { readonly key?: Serde<K2> }): Stream<K2, V>
  toStream<K2>(select?: Mapper<K, V, K2> & AtOnce<K2>, made: { readonly key?: Serde<K2> } = {}) {
    const { plan, node, key, value } = this.stage
    const name = plan.stateless(node, 'to-stream', undefined, newValues, true)
    const stage = { plan, node: name, key, value: value as Serde<V> | undefined, rekeyed: false }
    const stream = plan.makers.stream<K, V>(stage)
    return select === undefined ? stream : stream.selectKey(select, made)
  }

  /** Sets the rule for updates that fail in an operator behind this one, up to the next `onError`; without one they are dead-lettered. */
  onError(policy: FailurePolicy): Table<K, V> {
    return new Table({ ...this.stage, node: this.stage.plan.underPolicy(this.stage.node, policy) })
  }

  /**
   * Groups the values under other keys, to aggregate them there: a changed value is taken out of its old group and put into
   * its new one. The changes go through a repartition topic of that name.
   */
  groupBy<K2, V2>(
    select: (value: NonNullable<V>, key: K) => readonly [K2, V2],
    options: { readonly name: string; readonly key: Serde<K2>; readonly value: Serde<V2> },
  ): GroupedTable<K2, V2> {
    return this.stage.plan.makers.groupedTable<K2, V2>(
      this.stage as TableStage<unknown, unknown>,
      select as never,
      options,
    )
  }

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
  join<V2, R>(
    other: TableWithoutSerde<K, V2>,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2>, key: K) => R) & AtOnce<R>,
    options: Partial<Made<R>> = {},
  ): Table<K, R | Tombstone<V> | Tombstone<V2>> {
    return this.#join<V2, R | Tombstone<V> | Tombstone<V2>>('inner', other, joiner as Joiner, options)
  }

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
  leftJoin<V2, R>(
    other: TableWithoutSerde<K, V2>,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
    options: Partial<Made<R>> = {},
  ): Table<K, R | Tombstone<V>> {
    return this.#join<V2, R | Tombstone<V>>('left', other, joiner as Joiner, options)
  }

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
  outerJoin<V2, R>(
    other: TableWithoutSerde<K, V2>,
    joiner: ((left: NonNullable<V> | null, right: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
    options: Partial<Made<R>> = {},
  ): Table<K, R | Tombstone<V> | Tombstone<V2>> {
    return this.#join<V2, R | Tombstone<V> | Tombstone<V2>>('outer', other, joiner as Joiner, options)
  }

  /**
   * Joins each value with that of another table whose key is in it. Subscriptions and answers go through two internal
   * topics, `<name>-subscription` and `<name>-response`.
   *
   * Shape: `orders.joinForeignKey(customers, { name: 'orders-customers', on: order => order.customer }, joiner)`.
   */
  joinForeignKey<K2, V2, R>(
    other: Table<K2, V2>,
    options: ForeignKeyOptions<K, V, K2> & Made<R>,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2>, key: K) => R) & AtOnce<R>,
  ): Table<K, R | null>
  joinForeignKey<K2, V2, R>(
    other: Table<K2, V2>,
    options: ForeignKeyOptions<K, V, K2> & Unmade,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2>, key: K) => R) & AtOnce<R>,
  ): TableWithoutSerde<K, R | null>
  joinForeignKey<K2, V2, R>(
    other: Table<K2, V2>,
    options: ForeignKeyOptions<K, V, K2> & Partial<Made<R>>,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2>, key: K) => R) & AtOnce<R>,
  ): Table<K, R | null> {
    return new Table(addForeignKeyJoin<K, V, K2, V2, R>('inner', this.stage, other.stage, options, joiner as Joiner))
  }

  /** As `joinForeignKey`; without a right value it is joined with null. */
  leftJoinForeignKey<K2, V2, R>(
    other: Table<K2, V2>,
    options: ForeignKeyOptions<K, V, K2> & Made<R>,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
  ): Table<K, R | null>
  leftJoinForeignKey<K2, V2, R>(
    other: Table<K2, V2>,
    options: ForeignKeyOptions<K, V, K2> & Unmade,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
  ): TableWithoutSerde<K, R | null>
  leftJoinForeignKey<K2, V2, R>(
    other: Table<K2, V2>,
    options: ForeignKeyOptions<K, V, K2> & Partial<Made<R>>,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
  ): Table<K, R | null> {
    return new Table(addForeignKeyJoin<K, V, K2, V2, R>('left', this.stage, other.stage, options, joiner as Joiner))
  }

  /**
   * Of the updates of a key shows only the last in each stretch of `every`, counted from the first in event time. `limit`
   * says how many keys may wait at most, and whether the oldest is shown early then or the worker stops. Unset: any number.
   * A table that has no store gets one, `<name>-table`, since what a key shows while it waits must be known.
   *
   * Errors: TopologyError TOPOLOGY_INVALID for a versioned table.
   */
  suppress(options: { readonly name: string; readonly every: Duration; readonly limit?: SuppressLimit }): Table<K, V> {
    const { node, versioned } = this.stage
    if (versioned) refuse(suppressedVersions(options.name, node))
    const value = requireSerde(this.stage.value, 'value', options.name, node)
    const key = keyFormatOf(this.stage, options.name)
    const stores = suppressStores(options.name, key, value)
    const rule = { from: 'arrival', forMs: durationMs(options.every), limit: options.limit } as const
    const stage = this.stage.lookup ? this.stage : addKeeper(this.stage, `${options.name}-table`, { key, value })
    return new Table(addSuppress(stage, options.name, stores, rule))
  }

  #join<V2, R>(
    kind: JoinKind,
    other: TableWithoutSerde<K, V2>,
    joiner: Joiner,
    options: Partial<Made<R>>,
  ): Table<K, R> {
    return new Table(addTableJoin<K, V, V2, R>(kind, this.stage, other.stage, joiner, options))
  }

  #derived<V2>(
    derivation: Derivation,
    { store }: { readonly store?: string },
    value: Serde<unknown> | undefined,
  ): Table<K, V2> {
    const serde = value as Serde<NonNullable<V2>> | undefined
    return new Table(addDerivedTable<K, V, V2>(this.stage, derivation, store, serde))
  }
}
