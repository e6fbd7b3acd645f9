import type { TopologyGraph } from '../definition/graph.ts'
import { changelogTopic } from '../definition/naming.ts'
import type { Awaitable } from '../definition/record.ts'
import type { Codec, SchemaRegistry, Serde, SerdeBinding } from '../definition/serde.ts'

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

/** Binds a serde; how, is the caller's choice. */
type Bind = (serde: Serde<unknown>, binding: SerdeBinding) => Awaitable<Codec<unknown>>

/** Binds every serde of the topology. Errors: RetriableError REGISTRY_UNAVAILABLE; TopologyError SCHEMA_INCOMPATIBLE. */
export function bindCodecs(graph: TopologyGraph, registry: SchemaRegistry | undefined): Promise<Codecs> {
  return bindEach(graph, (serde, binding) => serde.bind({ ...binding, ...(registry && { registry }) }))
}

/** Binds every serde of the topology, those of its topics first, internal ones included, then those of its changelogs. */
export async function bindEach(graph: TopologyGraph, bind: Bind): Promise<Codecs> {
  const topics = new Map<string, RecordCodec>()
  for (const { name: topic, key, value } of graph.topics.values())
    topics.set(topic, {
      key: await bind(key, { topic, part: 'key' }),
      value: await bind(value, { topic, part: 'value' }),
    })
  const stores = new Map<string, RecordCodec>()
  for (const { name, keySerde, valueSerde } of graph.stores.values()) {
    const changelog = { topic: changelogTopic(graph.definition.name, name), ofState: true }
    stores.set(name, {
      key: await bind(keySerde, { ...changelog, part: 'key' }),
      value: await bind(valueSerde, { ...changelog, part: 'value' }),
    })
  }
  return { topics, stores }
}
