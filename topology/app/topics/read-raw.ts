import { type Broker, partitionKey, type RawRecord, type TopicPartition } from '../../broker/port.ts'

/** A partition to be read, from an offset or from its start. */
export type ReadFrom = TopicPartition & { readonly from?: number }

/** Returns the partitions of the topics that exist. */
export async function partitionsOf(broker: Broker, topics: readonly string[]): Promise<readonly TopicPartition[]> {
  const specs = await broker.admin.describeTopics(topics)
  return specs.flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
  )
}

/** The committed records of the partitions as bytes, up to the end that each had when the reading began. */
export async function* readRaw(broker: Broker, partitions: readonly ReadFrom[]): AsyncGenerator<RawRecord> {
  const [starts, ends] = await Promise.all([
    broker.admin.listOffsets(partitions, 'earliest'),
    broker.admin.listOffsets(partitions, 'committed'),
  ])
  const reader = broker.reader({ isolation: 'read_committed', maxWaitMs: 20 })
  const left = new Map<string, number>()
  for (const [index, { topic, partition, from = 0 }] of partitions.entries()) {
    const start = Math.max(from, starts[index]!)
    if (start >= ends[index]!) continue
    reader.seek({ topic, partition }, start)
    left.set(partitionKey(topic, partition), ends[index]!)
  }
  try {
    while (left.size > 0) {
      for (const { topic, partition, records, position } of await reader.poll()) {
        yield* records
        const key = partitionKey(topic, partition)
        if (position < (left.get(key) ?? 0)) continue
        left.delete(key)
        reader.remove({ topic, partition })
      }
    }
  } finally {
    await reader.close()
  }
}
