import type { Serde } from '../../definition/serde.ts'
import type { RawStore } from '../streams/key-value-aggregate.ts'

/** A table of which every worker has one read-only copy, so that any key can be looked up. */
export class GlobalTable<K, V> {
  /** The store of the copy. For operators. */
  readonly store: RawStore
  readonly key: Serde<K>
  readonly value: Serde<V>

  constructor(store: RawStore, key: Serde<K>, value: Serde<V>) {
    this.store = store
    this.key = key
    this.value = value
  }
}
