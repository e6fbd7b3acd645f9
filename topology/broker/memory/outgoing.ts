import type { OutgoingRecord } from '../port.ts'
import { keyMissing, recordTooLarge } from './errors.ts'
import type { PartitionLog } from './partition-log.ts'
import type { MemoryTopic, Topics } from './topics.ts'
import type { ProduceBatch } from './transactions.ts'

/** The same limits as in the kafkajs adapter, so that both make the same batches. Units: records, bytes. */
const batchRecords = 1_000
const batchBytes = 900_000

/** Bytes of an empty record batch, and of a record without its key, value and headers. Source: Kafka, RecordBatch v2. */
const batchOverheadBytes = 61
const recordOverheadBytes = 12

interface Filling {
  readonly log: PartitionLog
  records: OutgoingRecord[]
  bytes: number
}

/**
 * Records by partition, in order, cut into batches. Returns rounds: one request each, with at most one batch per partition.
 *
 * Errors: TopologyError TOPIC_MISSING; ProcessorError RECORD_TOO_LARGE; ProcessorError ENCODE_FAILED for a compacted topic's
 * record without a key.
 */
export function produceRounds(topics: Topics, records: readonly OutgoingRecord[]): ProduceBatch[][] {
  const rounds: ProduceBatch[][] = []
  const filling = new Map<PartitionLog, Filling & { round: number }>()
  const finish = (batch: Filling & { round: number }) => {
    rounds[batch.round] ??= []
    rounds[batch.round]!.push({ log: batch.log, records: batch.records, bytes: batch.bytes + batchOverheadBytes })
  }
  let topic: MemoryTopic | undefined
  for (const record of records) {
    if (topic?.name !== record.topic) topic = topics.get(record.topic)
    const bytes = sizeOf(record)
    if (bytes + batchOverheadBytes > topic.maxMessageBytes) {
      throw recordTooLarge(topic.name, bytes + batchOverheadBytes, topic.maxMessageBytes)
    }
    if (topic.compacts && record.key === null) throw keyMissing(topic.name)
    const log = topic.logs[record.partition] ?? topics.log(record.topic, record.partition)
    let batch = filling.get(log)
    if (!batch) {
      batch = { log, records: [], bytes: 0, round: 0 }
      filling.set(log, batch)
    } else if (batch.records.length >= batchRecords || batch.bytes + bytes > batchBytes) {
      finish(batch)
      batch.records = []
      batch.bytes = 0
      batch.round++
    }
    batch.records.push(record)
    batch.bytes += bytes
  }
  for (const batch of filling.values()) finish(batch)
  return rounds
}

function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = recordOverheadBytes + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) bytes += header.key.length + (header.value?.length ?? 0) + 4
  return bytes
}
