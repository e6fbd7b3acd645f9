import { TopologyError } from '../../definition/errors.ts'
import type { Serde } from '../../definition/serde.ts'
import { type FormatOption, formatOf } from '../../definition/stores/layout.ts'
import type { AnyTopic } from '../../definition/topic.ts'
import type { FitsLate } from '../functions.ts'
import { passOn } from '../late-output.ts'
import type { OldValues } from '../stage.ts'
import type { Table } from '../tables/table.ts'
import { keptStage, operatorStore } from '../tables/table-nodes.ts'
import { storeLookup } from '../tables/table-source.ts'
import { type CogroupInput, SessionWindowedCogroup, WindowedCogroup } from '../windows/windowed-cogroup.ts'
import type { SessionWindows, SlidingWindows, TimeWindows } from '../windows/windows.ts'
import { type Aggregation, adding, aggregatePrefetch } from './aggregation.ts'
import type { GroupedStream } from './grouped-stream.ts'
import { type Fold, keyValueAggregate } from './key-value-aggregate.ts'

/**
 * Several grouped streams of one key that are aggregated into one value. `V`: the values of all of them. Null keys and values
 * are left out. Source: `KStream#cogroup` (KIP-150).
 */
export class CogroupedStream<K, A, V = unknown> {
  readonly #inputs: readonly CogroupInput<K>[]

  constructor(inputs: readonly CogroupInput<K>[]) {
    this.#inputs = inputs
  }

  /** Adds another grouped stream. */
  cogroup<V2>(
    grouped: GroupedStream<K, V2>,
    add: (aggregate: A, value: NonNullable<V2>, key: K) => A,
  ): CogroupedStream<K, A, V | V2> {
    return new CogroupedStream<K, A, V | V2>([...this.#inputs, { grouped, add: add as Fold }])
  }

  /** Aggregates in windows of time; each input closes them by the time of its own records. */
  windowed<L extends AnyTopic = never>(
    windows: (TimeWindows<L> | SlidingWindows<L>) & FitsLate<K, V, L>,
  ): WindowedCogroup<K, A>
  windowed<L extends AnyTopic = never>(windows: SessionWindows<L> & FitsLate<K, V, L>): SessionWindowedCogroup<K, A>
  windowed(
    windows: TimeWindows<AnyTopic> | SlidingWindows<AnyTopic> | SessionWindows<AnyTopic>,
  ): WindowedCogroup<K, A> | SessionWindowedCogroup<K, A> {
    if (windows.kind === 'session') return new SessionWindowedCogroup<K, A>(this.#inputs, windows)
    return new WindowedCogroup<K, A>(this.#inputs, windows)
  }

  /** Aggregates them, in a store of that name. Each input whose key was changed must have a name of its own. */
  aggregate(name: string, options: Omit<Aggregation<K, never, A>, 'add'>): Table<K, A> {
    const { init, value, updates = 'each' } = options
    const format = formatOf('value', value)
    const inputs = this.#inputs.map(({ grouped, add }, index) => ({
      ...grouped.input(`${name}-${index + 1}`, true),
      add,
    }))
    const [first] = inputs
    if (first === undefined) throw new TopologyError('INTERNAL', `cogroup '${name}' has no input`)
    const { plan, key } = first
    const store = operatorStore(name, key, format as FormatOption<unknown>)
    const old: OldValues = { wanted: false }
    plan.builder.addStore(store)
    const parents = inputs.map(({ node, add }) =>
      plan.process({
        name: plan.nameFor(name, 'add'),
        operator: 'aggregate',
        keepsKey: true,
        parents: [node],
        stores: [store.name],
        functions: [init, add],
        prefetch: aggregatePrefetch(store),
        create: keyValueAggregate(store, adding(init as never, add), old, updates),
      }),
    )
    plan.process({ name, operator: 'cogroup', parents, keepsKey: true, create: passOn })
    const serdes = { key, value: format.serde as Serde<NonNullable<A>> }
    return plan.makers.table(keptStage<K, A>(plan, name, storeLookup(store), old, serdes))
  }
}
