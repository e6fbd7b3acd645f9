import { encodeBatch } from '../../../../topology/broker/kafkajs/record-batch/encode.ts'
import type { OutgoingRecord } from '../../../../topology/broker/port.ts'
import { partitionOf } from '../../../../topology/runtime/partitioner.ts'
import { seededRandom } from '../../../../topology/testing/random.ts'
import { type EngineCase, inputsOf, partitions } from './engine-case.ts'

/** One partition of an input: record batches as a producer makes them and a broker stores them. */
export interface PartitionLog {
  readonly batches: readonly StoredBatch[]
  readonly endOffset: number
}

/** A stored batch. `next`: the offset after its last record. */
interface StoredBatch {
  readonly next: number
  readonly bytes: Buffer
}

/** The size of the input. */
export interface EngineWorkload {
  readonly records: number
  readonly keys: number
}

const perBatch = 2_000
const from = 1_700_000_000_000

/** The inputs of a case by topic, one log for each partition. Keys by a seeded choice; event time rises by 1 ms a record. */
export function inputLogs(name: EngineCase, workload: EngineWorkload): ReadonlyMap<string, readonly PartitionLog[]> {
  const names = inputsOf(name)
  const random = seededRandom(1)
  const keys = Array.from({ length: workload.keys }, (_, index) => Buffer.from(`key-${index}`))
  const value = Buffer.alloc(100, 'v')
  const records = new Map<string, OutgoingRecord[]>(names.map(topic => [topic, []]))
  const add = (topic: string, key: Buffer, timestamp: number) =>
    records.get(topic)!.push({ topic, partition: partitionOf(key, partitions), timestamp, key, value, headers: [] })
  if (name === 'table') for (const key of keys) add('table-in', key, from - 1)
  for (let index = 0; index < workload.records; index++) {
    const topic = name === 'join' && index % 2 === 1 ? 'input2' : 'input'
    add(topic, keys[Math.floor(random() * keys.length)]!, from + index)
  }
  return new Map([...records].map(([topic, all]) => [topic, partitionLogs(all)]))
}

function partitionLogs(records: readonly OutgoingRecord[]): readonly PartitionLog[] {
  return Array.from({ length: partitions }, (_, partition) => {
    const own = records.filter(record => record.partition === partition)
    const batches: StoredBatch[] = []
    for (let first = 0; first < own.length; first += perBatch) {
      const batch = own.slice(first, first + perBatch)
      batches.push({ next: first + batch.length, bytes: stored(batch, first) })
    }
    return { batches, endOffset: own.length }
  })
}

/** The broker writes the base offset and the leader's epoch into a batch; its checksum does not cover them. */
function stored(records: readonly OutgoingRecord[], baseOffset: number): Buffer {
  const producer = { producerId: -1n, epoch: -1 }
  const bytes = encodeBatch(records, { producer, baseSequence: 0, transactional: false })
  bytes.writeBigInt64BE(BigInt(baseOffset), 0)
  return bytes
}
