import type { StoredRow } from '../../store/contract.ts'
import type { Parts } from '../../topology/app/connections.ts'
import { partitionsOf, readRaw } from '../../topology/app/topics/read-raw.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { changelogTopic } from '../../topology/definition/naming.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import { bindCodecs } from '../../topology/runtime/codecs.ts'
import { keyText } from './shadow-run.ts'

/** The rows of a store as its changelog has them, by their keys as text: what a restore would make of an empty table. */
export async function readChangelogRows(
  graph: TopologyGraph,
  definition: AnyStore,
  { broker, registry }: Pick<Parts, 'broker' | 'registry'>,
): Promise<ReadonlyMap<string, StoredRow>> {
  const codec = (await bindCodecs(graph, registry)).stores.get(definition.name)!
  const rows = new Map<string, StoredRow>()
  const topic = changelogTopic(graph.definition.name, definition.name)
  for await (const record of readRaw(broker, await partitionsOf(broker, [topic]))) {
    const key = definition.key.split(await codec.key.decode(record.key))
    if (record.value === null) rows.delete(keyText(key))
    else {
      const value = definition.value.split(await codec.value.decode(record.value))
      rows.set(keyText(key), { key, value, timestamp: record.timestamp })
    }
  }
  return rows
}
