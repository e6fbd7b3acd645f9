import type { Serde } from '../../definition/serde.ts'
import { int64 } from '../../definition/serdes/primitives.ts'
import type { FormatOption } from '../../definition/stores/layout.ts'
import type { AnyTopic } from '../../definition/topic.ts'
import { requireSerde } from '../plan.ts'
import {
  type Aggregation,
  type AggregationOptions,
  adding,
  counting,
  type GroupedInput,
  reducing,
} from '../streams/aggregation.ts'
import type { Fold } from '../streams/key-value-aggregate.ts'
import type { Merge } from './session-aggregate.ts'
import { addSessionAggregate, addWindowAggregate, type WindowedInput } from './windowed-nodes.ts'
import type { WindowedTable } from './windowed-table.ts'
import type { SessionWindows, SlidingWindows, TimeWindows } from './windows.ts'

/** The records of each key in windows of time, ready to be aggregated. Null keys are left out. */
export class WindowedStream<K, V> {
  readonly #grouped: GroupedInput<K>
  readonly #windows: TimeWindows<AnyTopic> | SlidingWindows<AnyTopic>

  constructor(grouped: GroupedInput<K>, windows: TimeWindows<AnyTopic> | SlidingWindows<AnyTopic>) {
    this.#grouped = grouped
    this.#windows = windows
  }

  /** Counts the records of each window, in a store of that name. */
  count(name: string, options: AggregationOptions = {}): WindowedTable<K, bigint, never> {
    return this.#aggregate<bigint>(name, int64, counting, options, [], false)
  }

  /** Combines the values of each window. */
  reduce(
    name: string,
    combine: (aggregate: V, value: V, key: K) => V,
    options: AggregationOptions = {},
  ): WindowedTable<K, V, never> {
    const serde = requireSerde(this.#grouped.input(name, true).value, 'value', name, name) as Serde<V>
    return this.#aggregate<V>(name, serde, reducing(combine as Fold), options, [combine], true)
  }

  /** Aggregates the values of each window. */
  aggregate<A>(name: string, options: Aggregation<K, V, A>): WindowedTable<K, A, never> {
    const { init, add, value } = options
    return this.#aggregate<A>(name, value, adding(init as never, add as Fold), options, [init, add], true)
  }

  #aggregate<A>(
    name: string,
    value: FormatOption<A>,
    step: Fold,
    options: AggregationOptions,
    functions: WindowedInput<K>['functions'],
    needsValue: boolean,
  ): WindowedTable<K, A, never> {
    const input: WindowedInput<K> = { grouped: this.#grouped, step, functions, needsValue, withoutNulls: false }
    const made = addWindowAggregate<K, A>(name, [input], this.#windows, { ...options, value })
    return made.stage.plan.makers.windowedTable(made)
  }
}

/** The records of each key in sessions, ready to be aggregated. Null keys are left out. */
export class SessionWindowedStream<K, V> {
  readonly #grouped: GroupedInput<K>
  readonly #windows: SessionWindows<AnyTopic>

  constructor(grouped: GroupedInput<K>, windows: SessionWindows<AnyTopic>) {
    this.#grouped = grouped
    this.#windows = windows
  }

  /** Counts the records of each session, in a store of that name. */
  count(name: string, options: AggregationOptions = {}): WindowedTable<K, bigint, null> {
    return this.#aggregate<bigint>(
      name,
      { ...options, value: int64, init: () => 0n, add: count => count + 1n, merge: (a, b) => a + b },
      [],
      false,
    )
  }

  /** Combines the values of each session, and those of two sessions that a record has bridged. */
  reduce(
    name: string,
    combine: (aggregate: V, value: V, key: K) => V,
    options: AggregationOptions = {},
  ): WindowedTable<K, V, null> {
    const value = requireSerde(this.#grouped.input(name, true).value, 'value', name, name) as Serde<V>
    const add = reducing(combine as Fold) as (aggregate: V, value: V, key: K) => V
    return this.#aggregate<V>(name, { ...options, value, init: () => undefined as V, add, merge: add }, [combine], true)
  }

  /** Aggregates the values of each session; `merge` joins two sessions that a record has bridged. */
  aggregate<A>(
    name: string,
    options: Aggregation<K, V, A> & {
      readonly merge: (aggregate: NoInfer<A>, other: NoInfer<A>, key: K) => NoInfer<A>
    },
  ): WindowedTable<K, A, null> {
    return this.#aggregate<A>(name, options, [options.init, options.add, options.merge], true)
  }

  #aggregate<A>(
    name: string,
    options: Aggregation<K, V, A> & { readonly merge: (aggregate: A, other: A, key: K) => A },
    functions: WindowedInput<K>['functions'],
    needsValue: boolean,
  ): WindowedTable<K, A, null> {
    const { init, add, merge, ...result } = options
    const input: WindowedInput<K> = {
      grouped: this.#grouped,
      step: add as Fold,
      functions,
      needsValue,
      withoutNulls: false,
    }
    const how = { ...result, init: init as (key: unknown) => unknown, merge: merge as Merge }
    const made = addSessionAggregate<K, A>(name, [input], this.#windows, how)
    return made.stage.plan.makers.windowedTable(made)
  }
}
