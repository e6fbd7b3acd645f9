import { type Broker, partitionKey } from '../../broker/port.ts'
import type { SchemaRegistry } from '../../definition/serde.ts'
import type { AnyTopic } from '../../definition/topic.ts'
import { type OnUndecodable, type Tailed, TopicTail } from './topic-tail.ts'

/** All committed records of the topics, decoded, up to their ends when the reading began. Undecodable ones: see `TopicTail`. */
export async function readTopics(
  topics: readonly AnyTopic[],
  { broker, registry }: { readonly broker: Broker; readonly registry: SchemaRegistry },
  onUndecodable?: OnUndecodable,
): Promise<readonly Tailed[]> {
  const specs = await broker.admin.describeTopics(topics.map(topic => topic.name))
  const at = specs.flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
  )
  const ends = await broker.admin.listOffsets(at, 'committed')
  const tail = await TopicTail.open(topics, broker, registry, onUndecodable)
  const records: Tailed[] = []
  const reached = () =>
    at.every(
      ({ topic, partition }, index) =>
        (tail.positions.get(partitionKey(topic, partition)) ?? 0) >= (ends[index] as number),
    )
  while (!reached()) records.push(...(await tail.next()))
  await tail.close()
  return records
}
