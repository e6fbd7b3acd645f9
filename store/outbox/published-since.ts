import { type Broker, partitionKey, type TopicPartition } from '../../topology/broker/port.ts'
import { SerdeError } from '../../topology/definition/errors.ts'
import type { Codec } from '../../topology/definition/serde.ts'
import type { BoundTopic } from './bound-topic.ts'
import type { OutboxMark } from './outbox.ts'

/** The events found on the topics after the marks. */
interface Published {
  readonly eventIds: readonly string[]
  /** The end that each partition was read up to: the next marks. */
  readonly ends: readonly OutboxMark[]
}

/**
 * Reads the topics from the marks to the high watermark of now, as a read_committed reader. A partition without a mark has
 * never been written to: its mark is its end. `keepLead` is called between polls, since this may take long.
 *
 * Errors: RetriableError; TaskMigratedError FENCED of `keepLead`.
 */
export async function publishedSince(
  marks: readonly OutboxMark[],
  topics: ReadonlyMap<string, BoundTopic>,
  broker: Broker,
  keepLead: () => Promise<void>,
): Promise<Published> {
  const partitions: readonly TopicPartition[] = [...topics].flatMap(([topic, { partitions: count }]) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition })),
  )
  const earliest = await broker.admin.listOffsets(partitions, 'earliest')
  const latest = await broker.admin.listOffsets(partitions, 'latest')
  const known = new Map(marks.map(mark => [partitionKey(mark.topic, mark.partition), mark.position]))
  const open = new Map<string, number>()
  const reader = broker.reader({ isolation: 'read_committed' })
  const eventIds: string[] = []
  try {
    for (const [index, at] of partitions.entries()) {
      const [start, end] = [earliest[index] as number, latest[index] as number]
      const from = Math.max(start, known.get(partitionKey(at.topic, at.partition)) ?? end)
      if (from >= end) continue
      reader.seek(at, from)
      open.set(partitionKey(at.topic, at.partition), end)
    }
    while (open.size > 0) {
      for (const { topic, partition, position, records } of await reader.poll()) {
        const { value: codec } = topics.get(topic)!
        for (const { value } of records) {
          const eventId = await eventIdOf(codec, value)
          if (eventId !== undefined) eventIds.push(eventId)
        }
        if (position < (open.get(partitionKey(topic, partition)) ?? 0)) continue
        open.delete(partitionKey(topic, partition))
        reader.remove({ topic, partition })
      }
      await keepLead()
    }
  } finally {
    await reader.close()
  }
  return { eventIds, ends: partitions.map((at, index) => ({ ...at, position: latest[index] as number })) }
}

/** Others write to these topics too: an unreadable record is not ours. */
async function eventIdOf(codec: Codec<unknown>, value: Uint8Array | null): Promise<string | undefined> {
  try {
    const { eventId } = (await codec.decode(value)) as { readonly eventId?: unknown }
    return typeof eventId === 'string' && !eventId.includes('\0') ? eventId : undefined
  } catch (error) {
    if (error instanceof SerdeError) return undefined
    throw error
  }
}
