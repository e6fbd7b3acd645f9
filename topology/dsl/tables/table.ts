import type { Duration } from '../../definition/duration.ts'
import { durationMs } from '../../definition/duration.ts'
import type { Serde } from '../../definition/serde.ts'
import { formatOf, type RowFormat, single } from '../../definition/stores/layout.ts'
import { type ClockStore, clockStore } from '../clock.ts'
import type { Tombstone } from '../functions.ts'
import { addForeignKeyJoin, type ForeignKeyOptions } from '../joins/foreign-key-nodes.ts'
import type { Joiner, JoinKind } from '../joins/table-join.ts'
import { addTableJoin } from '../joins/table-join-nodes.ts'
import { requireSerde } from '../plan.ts'
import type { OldValues, TableStage } from '../stage.ts'
import type { RawStore } from '../streams/key-value-aggregate.ts'
import { Stream } from '../streams/stream.ts'
import { type SuppressLimit, suppress, suppressStoreNames, suppressStores } from '../suppression/suppress.ts'
import { openWindows, windowClose } from '../suppression/window-close.ts'
import type { Closing } from '../windows/window-results.ts'
import { timeWindowFormat, type Windowed } from '../windows/windowed.ts'
import { GroupedTable } from './grouped-table.ts'
import { operatorStore } from './table-nodes.ts'
import { derivedLookup, derivedTable, newValues, type ValueRule } from './table-operators.ts'
import { storeLookup } from './table-source.ts'

/** What a table operator may be told: the store to keep its result in, and its serde where that is not known. */
export interface TableOptions<V> {
  /** Keeps the result in a store of that name, so that it can be looked up without being computed. */
  readonly store?: string
  readonly value?: Serde<V>
}

/**
 * The current value of each key. `V` holds null where a key's value can go away (a tombstone). Every method gives a new
 * table; none changes this one.
 */
export class Table<K, V> {
  /** Where the table stands in the graph. For operators. */
  readonly stage: TableStage<K, V>

  constructor(stage: TableStage<K, V>) {
    this.stage = stage
  }

  /** Keeps the values for which the test holds; a value that fails it counts as gone. */
  filter(
    test: (value: NonNullable<V>, key: K) => unknown,
    options: { readonly store?: string } = {},
  ): Table<K, V | null> {
    const rule: ValueRule = (value, key) => (test(value as NonNullable<V>, key as K) ? value : null)
    return this.#derive<V | null>('filter', test, rule, true, { ...options, value: this.stage.value })
  }

  /** Keeps the values for which the test does not hold. */
  filterNot(
    test: (value: NonNullable<V>, key: K) => unknown,
    options: { readonly store?: string } = {},
  ): Table<K, V | null> {
    const rule: ValueRule = (value, key) => (test(value as NonNullable<V>, key as K) ? null : value)
    return this.#derive<V | null>('filter-not', test, rule, true, { ...options, value: this.stage.value })
  }

  /** Sets the values. */
  mapValues<V2>(
    map: (value: NonNullable<V>, key: K) => V2,
    options: TableOptions<NonNullable<V2>> = {},
  ): Table<K, V2 | Tombstone<V>> {
    return this.#derive<V2 | Tombstone<V>>('map-values', map, map as ValueRule, false, options)
  }

  /** The table's updates as a stream. */
  toStream(): Stream<K, V> {
    const { plan, node, key, value } = this.stage
    const name = plan.stateless(node, 'to-stream', undefined, newValues, true)
    return new Stream<K, V>({ plan, node: name, key, value: value as Serde<V> | undefined, rekeyed: false })
  }

  /**
   * Groups the values under other keys, to aggregate them there: a changed value is taken out of its old group and put into
   * its new one. The changes go through a repartition topic of that name.
   */
  groupBy<K2, V2>(
    select: (value: NonNullable<V>, key: K) => readonly [K2, V2],
    options: { readonly name: string; readonly key: Serde<K2>; readonly value: Serde<V2> },
  ): GroupedTable<K2, V2> {
    return new GroupedTable<K2, V2>(this.stage as TableStage<unknown, unknown>, select as never, options)
  }

