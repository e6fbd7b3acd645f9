import type { AnyTopic } from '../../definition/topic.ts'
import { type Aggregation, adding, type GroupedInput } from '../streams/aggregation.ts'
import type { Fold } from '../streams/key-value-aggregate.ts'
import type { Merge } from './session-aggregate.ts'
import { addSessionAggregate, addWindowAggregate } from './windowed-nodes.ts'
import type { WindowedTable } from './windowed-table.ts'
import type { SessionWindows, SlidingWindows, TimeWindows } from './windows.ts'

/** One of the grouped streams, and how its values are added. */
export interface CogroupInput<K> {
  readonly grouped: GroupedInput<K>
  readonly add: Fold
}

/** Several grouped streams in windows of time, ready to be aggregated. Source: `TimeWindowedCogroupedKStream` (KIP-150). */
export class WindowedCogroup<K, A> {
  readonly #inputs: readonly CogroupInput<K>[]
  readonly #windows: TimeWindows<AnyTopic> | SlidingWindows<AnyTopic>

  constructor(inputs: readonly CogroupInput<K>[], windows: TimeWindows<AnyTopic> | SlidingWindows<AnyTopic>) {
    this.#inputs = inputs
    this.#windows = windows
  }

  /** Aggregates each window, in a store of that name. Each input whose key was changed must have a name of its own. */
  aggregate(name: string, options: Omit<Aggregation<K, never, A>, 'add'>): WindowedTable<K, A, never> {
    const { init, ...result } = options
    const inputs = this.#inputs.map(({ grouped, add }) => ({
      grouped,
      step: adding(init as (key: unknown) => unknown, add),
      functions: [init, add],
      needsValue: true,
      withoutNulls: true,
    }))
    const made = addWindowAggregate<K, A>(name, inputs, this.#windows, result)
    return made.stage.plan.makers.windowedTable(made)
  }
}

/** Several grouped streams in sessions, ready to be aggregated. Source: `SessionWindowedCogroupedKStream` (KIP-150). */
export class SessionWindowedCogroup<K, A> {
  readonly #inputs: readonly CogroupInput<K>[]
  readonly #windows: SessionWindows<AnyTopic>

  constructor(inputs: readonly CogroupInput<K>[], windows: SessionWindows<AnyTopic>) {
    this.#inputs = inputs
    this.#windows = windows
  }

  /**
   * Aggregates each session, in a store of that name; `merge` joins two that a record has bridged. Each input whose key was
   * changed must have a name of its own.
   */
  aggregate(
    name: string,
    options: Omit<Aggregation<K, never, A>, 'add'> & {
      readonly merge: (aggregate: NoInfer<A>, other: NoInfer<A>, key: K) => NoInfer<A>
    },
  ): WindowedTable<K, A, null> {
    const { init, merge, ...result } = options
    const inputs = this.#inputs.map(({ grouped, add }) => ({
      grouped,
      step: add,
      functions: [init, add, merge],
      needsValue: true,
      withoutNulls: true,
    }))
    const how = { ...result, init: init as (key: unknown) => unknown, merge: merge as Merge }
    const made = addSessionAggregate<K, A>(name, inputs, this.#windows, how)
    return made.stage.plan.makers.windowedTable(made)
  }
}
