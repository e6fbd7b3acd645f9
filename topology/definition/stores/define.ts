import { TopologyError } from '../errors.ts'
import type { StoreDefinition } from '../store.ts'
import type { RowFormat } from './layout.ts'

/** The parts that all kinds of stores have. */
interface StoreParts<K, V, H>
  extends Pick<
    StoreDefinition<K, V, H>,
    'name' | 'type' | 'retentionMs' | 'retainedBy' | 'partitionedBy' | 'indexes' | 'open'
  > {
  readonly key: RowFormat<K>
  readonly value: RowFormat<V>
  readonly changelog: Readonly<Record<string, string>> | undefined
}

/**
 * Builds a store definition from its parts. Errors: TopologyError TOPOLOGY_INVALID when key and value have a column of one name.
 */
export function defineStore<K, V, H>({ changelog, ...parts }: StoreParts<K, V, H>): StoreDefinition<K, V, H> {
  const { name, key, value } = parts
  const names = new Set<string>()
  for (const column of [...key.columns, ...value.columns]) {
    if (names.has(column.name))
      throw new TopologyError(
        'TOPOLOGY_INVALID',
        `store '${name}' has two columns '${column.name}': give the parts of its key or value other names`,
        { context: { store: name, column: column.name } },
      )
    names.add(column.name)
  }
  return {
    kind: 'store',
    ...parts,
    keySerde: key.serde,
    valueSerde: value.serde,
    ...(changelog && { changelog }),
  }
}
