import type { Serde } from '../../definition/serde.ts'

/**
 * The options of a table operator: the store to keep its result in, so that it can be looked up without being computed, and
 * the serde of the values, which a store needs.
 */
export type TableOptions<V> =
  | { readonly store: string; readonly value: Serde<V> }
  | { readonly store?: never; readonly value?: Serde<V> }
