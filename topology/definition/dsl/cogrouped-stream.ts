import { TopologyError } from '../errors.ts'
import type { Serde } from '../serde.ts'
import { type FormatOption, formatOf } from '../stores/layout.ts'
import { type Aggregation, adding, aggregatePrefetch, type GroupedInput, type GroupedStream } from './grouped-stream.ts'
import { keyValueAggregate, type Step } from './key-value-aggregate.ts'
import { passOn } from './late-output.ts'
import type { OldValues } from './stage.ts'
import { Table } from './table.ts'
import { keptStage, operatorStore } from './table-nodes.ts'
import { storeLookup } from './table-source.ts'

/** One of the grouped streams, and how its values are added. */
export interface CogroupInput<K> {
  readonly grouped: GroupedInput<K>
  readonly add: Step
}

/** Several grouped streams of one key that are aggregated into one value. Source: `KStream#cogroup` (KIP-150). */
export class CogroupedStream<K, A> {
  readonly #inputs: readonly CogroupInput<K>[]

  constructor(inputs: readonly CogroupInput<K>[]) {
    this.#inputs = inputs
  }

  /** Adds another grouped stream. */
  cogroup<V>(
    grouped: GroupedStream<K, V>,
    add: (aggregate: A, value: NonNullable<V>, key: K) => A,
  ): CogroupedStream<K, A> {
    return new CogroupedStream<K, A>([...this.#inputs, { grouped, add: add as Step }])
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
    return new Table(keptStage<K, A>(plan, name, storeLookup(store), old, serdes))
  }
}
