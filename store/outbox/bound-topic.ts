import type { Broker } from '../../topology/broker/port.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import type { Codec, SchemaRegistry } from '../../topology/definition/serde.ts'
import type { AnyTopic } from '../../topology/definition/topic.ts'

/** A topic of the cluster with its serdes ready. */
export interface BoundTopic {
  readonly topic: AnyTopic
  readonly partitions: number
  readonly key: Codec<unknown>
  readonly value: Codec<unknown>
}

/** The topics by name. Errors: TopologyError TOPIC_MISSING; SCHEMA_MISSING; RetriableError. */
export async function bindTopics(
  topics: readonly AnyTopic[],
  broker: Broker,
  registry: SchemaRegistry,
): Promise<ReadonlyMap<string, BoundTopic>> {
  const specs = await broker.admin.describeTopics(topics.map(({ name }) => name))
  const bound = new Map<string, BoundTopic>()
  for (const topic of topics) {
    const partitions = specs.find(({ name }) => name === topic.name)?.partitions
    if (partitions === undefined)
      throw new TopologyError(
        'TOPIC_MISSING',
        `topic '${topic.name}' does not exist, outbox: run 'millrace topics apply'`,
      )
    bound.set(topic.name, {
      topic,
      partitions,
      key: await topic.key.bind({ topic: topic.name, part: 'key', registry }),
      value: await topic.value.bind({ topic: topic.name, part: 'value', registry }),
    })
  }
  return bound
}
