import type { AnyTopic } from '../../../topology/index.ts'
import { type Parts, partitionOf } from '../../commands.ts'

/** Writes one event to its topic, under its key, at its event time. Resolves when the broker has it. */
export async function writeEvent(
  topic: AnyTopic,
  event: { readonly key: string; readonly occurredAt: number },
  { broker, registry }: Pick<Parts, 'broker' | 'registry'>,
): Promise<void> {
  const [spec] = await broker.admin.describeTopics([topic.name])
  const key = (await topic.key.bind({ topic: topic.name, part: 'key', registry })).encode(event.key)!
  const value = (await topic.value.bind({ topic: topic.name, part: 'value', registry })).encode(event)
  const partition = partitionOf(key, spec!.partitions)
  const writer = await broker.writer()
  await writer.send([{ topic: topic.name, partition, timestamp: event.occurredAt, key, value, headers: [] }])
  await writer.close()
}
