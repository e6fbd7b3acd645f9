import type { Serde } from '../../definition/serde.ts'
import type { FormatOption } from '../../definition/stores/layout.ts'
import { isAbsent } from '../change.ts'
import { atOnce } from '../functions.ts'
import type { Plan } from '../plan.ts'
import type { Fold, RawStore, Updates } from './key-value-aggregate.ts'

/** The options of every aggregation. */
export interface AggregationOptions {
  /** Unset: `each`. */
  readonly updates?: Updates
}

/** The functions that aggregate values. `value` is the written form of the aggregate: a serde, or a format of several columns. */
export interface Aggregation<K, V, A> extends AggregationOptions {
  readonly init: (key: K) => NoInfer<A>
  readonly add: (aggregate: NoInfer<A>, value: V, key: K) => NoInfer<A>
  readonly value: FormatOption<A>
}

/** Records partitioned by their key, as an aggregation reads them. */
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

/** Keys that an aggregation reads. */
export function aggregatePrefetch(store: RawStore) {
  return (record: { readonly key: unknown; readonly value: unknown }) =>
    isAbsent(record.key) || isAbsent(record.value) ? {} : { [store.name]: [store.key.split(record.key)] }
}

/** Adds one to a count. */
export const counting: Fold = count => ((count as bigint | undefined) ?? 0n) + 1n

/** Keeps the first value as it is, and combines later ones with it. */
export function reducing(combine: Fold): Fold {
  return (aggregate, value, key) => (isAbsent(aggregate) ? value : combine(aggregate, value, key))
}

/** Begins with `init` and adds values. */
export function adding(init: (key: unknown) => unknown, add: Fold): Fold {
  return (aggregate, value, key) => add(isAbsent(aggregate) ? atOnce(init(key)) : aggregate, value, key)
}
