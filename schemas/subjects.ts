import type { TopologyDefinition } from '../topology/definition/definition.ts'
import { changelogTopic } from '../topology/definition/naming.ts'
import type { AvroSchema, Serde } from '../topology/definition/serde.ts'

/** A schema and where it is registered. Shape of `subject`: `'orders-value'`, `'trading-ledgers-changelog-value'`. */
export interface SubjectSchema {
  readonly subject: string
  readonly schema: AvroSchema
}

/** Every subject that a topology's serdes look up: of its topics, and of its stores' changelogs. */
export function subjectsOf(definition: TopologyDefinition): readonly SubjectSchema[] {
  const topics = definition.topics.flatMap(topic => pair(topic.name, topic.key, topic.value))
  const changelogs = definition.stores.flatMap(store =>
    pair(changelogTopic(definition.name, store.name), store.keySerde, store.valueSerde),
  )
  return [...topics, ...changelogs]
}

function pair(topic: string, key: Serde<unknown>, value: Serde<unknown>): readonly SubjectSchema[] {
  return [...subject(topic, 'key', key), ...subject(topic, 'value', value)]
}

function subject(topic: string, part: string, serde: Serde<unknown>): readonly SubjectSchema[] {
  return serde.schema === undefined ? [] : [{ subject: `${topic}-${part}`, schema: serde.schema }]
}
