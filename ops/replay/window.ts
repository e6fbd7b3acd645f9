import type { Broker, RawRecord, TopicPartition } from '../../topology/broker/port.ts'
import { TopologyError } from '../../topology/definition/errors.ts'

/** An end of a window: an offset of every partition, or an event time. Units: ms. */
export type Bound = { readonly offset: number } | { readonly timestamp: number }

/**
 * Reads a bound: a whole number below 10^12 is an offset, anything else a time (ISO 8601, or ms since the epoch).
 * Errors: TopologyError CONFIG_INVALID.
 */
export function parseBound(text: string): Bound {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number < 1e12 ? { offset: number } : { timestamp: number }
  const timestamp = Date.parse(text)
  if (!Number.isNaN(timestamp)) return { timestamp }
  throw new TopologyError(
    'CONFIG_INVALID',
    `'${text}' is no bound of a window: give an offset (1200), a time (2024-05-01T12:00:00Z), or ms since the epoch`,
  )
}

/**
 * The committed records of a topic from one bound (inclusive) to another (exclusive), of all partitions. A time selects by
 * the records' own timestamps, in order or not; an offset holds for each partition by itself.
 */
export async function readWindow(topic: string, from: Bound, to: Bound, broker: Broker): Promise<readonly RawRecord[]> {
  const [spec] = await broker.admin.describeTopics([topic])
  if (spec === undefined)
    throw new TopologyError('TOPIC_MISSING', `the cluster has no topic '${topic}': see 'millrace topics list'`)
  const at: TopicPartition[] = Array.from({ length: spec.partitions }, (_, partition) => ({ topic, partition }))
  const starts = await broker.admin.listOffsets(at, 'earliest')
  const ends = await broker.admin.listOffsets(at, 'committed')
  const reader = broker.reader({ isolation: 'read_committed', maxWaitMs: 20 })
  const open = new Map<number, number>()
  for (const [index, partition] of at.entries()) {
    const first = Math.max(starts[index] as number, 'offset' in from ? from.offset : 0)
    const end = Math.min(ends[index] as number, 'offset' in to ? to.offset : Number.POSITIVE_INFINITY)
    if (first >= end) continue
    reader.seek(partition, first)
    open.set(partition.partition, end)
  }
  const found: RawRecord[] = []
  while (open.size > 0)
    for (const { partition, records, position } of await reader.poll()) {
      const end = open.get(partition)
      if (end === undefined) continue
      found.push(...records.filter(record => record.offset < end && within(record, from, to)))
      if (position < end) continue
      open.delete(partition)
      reader.remove({ topic, partition })
    }
  await reader.close()
  return found
}

function within({ timestamp }: RawRecord, from: Bound, to: Bound): boolean {
  return !('timestamp' in from && timestamp < from.timestamp) && !('timestamp' in to && timestamp >= to.timestamp)
}

/** Whether a record lies in a window: at or after `from`, before `to`. */
export function isWithin(record: Pick<RawRecord, 'offset' | 'timestamp'>, from: Bound, to: Bound): boolean {
  const place = (bound: Bound) =>
    'offset' in bound ? record.offset - bound.offset : record.timestamp - bound.timestamp
  return place(from) >= 0 && place(to) < 0
}
