import type { SerdeError } from '../../definition/errors.ts'
import type { OutgoingRecord } from '../port.ts'
import { impossibleTimestamp, isTimestamp, type RecordRefusal } from '../record-refusal.ts'
import { keyMissing, recordTooLarge, timestampOutOfRange } from './errors.ts'
import type { PartitionLog } from './partition-log.ts'
import type { MemoryTopic, Topics } from './topics.ts'
import type { ProduceBatch } from './transactions.ts'

/** The same limits as in the kafkajs adapter, so that both make the same batches. Units: records, bytes. */
const batchRecords = 1_000
const batchBytes = 900_000

/** Bytes of an empty record batch, and of a record without its key, value and headers. Source: Kafka, RecordBatch v2. */
const batchOverheadBytes = 61
const recordOverheadBytes = 12

/** Kafka's timestamp of a record that has none. */
const noTimestamp = -1

interface Filling {
  readonly log: PartitionLog
  records: OutgoingRecord[]
  bytes: number
}

/** Batches to be sent, and the records that the broker would refuse in them. */
interface Outgoing {
  /** One request each, with at most one batch per partition. */
  readonly rounds: readonly ProduceBatch[][]
  readonly refusals: readonly RecordRefusal[]
}

/**
 * Records by partition, in order, cut into batches; those that their topic does not take are left out, as the kafkajs adapter
 * does when the broker has refused them. Errors: TopologyError TOPIC_MISSING.
 */
export function produceRounds(topics: Topics, records: readonly OutgoingRecord[], now: number): Outgoing {
  const rounds: ProduceBatch[][] = []
  const refusals: RecordRefusal[] = []
  const filling = new Map<PartitionLog, Filling & { round: number }>()
  const finish = (batch: Filling & { round: number }) => {
    rounds[batch.round] ??= []
    rounds[batch.round]!.push({ log: batch.log, records: batch.records, bytes: batch.bytes + batchOverheadBytes })
  }
  let topic: MemoryTopic | undefined
  for (const record of records) {
    if (topic?.name !== record.topic) topic = topics.get(record.topic)
    const bytes = recordBytes(record)
    const error = refusalOf(record, bytes, topic, now)
    if (error !== undefined) {
      refusals.push({ record, error })
      continue
    }
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
  return { rounds, refusals }
}

/** The reason why a topic does not take a record. Source: `LogValidator` of Kafka 4.1. */
function refusalOf(record: OutgoingRecord, bytes: number, topic: MemoryTopic, now: number): SerdeError | undefined {
  const { timestamp } = record
  if (!isTimestamp(timestamp)) return impossibleTimestamp(record)
  if (bytes + batchOverheadBytes > topic.maxMessageBytes)
    return recordTooLarge(record, bytes + batchOverheadBytes, topic.maxMessageBytes)
  if (topic.compacts && record.key === null) return keyMissing(record)
  if (timestamp === noTimestamp) return undefined
  const [from, to] = [now - topic.timestampBeforeMs, now + topic.timestampAfterMs]
  return timestamp < from || timestamp > to ? timestampOutOfRange(record, from, to) : undefined
}

/** The size of a record in a batch, about. Units: bytes. */
export function recordBytes({ key, value, headers }: Pick<OutgoingRecord, 'key' | 'value' | 'headers'>): number {
  let bytes = recordOverheadBytes + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) bytes += header.key.length + (header.value?.length ?? 0) + 4
  return bytes
}