  /** Joins with another table of the same key. */
  join<V2, R>(
    other: Table<K, V2>,
    joiner: (left: NonNullable<V>, right: NonNullable<V2>, key: K) => R,
    options: TableOptions<NonNullable<R>> = {},
  ): Table<K, R | Tombstone<V> | Tombstone<V2>> {
    return this.#join<V2, R | Tombstone<V> | Tombstone<V2>>('inner', other, joiner as Joiner, options)
  }

  /** As `join`; without a right value it is joined with null. */
  leftJoin<V2, R>(
    other: Table<K, V2>,
    joiner: (left: NonNullable<V>, right: NonNullable<V2> | null, key: K) => R,
    options: TableOptions<NonNullable<R>> = {},
  ): Table<K, R | Tombstone<V>> {
    return this.#join<V2, R | Tombstone<V>>('left', other, joiner as Joiner, options)
  }

  /** As `join`; either side may be missing. */
  outerJoin<V2, R>(
    other: Table<K, V2>,
    joiner: (left: NonNullable<V> | null, right: NonNullable<V2> | null, key: K) => R,
    options: TableOptions<NonNullable<R>> = {},
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
    options: ForeignKeyOptions<K, V, K2, R>,
    joiner: (left: NonNullable<V>, right: NonNullable<V2>, key: K) => R,
  ): Table<K, R | null> {
    return new Table(addForeignKeyJoin<K, V, K2, V2, R>('inner', this.stage, other.stage, options, joiner as Joiner))
  }

  /** As `joinForeignKey`; without a right value it is joined with null. */
  leftJoinForeignKey<K2, V2, R>(
    other: Table<K2, V2>,
    options: ForeignKeyOptions<K, V, K2, R>,
    joiner: (left: NonNullable<V>, right: NonNullable<V2> | null, key: K) => R,
  ): Table<K, R | null> {
    return new Table(addForeignKeyJoin<K, V, K2, V2, R>('left', this.stage, other.stage, options, joiner as Joiner))
  }

  /**
   * Of the updates of a key shows only the last in each stretch of `every`, counted from the first in event time. `limit`
   * says how many keys may wait at most, and whether the oldest is shown early then or the worker stops. Unset: any number.
   */
  suppress(options: { readonly name: string; readonly every: Duration; readonly limit?: SuppressLimit }): Table<K, V> {
    const { node } = this.stage
    const key = requireSerde(this.stage.key, 'key', options.name, node)
    const value = requireSerde(this.stage.value, 'value', options.name, node)
    const stores = suppressStores(options.name, single<unknown>('key', key), value)
    return addSuppress(this.stage, options.name, stores, {
      from: 'arrival',
      forMs: durationMs(options.every),
      limit: options.limit,
    })
  }

  #join<V2, R>(
    kind: JoinKind,
    other: Table<K, V2>,
    joiner: Joiner,
    options: TableOptions<NonNullable<R>>,
  ): Table<K, R> {
    return new Table(addTableJoin<K, V, V2, R>(kind, this.stage, other.stage, joiner, options))
  }

  #derive<V2>(
    operator: string,
    function_: (value: NonNullable<V>, key: K) => unknown,
    rule: ValueRule,
    filters: boolean,
    options: { readonly store?: string; readonly value?: Serde<unknown> | undefined },
  ): Table<K, V2> {
    const { stage } = this
    const { plan } = stage
    const node = options.store ?? plan.nameFor(stage.node, operator)
    const store = options.store === undefined ? undefined : this.#storeOf(options.store, options.value)
    const old: OldValues = { wanted: false }
    plan.process({
      name: node,
      operator,
      keepsKey: true,
      parents: [stage.node],
      stores: store ? [store.name] : [],
      functions: [function_],
      create: derivedTable(rule, old, store, filters),
    })
    const source = stage.lookup && derivedLookup(stage.lookup, rule)
    return new Table<K, V2>({
      plan,
      node,
      key: stage.key,
      value: options.value as Serde<NonNullable<V2>> | undefined,
      lookup: store ? storeLookup(store) : source,
      versioned: store === undefined && stage.versioned,
      sendOldValues() {
        old.wanted ||= store !== undefined || stage.sendOldValues()
        return old.wanted
      },
    })
  }

  #storeOf(name: string, value: Serde<unknown> | undefined): RawStore {
    const { plan, node, key } = this.stage
    const keyFormat = formatOf('key', requireSerde<unknown>(key, 'key', name, node))
    const store = operatorStore(name, keyFormat, requireSerde(value, 'value', name, node))
    plan.builder.addStore(store)
    return store
  }
}

