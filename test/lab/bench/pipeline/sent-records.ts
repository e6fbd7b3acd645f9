import type { OutgoingRecord } from '../../../../topology/broker/port.ts'
import type { SchemaRegistry } from '../../../../topology/definition/serde.ts'
import type { AnyTopic } from '../../../../topology/index.ts'
import { partitionOf } from '../../../../topology/runtime/partitioner.ts'

/** The records of events for a topic, each for the partition of its key. */
export async function sentRecords<E extends { readonly key: string; readonly occurredAt: number }>(
  registry: SchemaRegistry,
  topic: AnyTopic,
  events: readonly E[],
): Promise<readonly OutgoingRecord[]> {
  const binding = { topic: topic.name, registry }
  const key = await topic.key.bind({ ...binding, part: 'key' })
  const value = await topic.value.bind({ ...binding, part: 'value' })
  return events.map(event => {
    const bytes = key.encode(event.key) as Uint8Array
    const partition = partitionOf(bytes, topic.partitions!)
    return {
      topic: topic.name,
      partition,
      timestamp: event.occurredAt,
      key: bytes,
      value: value.encode(event),
      headers: [],
    }
  })
}
