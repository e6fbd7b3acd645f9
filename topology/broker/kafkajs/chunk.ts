import { type OutgoingRecord, partitionKey, type TopicPartition } from '../port.ts'
import { recordBytesAtMost } from './record-batch/encode.ts'

/** Below the default `max.message.bytes` of 1,048,588. */
const batchBytes = 900_000
const batchRecords = 5_000
/** Batches sent together. The default of `socket.request.max.bytes` is 100 MiB. */
const roundBytes = 16_000_000

/** Records of one partition that make one batch. */
export interface Chunk extends TopicPartition {
  /** Of the partition: `partitionKey`. */
  readonly key: string
  readonly records: OutgoingRecord[]
  bytes: number
}

/** The records by partition, in order, in chunks below the broker's limit. */
export function cut(records: readonly OutgoingRecord[]): Chunk[] {
  const chunks: Chunk[] = []
  const open = new Map<string, Chunk>()
  let last: Chunk | undefined
  for (const record of records) {
    const bytes = recordBytesAtMost(record)
    // Records of one partition are mostly next to each other.
    if (last?.partition !== record.partition || last.topic !== record.topic)
      last = open.get(partitionKey(record.topic, record.partition))
    if (last && hasRoom(last, bytes)) {
      last.records.push(record)
      last.bytes += bytes
    } else {
      const { topic, partition } = record
      const key = partitionKey(topic, partition)
      last = { key, topic, partition, records: [record], bytes }
      open.set(key, last)
      chunks.push(last)
    }
  }
  return chunks
}

function hasRoom(chunk: Chunk, bytes: number): boolean {
  return chunk.bytes + bytes <= batchBytes && chunk.records.length < batchRecords
}

/** One chunk per partition, the earliest of each, as many as fit in a round; the rest keep their order. */
export function nextRound(chunks: readonly Chunk[]): { round: Chunk[]; rest: Chunk[] } {
  const round: Chunk[] = []
  const rest: Chunk[] = []
  const taken = new Set<string>()
  let bytes = 0
  for (const chunk of chunks) {
    if (taken.has(chunk.key) || (round.length > 0 && bytes + chunk.bytes > roundBytes)) {
      // A later chunk of its partition must not be sent before this one.
      taken.add(chunk.key)
      rest.push(chunk)
    } else {
      taken.add(chunk.key)
      bytes += chunk.bytes
      round.push(chunk)
    }
  }
  return { round, rest }
}
