import type { AnyTopic } from '../../../topology/index.ts'
import { type Parts, partitionOf } from '../../commands.ts'

/** The fields of an event that say where and when it is written. */
interface Addressed {
  readonly key: string
  readonly occurredAt: number
}

/** Writes one event to its topic, under its key, at its event time. Resolves when the broker has it. */
export function writeEvent(
  topic: AnyTopic,
  event: Addressed,
  parts: Pick<Parts, 'broker' | 'registry'>,
): Promise<void> {
  return writeEvents(topic, [event], parts)
}

/** Writes events to their topic, in order. Resolves when the broker has all of them. */
export async function writeEvents(
  topic: AnyTopic,
  events: readonly Addressed[],
  { broker, registry }: Pick<Parts, 'broker' | 'registry'>,
): Promise<void> {
  const [spec] = await broker.admin.describeTopics([topic.name])
  const keys = await topic.key.bind({ topic: topic.name, part: 'key', registry })
  const values = await topic.value.bind({ topic: topic.name, part: 'value', registry })
  const records = events.map(event => {
    const key = keys.encode(event.key)!
    const partition = partitionOf(key, spec!.partitions)
    const value = values.encode(event)
    return { topic: topic.name, partition, timestamp: event.occurredAt, key, value, headers: [] }
  })
  const writer = await broker.writer()
  await writer.send(records)
  await writer.close()
}
