import type { TopologyGraph } from '../definition/graph.ts'
import { changelogTopic } from '../definition/naming.ts'
import type { AvroSchema, SchemaRegistry, Serde } from '../definition/serde.ts'

/** A schema under its subject. Shape: `{ subject: 'trading.signals-value', schema: {…}, keyOfState: false }`. */
interface SubjectSchema {
  readonly subject: string
  readonly schema: AvroSchema
  /** True for the keys of a store's changelog. */
  readonly keyOfState: boolean
}

/** The schemas of a topology: of its topics, internal ones included, and of its stores' changelogs. */
export function schemasOf(graph: TopologyGraph): readonly SubjectSchema[] {
  const found: SubjectSchema[] = []
  const add = (topic: string, part: 'key' | 'value', { schema }: Serde<unknown>, ofState = false) => {
    if (schema === undefined) return
    found.push({ subject: `${topic}-${part}`, schema, keyOfState: ofState && part === 'key' })
  }
  for (const topic of graph.topics.values()) {
    add(topic.name, 'key', topic.key)
    add(topic.name, 'value', topic.value)
  }
  for (const store of graph.stores.values()) {
    const changelog = changelogTopic(graph.definition.name, store.name)
    add(changelog, 'key', store.keySerde, true)
    add(changelog, 'value', store.valueSerde, true)
  }
  return found
}

/** Registers them all. Errors: TopologyError SCHEMA_INCOMPATIBLE; RetriableError REGISTRY_UNAVAILABLE. */
export async function registerSchemas(graph: TopologyGraph, registry: SchemaRegistry): Promise<void> {
  for (const { subject, schema } of schemasOf(graph)) await registry.register(subject, schema)
}