/** Adds a suppression and its stores. */
export function addSuppress<K, V>(
  stage: TableStage<K, V>,
  name: string,
  stores: ReturnType<typeof suppressStores>,
  rule: Parameters<typeof suppress>[2],
): Table<K, V> {
  const { plan } = stage
  const clock = clockStore(name)
  const old: OldValues = { wanted: false }
  for (const store of [stores.buffer, stores.times, clock]) plan.builder.addStore(store)
  plan.process({
    name,
    operator: 'suppress',
    parents: [stage.node],
    stores: suppressStoreNames(stores, clock),
    parameters: { from: rule.from, forMs: rule.forMs, ...(rule.limit && { limitKeys: rule.limit.keys }) },
    create: suppress(stores, clock, rule, old),
  })
  return new Table<K, V>({
    ...stage,
    node: name,
    sendOldValues() {
      old.wanted = stage.sendOldValues()
      return old.wanted
    },
  })
}

/** When a window takes no more records: so long after its end, which may belong to it. Units: ms. */
export interface WindowEnd {
  readonly afterMs: number
  readonly inclusive: boolean
}

/** What a windowed table knows of itself. */
export interface WindowedParts<K> {
  readonly name: string
  readonly key: Serde<K>
  readonly format: RowFormat<unknown>
  readonly clock: ClockStore
  readonly end: WindowEnd
  /** The nodes that aggregate. */
  readonly keepers: readonly string[]
  readonly closing: Closing
}

/** An aggregate a key and window. `T` is null where a window can go away again, as a merged session does. */
export class WindowedTable<K, A, T extends null> extends Table<Windowed<K>, A | T> {
  readonly #parts: WindowedParts<K>

  constructor(stage: TableStage<Windowed<K>, A | T>, parts: WindowedParts<K>) {
    super(stage)
    this.#parts = parts
  }

  /** Every update of a window, as a stream. The same as `toStream`, said as the opposite of `onClose`. */
  onUpdate(): Stream<Windowed<K>, A | T> {
    return this.toStream()
  }

  /**
   * Each window once, when it has closed. Windows that wait are in the store `<name>-open`. `idle` also closes all of them
   * when no record has come for so long by the wall clock; what comes later is late.
   */
  onClose(options: { readonly idle?: Duration } = {}): Stream<Windowed<K>, A> {
    const { name, key, format, clock, end, keepers, closing } = this.#parts
    const { plan } = this.stage
    const open = openWindows(name, key, format)
    plan.builder.addStore(open)
    const close = plan.process({
      name: `${name}/on-close`,
      operator: 'on-close',
      parents: keepers,
      stores: [open.name, clock.name],
      parameters: { ...end },
      create: windowClose({ ...end, open, clock, idle: options.idle }),
    })
    closing.node = close
    const value = this.stage.value as Serde<A> | undefined
    return new Stream<Windowed<K>, A>({ plan, node: close, key: this.stage.key, value, rekeyed: false })
  }

  /**
   * Holds the updates of each window back until it has closed, in a store of that name. As `onClose`, for a result that is
   * a table again. Time is that of the updates. `limit` says how many windows may wait before the worker stops.
   */
  suppressUntilClose(options: {
    readonly name: string
    readonly limit?: SuppressLimit & { readonly then: 'stop' }
  }): Table<Windowed<K>, A> {
    const { key, format, end } = this.#parts
    const stores = suppressStores(options.name, timeWindowFormat<unknown>(key) as RowFormat<unknown>, format)
    const forMs = end.afterMs + (end.inclusive ? 1 : 0)
    return addSuppress(this.stage as TableStage<Windowed<K>, A>, options.name, stores, {
      from: 'window',
      forMs,
      limit: options.limit,
    })
  }
}
