import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker } from '../../../topology/broker/port.ts'

/** The time in which the markers of a transaction that was acknowledged are written. Units: ms. */
const markersMs = 5_000

/**
 * Partitions whose last stable offset stays behind their end: a transaction is open on them and blocks their readers. The end of a
 * transaction is acknowledged before its markers are written, so a partition is looked at again for a while.
 */
export async function auditStability(
  broker: Broker,
): Promise<{ readonly partitions: number; readonly problems: readonly string[] }> {
  for (const end = Date.now() + markersMs; ; await sleep(100)) {
    const looked = await lookAtStability(broker)
    if (looked.problems.length === 0 || Date.now() > end) return looked
  }
}

async function lookAtStability(
  broker: Broker,
): Promise<{ readonly partitions: number; readonly problems: readonly string[] }> {
  const topics = [
    ...(await broker.admin.describeTopics()),
    ...(await broker.admin.describeTopics(['__consumer_offsets'])),
  ]
  const at = topics.flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
  )
  const [stable, ends] = await Promise.all([
    broker.admin.listOffsets(at, 'committed'),
    broker.admin.listOffsets(at, 'latest'),
  ])
  const problems = at.flatMap(({ topic, partition }, index) =>
    stable[index] === ends[index]
      ? []
      : [`${topic}/${partition}: a transaction hangs: stable to ${stable[index]}, end ${ends[index]}`],
  )
  return { partitions: at.length, problems }
}

/** The state of a producer on one partition, as far as its log was read. */
interface Producer {
  epoch: number
  nextSequence: number
  open: boolean
}

/**
 * Reads the broker's own log files, batch by batch, with no client between: nothing was written under an epoch once a newer
 * one of its producer had been seen (written after a fence); sequence numbers go on without gap or repetition; and every
 * transaction has its marker.
 *
 * Only for a broker on this machine. `folder` is what holds the folders of partitions, `<topic>-<partition>`.
 *
 * A batch => base offset INT64, length INT32 (of what follows), leader epoch INT32, magic INT8, CRC UINT32, attributes INT16
 * (bit 4 transactional, 5 control), last offset delta INT32, base and max timestamp INT64, producer id INT64 at 43,
 * producer epoch INT16 at 51, base sequence INT32 at 53, record count INT32 at 57.
 * Source: https://kafka.apache.org/documentation/#recordbatch.
 */
export async function auditLogFiles(
  folder: string,
): Promise<{ readonly batches: number; readonly problems: readonly string[] }> {
  const problems: string[] = []
  let batches = 0
  for (const partition of await readdir(folder, { withFileTypes: true })) {
    // The cluster's own log has no producers; the transaction log is compacted while its producers go on.
    if (!partition.isDirectory() || /^__(cluster_metadata|transaction_state)/.test(partition.name)) continue
    const path = join(folder, partition.name)
    const segments = (await readdir(path)).filter(file => file.endsWith('.log')).sort()
    const producers = new Map<bigint, Producer>()
    // Offsets of a group are written for their producer by the coordinator, without numbers.
    const numbered = !partition.name.startsWith('__consumer_offsets')
    for (const segment of segments) {
      const bytes = await readFile(join(path, segment))
      batches += auditSegment(bytes, partition.name, numbered, producers, problems)
    }
    for (const [id, { open }] of producers)
      if (open) problems.push(`${partition.name}: the transaction of producer ${id} has no end`)
  }
  return { batches, problems }
}

function auditSegment(
  bytes: Buffer,
  partition: string,
  numbered: boolean,
  producers: Map<bigint, Producer>,
  problems: string[],
): number {
  let batches = 0
  for (let at = 0; at + 61 <= bytes.length; at += 12 + bytes.readInt32BE(at + 8)) {
    // A file that is still mapped ends in zeros.
    if (bytes.readInt32BE(at + 8) === 0) break
    batches++
    const id = bytes.readBigInt64BE(at + 43)
    if (id < 0n) continue
    const attributes = bytes.readInt16BE(at + 21)
    const epoch = bytes.readInt16BE(at + 51)
    const sequence = bytes.readInt32BE(at + 53)
    const where = `${partition}, offset ${bytes.readBigInt64BE(at)}, producer ${id}`
    const known = producers.get(id) ?? { epoch, nextSequence: sequence, open: false }
    producers.set(id, known)
    if (epoch < known.epoch) {
      problems.push(`${where}: epoch ${epoch} was written after epoch ${known.epoch} had fenced it`)
      continue
    }
    if (epoch > known.epoch) known.nextSequence = 0
    known.epoch = epoch
    if ((attributes & 0b10_0000) !== 0) {
      known.open = false
      continue
    }
    if ((attributes & 0b1_0000) !== 0) known.open = true
    if (sequence < 0 || !numbered) continue
    if (sequence !== known.nextSequence)
      problems.push(`${where}: sequence ${sequence} where ${known.nextSequence} was next`)
    known.nextSequence = sequence + bytes.readInt32BE(at + 23) + 1
  }
  return batches
}
