import type { Serde } from '../serde.ts'
import { type FormatOption, formatOf, type RowFormat } from '../stores/layout.ts'
import type { AnyTopic } from '../topic.ts'
import { isAbsent } from './change.ts'
import { type ClockStore, clockStore } from './clock.ts'
import {
  type Aggregation,
  type AggregationOptions,
  adding,
  counting,
  type GroupedInput,
  reducing,
} from './grouped-stream.ts'
import { countSerde } from './internal-serdes.ts'
import type { RawStore, Step } from './key-value-aggregate.ts'
import { addOutlets, outletsOf } from './late-output.ts'
import { type Operator, requireSerde } from './plan.ts'
import { type Merge, sessionAggregate } from './session-aggregate.ts'
import { slidingAggregate } from './sliding-aggregate.ts'
import type { OldValues } from './stage.ts'
import { type WindowEnd, WindowedTable } from './table.ts'
import { keptStage, operatorStore } from './table-nodes.ts'
import { storeLookup } from './table-source.ts'
import { type WindowAggregate, windowAggregate, windowPrefetch } from './window-aggregate.ts'
import type { Closing } from './window-results.ts'
import { sessionFormat, timeWindowFormat, type Windowed } from './windowed.ts'
import type { SessionWindows, SlidingWindows, TimeWindows } from './windows.ts'

type Functions = NonNullable<Operator['functions']>

/** The records of each key in windows of time, ready to be aggregated. Null keys are left out. */
export class WindowedStream<K, V> {
  readonly #grouped: GroupedInput<K>
  readonly #windows: TimeWindows<AnyTopic> | SlidingWindows<AnyTopic>

  constructor(grouped: GroupedInput<K>, windows: TimeWindows<AnyTopic> | SlidingWindows<AnyTopic>) {
    this.#grouped = grouped
    this.#windows = windows
  }

  /** How many records each window has, in a store of that name. */
  count(name: string, options: AggregationOptions = {}): WindowedTable<K, bigint, never> {
    return this.#aggregate<bigint>(name, countSerde, counting, options, [], false)
  }

  /** Combines the values of each window. */
  reduce(
    name: string,
    combine: (aggregate: V, value: V, key: K) => V,
    options: AggregationOptions = {},
  ): WindowedTable<K, V, never> {
    const serde = requireSerde(this.#grouped.input(name, true).value, 'value', name, name) as Serde<V>
    return this.#aggregate<V>(name, serde, reducing(combine as Step), options, [combine], true)
  }

  /** Aggregates the values of each window. */
  aggregate<A>(name: string, options: Aggregation<K, V, A>): WindowedTable<K, A, never> {
    const { init, add, value } = options
    return this.#aggregate<A>(name, value, adding(init as never, add as Step), options, [init, add], true)
  }

  #aggregate<A>(
    name: string,
    value: FormatOption<A>,
    step: Step,
    { updates = 'each' }: AggregationOptions,
    functions: Functions,
    needsValue: boolean,
  ): WindowedTable<K, A, never> {
    const windows = this.#windows
    const old: OldValues = { wanted: false }
    const closing: Closing = { node: undefined }
    const end: WindowEnd = { afterMs: windows.graceMs, inclusive: windows.kind === 'sliding' }
    return addWindowedTable<K, A, never>(this.#grouped, windows, timeWindowFormat<unknown>, end, old, closing, {
      name,
      value,
      needsValue,
      node(store, clock) {
        const outlets = outletsOf(name, windows.late)
        const parts: WindowAggregate = { store, clock, step, outlets, results: { old, updates, closing } }
        const { graceMs, retentionMs } = windows
        if (windows.kind === 'sliding') {
          const { differenceMs } = windows
          const parameters = { differenceMs, graceMs, retentionMs }
          const prefetch = keyPrefetch(store)
          return {
            functions,
            operator: 'sliding-aggregate',
            parameters,
            prefetch,
            create: slidingAggregate(windows, parts),
          }
        }
        const { sizeMs, advanceMs } = windows
        const parameters = { sizeMs, advanceMs, graceMs, retentionMs }
        const prefetch = windowPrefetch(windows, parts)
        return {
          functions,
          operator: 'window-aggregate',
          parameters,
          prefetch,
          create: windowAggregate(windows, parts),
        }
      },
    })
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

