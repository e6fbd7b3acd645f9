import type { TopologyGraph } from '../definition/graph.ts'
import { changelogTopic } from '../definition/naming.ts'
import type { Codec, SchemaRegistry } from '../definition/serde.ts'

/** The serdes of one topic, or of one store's changelog, bound to it. */
export interface RecordCodec {
  readonly key: Codec<unknown>
  readonly value: Codec<unknown>
}

/** All bound serdes of a topology: schema ids are looked up once, before the first record. */
export interface Codecs {
  readonly topics: ReadonlyMap<string, RecordCodec>
  /** By store name. */
  readonly stores: ReadonlyMap<string, RecordCodec>
}

/** Binds every serde of the topology. Errors: RetriableError REGISTRY_UNAVAILABLE; TopologyError SCHEMA_INCOMPATIBLE. */
export async function bindCodecs(graph: TopologyGraph, registry: SchemaRegistry | undefined): Promise<Codecs> {
  const at = (topic: string, part: 'key' | 'value') => ({ topic, part, ...(registry && { registry }) })
  const topics = new Map<string, RecordCodec>()
  for (const topic of graph.topics.values()) {
    topics.set(topic.name, {
      key: await topic.key.bind(at(topic.name, 'key')),
      value: await topic.value.bind(at(topic.name, 'value')),
    })
  }
  const stores = new Map<string, RecordCodec>()
  for (const store of graph.stores.values()) {
    const changelog = changelogTopic(graph.definition.name, store.name)
    const ofState = true
    stores.set(store.name, {
      key: await store.keySerde.bind({ ...at(changelog, 'key'), ofState }),
      value: await store.valueSerde.bind({ ...at(changelog, 'value'), ofState }),
    })
  }
  return { topics, stores }
}
