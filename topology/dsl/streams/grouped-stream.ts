import { refuse } from '../../definition/collected-errors.ts'
import { TopologyError } from '../../definition/errors.ts'
import type { Serde } from '../../definition/serde.ts'
import { int64 } from '../../definition/serdes/primitives.ts'
import { type FormatOption, formatOf } from '../../definition/stores/layout.ts'
import type { AnyTopic } from '../../definition/topic.ts'
import type { FitsLate } from '../functions.ts'
import { presenceSerde } from '../internal-serdes.ts'
import { requireSerde } from '../plan.ts'
import type { OldValues, StreamStage } from '../stage.ts'
import type { Table } from '../tables/table.ts'
import { keptStage, operatorStore } from '../tables/table-nodes.ts'
import { storeLookup } from '../tables/table-source.ts'
import { SessionWindowedStream, WindowedStream } from '../windows/windowed-stream.ts'
import type { SessionWindows, SlidingWindows, TimeWindows } from '../windows/windows.ts'
import {
  type Aggregation,
  type AggregationOptions,
  adding,
  aggregatePrefetch,
  counting,
  type GroupedInput,
  type PartitionedInput,
  reducing,
} from './aggregation.ts'
import { CogroupedStream } from './cogrouped-stream.ts'
import { type Fold, keyValueAggregate } from './key-value-aggregate.ts'
import { repartitionedByKey } from './repartition.ts'

/** The records of each key, ready to be aggregated. Null keys and values are left out. */
export class GroupedStream<K, V> implements GroupedInput<K> {
  readonly #stage: StreamStage<unknown, V>
  readonly #key: Serde<K> | undefined
  readonly #name: string | undefined
  #partitioned: StreamStage<unknown, unknown> | undefined

  constructor(stage: Omit<StreamStage<unknown, V>, 'key'> & { readonly key: Serde<K> | undefined }, name?: string) {
    this.#stage = stage
    this.#key = stage.key
    this.#name = name
  }

  /** Counts the records of each key, in a store of that name. */
  count(name: string, options: AggregationOptions = {}): Table<K, bigint> {
    return this.#aggregate<bigint>(name, int64, counting, options, [], false)
  }

  /** Combines the values of each key. */
  reduce(
    name: string,
    combine: (aggregate: NonNullable<V>, value: NonNullable<V>, key: K) => NonNullable<V>,
    options: AggregationOptions = {},
  ): Table<K, NonNullable<V>> {
    const { value } = this.input(name, true)
    const serde = requireSerde(value, 'value', name, this.#stage.node) as Serde<NonNullable<V>>
    return this.#aggregate<NonNullable<V>>(name, serde, reducing(combine as Fold), options, [combine], true)
  }

  /** Aggregates the values of each key. */
  aggregate<A>(name: string, options: Aggregation<K, NonNullable<V>, A>): Table<K, A> {
    const { init, add, value } = options
    return this.#aggregate<A>(name, value, adding(init as never, add as Fold), options, [init, add], true)
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
    return new CogroupedStream<K, A, V>([{ grouped: this, add: add as Fold }])
  }

  /**
   * The records, partitioned by their key. For operators. `needsValue` is true if the values themselves are read. Otherwise it is
   * enough to know that there is a value, and a repartition topic then holds no more than that if the values' serde is not known.
   */
  input(name: string, needsValue: boolean): PartitionedInput<K> {
    const { plan } = this.#stage
    const known = this.#stage.value
    if (this.#partitioned === undefined || (needsValue && this.#partitioned.value !== known)) {
      if (this.#partitioned !== undefined) refuse(this.#sharesPresence(name))
      const value = needsValue || !this.#stage.rekeyed ? known : (known ?? (presenceSerde as Serde<V>))
      this.#partitioned = repartitionedByKey<unknown, V>({ ...this.#stage, value }, this.#name ?? `${name}-by-key`)
    }
    const { node } = this.#partitioned
    return { plan, node, key: requireSerde(this.#key, 'key', name, this.#stage.node), value: known }
  }

  #aggregate<A>(
    name: string,
    value: FormatOption<A>,
    step: Fold,
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
    return plan.makers.table(keptStage<K, A>(plan, keeper, storeLookup(store), old, serdes))
  }

  #sharesPresence(name: string): TopologyError {
    return new TopologyError(
      'TOPOLOGY_INVALID',
      `'${name}' needs the values of a grouping that was first used without them: give groupBy { value: <serde> }`,
    )
  }
}