  /** How many records each session has, in a store of that name. */
  count(name: string, options: AggregationOptions = {}): WindowedTable<K, bigint, null> {
    return this.#aggregate<bigint>(
      name,
      { ...options, value: countSerde, init: () => 0n, add: count => count + 1n, merge: (a, b) => a + b },
      [],
      false,
    )
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
    functions: Functions,
    needsValue: boolean,
  ): WindowedTable<K, A, null> {
    const { init, add, merge, value, updates = 'each' } = options
    const windows = this.#windows
    const { gapMs, graceMs, retentionMs } = windows
    const old: OldValues = { wanted: false }
    const closing: Closing = { node: undefined }
    const end: WindowEnd = { afterMs: graceMs + gapMs, inclusive: true }
    return addWindowedTable<K, A, null>(this.#grouped, windows, sessionFormat<unknown>, end, old, closing, {
      name,
      value,
      needsValue,
      node: (store, clock) => ({
        functions,
        operator: 'session-aggregate',
        parameters: { gapMs, graceMs, retentionMs },
        prefetch: keyPrefetch(store),
        create: sessionAggregate(windows, {
          store,
          clock,
          init: init as (key: unknown) => unknown,
          add: add as Step,
          merge: merge as Merge,
          outlets: outletsOf(name, windows.late),
          results: { old, updates, closing },
        }),
      }),
    })
  }
}

interface WindowedNode {
  readonly name: string
  readonly value: FormatOption<unknown>
  readonly needsValue: boolean
  node(store: RawStore, clock: ClockStore): Omit<Operator, 'name' | 'parents' | 'stores'>
}

/** Adds the store, the clock and the node of a windowed aggregation. */
function addWindowedTable<K, A, T extends null>(
  grouped: GroupedInput<K>,
  windows: TimeWindows<AnyTopic> | SlidingWindows<AnyTopic> | SessionWindows<AnyTopic>,
  keyFormat: (key: Serde<unknown>) => RowFormat<Windowed<unknown>>,
  end: WindowEnd,
  old: OldValues,
  closing: Closing,
  { name, value, needsValue, node }: WindowedNode,
): WindowedTable<K, A, T> {
  const input = grouped.input(name, needsValue)
  const { plan, key } = input
  const format = formatOf('value', value)
  const windowKey = keyFormat(key)
  const definition = operatorStore(name, windowKey as RowFormat<unknown>, format)
  const type = windows.kind === 'session' ? 'session' : 'window'
  const store: RawStore = { ...definition, type, retentionMs: windows.retentionMs, retainedBy: 1 }
  const clock = clockStore(name)
  plan.builder.addStore(store)
  plan.builder.addStore(clock)
  const keeper = plan.process({
    ...node(store, clock),
    name: plan.keeperName(name, input.node, 'aggregate'),
    parents: [input.node],
    stores: [store.name, clock.name],
  })
  const results = addOutlets(plan, name, keeper, windows.late)
  const serdes = { key: windowKey.serde as Serde<Windowed<K>>, value: format.serde as Serde<NonNullable<A | T>> }
  const stage = keptStage<Windowed<K>, A | T>(plan, results, storeLookup(store), old, serdes)
  return new WindowedTable<K, A, T>(stage, { name, key, format, clock, end, keeper, closing })
}

/** All windows of the record's key. */
function keyPrefetch(store: RawStore) {
  return (record: { readonly key: unknown }) => (isAbsent(record.key) ? {} : { [store.name]: [[record.key]] })
}
