import type { TopologyGraph } from '../definition/graph.ts'
import { changelogTopic } from '../definition/naming.ts'
import type { AvroSchema, SchemaRegistry, Serde } from '../definition/serde.ts'

/** A schema under its subject. Shape: `{ subject: 'trading.signals-value', schema: {…} }`. */
export interface SubjectSchema {
  readonly subject: string
  readonly schema: AvroSchema
}

/** The schemas of a topology: of its topics, internal ones included, and of its stores' changelogs. */
export function schemasOf(graph: TopologyGraph): readonly SubjectSchema[] {
  const found: SubjectSchema[] = []
  const add = (topic: string, part: 'key' | 'value', serde: Serde<unknown>) => {
    if (serde.schema !== undefined) found.push({ subject: `${topic}-${part}`, schema: serde.schema })
  }
  for (const topic of graph.topics.values()) {
    add(topic.name, 'key', topic.key)
    add(topic.name, 'value', topic.value)
  }
  for (const store of graph.stores.values()) {
    const changelog = changelogTopic(graph.definition.name, store.name)
    add(changelog, 'key', store.keySerde)
    add(changelog, 'value', store.valueSerde)
  }
  return found
}

/** Registers them all. Errors: TopologyError SCHEMA_INCOMPATIBLE; RetriableError REGISTRY_UNAVAILABLE. */
export async function registerSchemas(graph: TopologyGraph, registry: SchemaRegistry): Promise<void> {
  for (const { subject, schema } of schemasOf(graph)) await registry.register(subject, schema)
}
