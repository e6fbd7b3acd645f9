import type { Serde } from '../../definition/serde.ts'
import { type FormatOption, formatOf, type RowFormat } from '../../definition/stores/layout.ts'
import type { AnyTopic } from '../../definition/topic.ts'
import { isAbsent } from '../change.ts'
import { clockStore } from '../clock.ts'
import { addOutlets, outletsOf } from '../late-output.ts'
import type { Operator } from '../plan.ts'
import type { OldValues } from '../stage.ts'
import { streamTimeRows } from '../stream-time.ts'
import type { AggregationOptions, GroupedInput } from '../streams/aggregation.ts'
import type { Fold, RawStore } from '../streams/key-value-aggregate.ts'
import { keptStage, operatorStore } from '../tables/table-nodes.ts'
import { storeLookup } from '../tables/table-source.ts'
import { type Merge, sessionAggregate } from './session-aggregate.ts'
import { slidingAggregate } from './sliding-aggregate.ts'
import { type WindowAggregate, windowAggregate, windowPrefetch } from './window-aggregate.ts'
import type { Closing } from './window-results.ts'
import { sessionFormat, timeWindowFormat, type Windowed } from './windowed.ts'
import type { WindowEnd, WindowedStage } from './windowed-stage.ts'
import type { SessionWindows, SlidingWindows, TimeWindows } from './windows.ts'

/** An input of a windowed aggregation, and how its values are added; to sessions they are added after `init`. */
export interface WindowedInput<K> {
  readonly grouped: GroupedInput<K>
  readonly step: Fold
  readonly functions: NonNullable<Operator['functions']>
  readonly needsValue: boolean
  /** The functions take no null values. */
  readonly withoutNulls: boolean
}

/** The form of a windowed aggregation's results. */
interface WindowedResult<A> extends AggregationOptions {
  readonly value: FormatOption<A>
}

/** Aggregates one or several inputs in tumbling, hopping or sliding windows. */
export function addWindowAggregate<K, A>(
  name: string,
  inputs: readonly WindowedInput<K>[],
  windows: TimeWindows<AnyTopic> | SlidingWindows<AnyTopic>,
  result: WindowedResult<A>,
): WindowedStage<K, A, never> {
  const { graceMs, retentionMs } = windows
  const end: WindowEnd = { afterMs: graceMs, inclusive: windows.kind === 'sliding' }
  return addWindowedTable<K, A, never>(name, inputs, windows, result, timeWindowFormat<unknown>, end, parts => {
    if (windows.kind === 'sliding')
      return {
        operator: 'sliding-aggregate',
        parameters: { differenceMs: windows.differenceMs, graceMs, retentionMs },
        prefetch: keyPrefetch(parts, 'window-start'),
        create: slidingAggregate(windows, parts),
      }
    return {
      operator: 'window-aggregate',
      parameters: { sizeMs: windows.sizeMs, advanceMs: windows.advanceMs, graceMs, retentionMs },
      prefetch: windowPrefetch(windows, parts),
      create: windowAggregate(windows, parts),
    }
  })
}

/** Aggregates one or several inputs in sessions. */
export function addSessionAggregate<K, A>(
  name: string,
  inputs: readonly WindowedInput<K>[],
  windows: SessionWindows<AnyTopic>,
  result: WindowedResult<A> & { readonly init: (key: unknown) => unknown; readonly merge: Merge },
): WindowedStage<K, A, null> {
  const { gapMs, graceMs, retentionMs } = windows
  const { init, merge } = result
  const end: WindowEnd = { afterMs: graceMs + gapMs, inclusive: true }
  return addWindowedTable<K, A, null>(name, inputs, windows, result, sessionFormat<unknown>, end, parts => ({
    operator: 'session-aggregate',
    parameters: { gapMs, graceMs, retentionMs },
    prefetch: keyPrefetch(parts, 'session-end'),
    create: sessionAggregate(windows, { ...parts, init, add: parts.step, merge }),
  }))
}

/** Adds the store, the clock and the nodes of a windowed aggregation. */
function addWindowedTable<K, A, T extends null>(
  name: string,
  inputs: readonly WindowedInput<K>[],
  windows: TimeWindows<AnyTopic> | SlidingWindows<AnyTopic> | SessionWindows<AnyTopic>,
  { value, updates = 'each' }: WindowedResult<unknown>,
  keyFormat: (key: Serde<unknown>) => RowFormat<Windowed<unknown>>,
  end: WindowEnd,
  operator: (parts: WindowAggregate) => Omit<Operator, 'name' | 'parents' | 'stores' | 'functions'>,
): WindowedStage<K, A, T> {
  const several = inputs.length > 1
  const partitioned = inputs.map(({ grouped, needsValue }, index) =>
    grouped.input(several ? `${name}-${index + 1}` : name, needsValue),
  )
  const { plan, key } = partitioned[0] as (typeof partitioned)[0]
  const format = formatOf('value', value)
  const windowKey = keyFormat(key)
  const definition = operatorStore(name, windowKey as RowFormat<unknown>, format)
  const type = windows.kind === 'session' ? 'session' : 'window'
  const store: RawStore = { ...definition, type, retentionMs: windows.retentionMs, retainedBy: 1 }
  const clock = clockStore(name)
  plan.builder.addStore(store)
  plan.builder.addStore(clock)
  const old: OldValues = { wanted: false }
  const closing: Closing = { node: undefined }
  const outlets = outletsOf(name, windows.late)
  const keepers = partitioned.map(({ node }, index) => {
    const { step, functions, withoutNulls } = inputs[index] as WindowedInput<K>
    const input = several && { input: `${index + 1}` }
    return plan.process({
      ...operator({ store, clock, step, outlets, results: { old, updates, closing }, withoutNulls, ...input }),
      functions,
      name: several ? plan.nameFor(name, 'add') : plan.keeperName(name, node, 'aggregate'),
      parents: [node],
      stores: [store.name, clock.name],
    })
  })
  const results = addOutlets(plan, name, keepers, windows.late)
  const serdes = { key: windowKey.serde as Serde<Windowed<K>>, value: format.serde as Serde<NonNullable<A | T>> }
  const stage = {
    ...keptStage<Windowed<K>, A | T>(plan, results, storeLookup(store), old, serdes),
    keyFormat: windowKey as RowFormat<unknown>,
  }
  return { stage, parts: { name, key, format, clock, end, keepers, closing } }
}

/** All windows of the record's key, and the times; `latest` is that of the store. */
function keyPrefetch({ store, clock, input }: WindowAggregate, latest: 'window-start' | 'session-end') {
  const times = [...streamTimeRows(input), [latest]]
  return (record: { readonly key: unknown }) =>
    isAbsent(record.key) ? {} : { [store.name]: [[record.key]], [clock.name]: times }
}
