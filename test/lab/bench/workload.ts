import type { Broker, OutgoingRecord } from '../../../topology/broker/port.ts'
import { partitionOf } from '../../../topology/runtime/partitioner.ts'
import { seededRandom } from '../../../topology/testing/random.ts'

/** The input that is counted. */
export interface Workload {
  readonly records: number
  readonly keys: number
  readonly partitions: number
  /** Of each value; the key comes on top. Units: bytes. */
  readonly valueBytes: number
}

/** Ten thousand keys in four partitions, values of 100 bytes. */
export const usualWorkload: Workload = { records: 1_000_000, keys: 10_000, partitions: 4, valueBytes: 100 }

/** The number of times that each key is in the input. */
export type Counts = ReadonlyMap<string, number>

const perSend = 20_000

/**
 * Makes the input topic and fills it: keys by a seeded random choice, so that every run counts the same log. Timestamps rise by
 * one millisecond a record. Returns the right counts.
 */
export async function writeInput(broker: Broker, topic: string, workload: Workload): Promise<Counts> {
  const { records, keys, partitions, valueBytes } = workload
  await broker.admin.createTopics([{ name: topic, partitions, config: {} }])
  const writer = await broker.writer()
  const counts = new Map<string, number>()
  const random = seededRandom(1)
  const value = Buffer.alloc(valueBytes, 'v')
  const base = Date.now() - records
  try {
    for (let from = 0; from < records; from += perSend) {
      const batch: OutgoingRecord[] = []
      for (let index = from; index < Math.min(records, from + perSend); index++) {
        const text = `key-${Math.floor(random() * keys)}`
        counts.set(text, (counts.get(text) ?? 0) + 1)
        const key = Buffer.from(text)
        batch.push({ topic, partition: partitionOf(key, partitions), timestamp: base + index, key, value, headers: [] })
      }
      await writer.send(batch)
    }
  } finally {
    await writer.close()
  }
  return counts
}
