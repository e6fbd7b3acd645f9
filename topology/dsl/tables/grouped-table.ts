import type { Serde } from '../../definition/serde.ts'
import { boolean, int64 } from '../../definition/serdes/primitives.ts'
import { tupleSerde } from '../../definition/serdes/tuple-serde.ts'
import { type FormatOption, formatOf, single } from '../../definition/stores/layout.ts'
import { type Change, isAbsent } from '../change.ts'
import { optionalSerde } from '../internal-serdes.ts'
import { sameParts } from '../joins/foreign-key-join.ts'
import { type OldValues, requireOldValues, type TableStage } from '../stage.ts'
import { tableAggregate, type Updates } from '../streams/key-value-aggregate.ts'
import type { Table } from './table.ts'
import { keptStage, operatorStore } from './table-nodes.ts'
import { type Regroup, regroup } from './table-operators.ts'
import { storeLookup } from './table-source.ts'

/** A count goes up and down by one; the same functions each time, so that the same topology made twice is the same. */
const counting = {
  value: int64,
  init: () => 0n,
  add: (count: bigint) => count + 1n,
  subtract: (count: bigint) => count - 1n,
}

/** A table's values under other keys, ready to be aggregated. */
export class GroupedTable<K, V> {
  readonly #stage: TableStage<unknown, unknown>
  readonly #select: Regroup
  readonly #options: { readonly name: string; readonly key: Serde<K>; readonly value: Serde<V> }
  #node: string | undefined

  constructor(
    stage: TableStage<unknown, unknown>,
    select: Regroup,
    options: { readonly name: string; readonly key: Serde<K>; readonly value: Serde<V> },
  ) {
    this.#stage = stage
    this.#select = select
    this.#options = options
  }

  /** Counts the values of each group. */
  count(name: string, options: { readonly updates?: Updates } = {}): Table<K, bigint> {
    return this.aggregate(name, { ...options, ...counting })
  }

  /** Combines the values of each group: `add` puts one in, `subtract` takes one out. */
  reduce(
    name: string,
    options: {
      readonly add: (aggregate: V, value: V, key: K) => V
      readonly subtract: (aggregate: V, value: V, key: K) => V
      readonly updates?: Updates
    },
  ): Table<K, V> {
    const { add, subtract, updates } = options
    const first = (aggregate: unknown, value: unknown, key: unknown) =>
      isAbsent(aggregate) ? value : add(aggregate as V, value as V, key as K)
    return this.#aggregate<V>(name, this.#options.value, () => undefined, first, subtract as never, updates, [
      add,
      subtract,
    ])
  }

  /** Aggregates the values of each group: `add` puts one in, `subtract` takes one out. */
  aggregate<A>(
    name: string,
    options: {
      readonly init: (key: K) => NoInfer<A>
      readonly add: (aggregate: NoInfer<A>, value: V, key: K) => NoInfer<A>
      readonly subtract: (aggregate: NoInfer<A>, value: V, key: K) => NoInfer<A>
      readonly value: FormatOption<A>
      readonly updates?: Updates
    },
  ): Table<K, A> {
    const { init, add, subtract, value, updates } = options
    return this.#aggregate<A>(name, value, init as never, add as never, subtract as never, updates, [
      init,
      add,
      subtract,
    ])
  }

  #aggregate<A>(
    name: string,
    value: FormatOption<A>,
    init: (key: unknown) => unknown,
    add: (aggregate: unknown, value: unknown, key: unknown) => unknown,
    subtract: (aggregate: unknown, value: unknown, key: unknown) => unknown,
    updates: Updates = 'each',
    functions: readonly ((...parameters: never[]) => unknown)[],
  ): Table<K, A> {
    const { plan } = this.#stage
    const format = formatOf('value', value)
    const store = operatorStore(name, this.#options.key, format as FormatOption<unknown>)
    const old: OldValues = { wanted: false }
    plan.builder.addStore(store)
    plan.process({
      name,
      operator: 'table-aggregate',
      keepsKey: true,
      parents: [this.#regrouped()],
      stores: [store.name],
      functions,
      prefetch: record => (isAbsent(record.key) ? {} : { [store.name]: [store.key.split(record.key)] }),
      create: tableAggregate(store, init, add, subtract, old, updates),
    })
    const serdes = { key: this.#options.key, value: format.serde as Serde<NonNullable<A>> }
    return plan.makers.table(keptStage<K, A>(plan, name, storeLookup(store), old, serdes))
  }

  /** The repartition node, made once for all aggregations of this grouping. */
  #regrouped(): string {
    if (this.#node !== undefined) return this.#node
    const { plan, node } = this.#stage
    const { name, key, value } = this.#options
    requireOldValues(this.#stage, name)
    const keys = single<unknown>('key', key)
    const select = regroup(this.#select, (a, b) => sameParts(keys, a, b), this.#stage.versioned)
    const parent = plan.stateless(node, 'regroup', [this.#select], select)
    this.#node = plan.repartition(name, { parents: [parent], key, value: changeSerde(value) })
    return this.#node
  }
}

/** Wire form of a change in a repartition topic: a tuple of new value or nothing, old value or nothing, and `latest`. */
function changeSerde(value: Serde<unknown>): Serde<unknown> {
  const side = optionalSerde(value)
  return tupleSerde([
    [undefined, side],
    [undefined, side],
    ['latest', boolean],
  ]).mapped<unknown>(
    change => {
      const { newValue, oldValue, latest } = change as Change
      return [newValue, oldValue, latest]
    },
    ([newValue, oldValue, latest]) => ({ newValue, oldValue, latest }),
  )
}
