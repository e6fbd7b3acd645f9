import { TopologyError } from '../../definition/errors.ts'
import type { Serde } from '../../definition/serde.ts'
import { type FormatOption, formatOf } from '../../definition/stores/layout.ts'
import type { AnyTopic } from '../../definition/topic.ts'
import { isAbsent } from '../change.ts'
import type { FitsLate } from '../functions.ts'
import { countSerde, presenceSerde } from '../internal-serdes.ts'
import { type Plan, requireSerde } from '../plan.ts'
import type { OldValues, StreamStage } from '../stage.ts'
import { Table } from '../tables/table.ts'
import { keptStage, operatorStore } from '../tables/table-nodes.ts'
import { storeLookup } from '../tables/table-source.ts'
import { SessionWindowedStream, WindowedStream } from '../windows/windowed-stream.ts'
import type { SessionWindows, SlidingWindows, TimeWindows } from '../windows/windows.ts'
import { CogroupedStream } from './cogrouped-stream.ts'
import { keyValueAggregate, type RawStore, type Step, type Updates } from './key-value-aggregate.ts'
import { repartitionedByKey } from './repartition.ts'

/** What every aggregation may be told. */
export interface AggregationOptions {
  /** Unset: `each`. */
  readonly updates?: Updates
}

/** How values are aggregated. `value` says how the aggregate is written: a serde, or a format of several columns. */
export interface Aggregation<K, V, A> extends AggregationOptions {
  readonly init: (key: K) => NoInfer<A>
  readonly add: (aggregate: NoInfer<A>, value: V, key: K) => NoInfer<A>
  readonly value: FormatOption<A>
}

/** Records partitioned by their key: what an aggregation reads. */
export interface PartitionedInput<K> {
  readonly plan: Plan
  readonly node: string
  readonly key: Serde<K>
  readonly value: Serde<unknown> | undefined
}

/** A grouped stream of any values, as the aggregations see it. */
export interface GroupedInput<K> {
  input(name: string, needsValue: boolean): PartitionedInput<K>
}

/** The records of each key, ready to be aggregated. Null keys and values are left out. */
export class GroupedStream<K, V> {
  readonly #stage: StreamStage<unknown, V>
  readonly #key: Serde<K> | undefined
  readonly #name: string | undefined
  #partitioned: StreamStage<unknown, unknown> | undefined

  constructor(stage: Omit<StreamStage<unknown, V>, 'key'> & { readonly key: Serde<K> | undefined }, name?: string) {
    this.#stage = stage
    this.#key = stage.key
    this.#name = name
  }

  /** How many records each key has, in a store of that name. */
  count(name: string, options: AggregationOptions = {}): Table<K, bigint> {
    return this.#aggregate<bigint>(name, countSerde, counting, options, [], false)
  }

  /** Combines the values of each key. */
  reduce(
    name: string,
    combine: (aggregate: NonNullable<V>, value: NonNullable<V>, key: K) => NonNullable<V>,
    options: AggregationOptions = {},
  ): Table<K, NonNullable<V>> {
    const { value } = this.input(name, true)
    const serde = requireSerde(value, 'value', name, this.#stage.node) as Serde<NonNullable<V>>
    return this.#aggregate<NonNullable<V>>(name, serde, reducing(combine as Step), options, [combine], true)
  }

  /** Aggregates the values of each key. */
  aggregate<A>(name: string, options: Aggregation<K, NonNullable<V>, A>): Table<K, A> {
    const { init, add, value } = options
    return this.#aggregate<A>(name, value, adding(init as never, add as Step), options, [init, add], true)
  }

  /** Aggregates in windows of time. */
  windowed<L extends AnyTopic = never>(
    windows: (TimeWindows<L> | SlidingWindows<L>) & FitsLate<K, V, L>,
  ): WindowedStream<K, V>
  windowed<L extends AnyTopic = never>(windows: SessionWindows<L> & FitsLate<K, V, L>): SessionWindowedStream<K, V>
  windowed(
    windows: TimeWindows<AnyTopic> | SlidingWindows<AnyTopic> | SessionWindows<AnyTopic>,
  ): WindowedStream<K, V> | SessionWindowedStream<K, V> {
    if (windows.kind === 'session') return new SessionWindowedStream<K, V>(this, windows)
    return new WindowedStream<K, V>(this, windows)
  }

  /** Aggregates several grouped streams into one: this one by `add`. */
  cogroup<A>(add: (aggregate: A, value: NonNullable<V>, key: K) => A): CogroupedStream<K, A, V> {
    return new CogroupedStream<K, A, V>([{ grouped: this, add: add as Step }])
  }

  /**
   * The records, partitioned by their key. For operators. `needsValue`: the values themselves are read; else whether
   * there is one is enough, and a repartition topic holds no more where their serde is not known.
   */
  input(name: string, needsValue: boolean): PartitionedInput<K> {
    const { plan } = this.#stage
    const known = this.#stage.value
    if (this.#partitioned === undefined || (needsValue && this.#partitioned.value !== known)) {
      if (this.#partitioned !== undefined) throw this.#sharesPresence(name)
      const value = needsValue || !this.#stage.rekeyed ? known : (known ?? (presenceSerde as Serde<V>))
      this.#partitioned = repartitionedByKey<unknown, V>({ ...this.#stage, value }, this.#name ?? `${name}-by-key`)
    }
    const { node } = this.#partitioned
    return { plan, node, key: requireSerde(this.#key, 'key', name, this.#stage.node), value: known }
  }

  #aggregate<A>(
    name: string,
    value: FormatOption<A>,
    step: Step,
    { updates = 'each' }: AggregationOptions,
    functions: readonly ((...parameters: never[]) => unknown)[],
    needsValue: boolean,
  ): Table<K, A> {
    const { plan, node, key } = this.input(name, needsValue)
    const format = formatOf('value', value)
    const store = operatorStore(name, key, format as FormatOption<unknown>)
    const old: OldValues = { wanted: false }
    plan.builder.addStore(store)
    const keeper = plan.process({
      name: plan.keeperName(name, node, 'aggregate'),
      operator: 'aggregate',
      keepsKey: true,
      parents: [node],
      stores: [store.name],
      functions,
      prefetch: aggregatePrefetch(store),
      create: keyValueAggregate(store, step, old, updates),
    })
    const serdes = { key, value: format.serde as Serde<NonNullable<A>> }
    return new Table(keptStage<K, A>(plan, keeper, storeLookup(store), old, serdes))
  }

  #sharesPresence(name: string): TopologyError {
    return new TopologyError(
      'TOPOLOGY_INVALID',
      `'${name}' needs the values of a grouping that was first used without them: give groupBy { value: <serde> }`,
    )
  }
}

/** Keys that an aggregation reads. */
export function aggregatePrefetch(store: RawStore) {
  return (record: { readonly key: unknown; readonly value: unknown }) =>
    isAbsent(record.key) || isAbsent(record.value) ? {} : { [store.name]: [store.key.split(record.key)] }
}

/** Counts. */
export const counting: Step = count => ((count as bigint | undefined) ?? 0n) + 1n

/** The first value as it is, then combined. */
export function reducing(combine: Step): Step {
  return (aggregate, value, key) => (isAbsent(aggregate) ? value : combine(aggregate, value, key))
}

/** From `init` on, values added. */
export function adding(init: (key: unknown) => unknown, add: Step): Step {
  return (aggregate, value, key) => add(isAbsent(aggregate) ? init(key) : aggregate, value, key)
}
