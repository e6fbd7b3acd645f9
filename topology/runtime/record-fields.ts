import type { RawRecord } from '../broker/port.ts'
import type { StreamRecord } from '../definition/record.ts'
import type { LogFields } from './log.ts'

/** A longer key is cut. */
const keyLimit = 200

/**
 * The place of a record and the ids by which the rest of the system knows it, for a log line: its key, `correlationId` of its
 * `correlation-id` header, `eventId` of its value. Nothing else of its value.
 */
export function recordFields(raw: RawRecord, record: StreamRecord | undefined): LogFields {
  const { topic, partition, offset, headers } = raw
  const correlationId = headers.findLast(({ key }) => key === 'correlation-id')?.value?.toString()
  const eventId = (record?.value as { readonly eventId?: unknown } | null | undefined)?.eventId
  const key = keyText(raw, record)
  return {
    topic,
    partition,
    offset,
    ...(key !== undefined && { key }),
    ...(correlationId !== undefined && { correlationId }),
    ...(typeof eventId === 'string' && { eventId }),
  }
}

function keyText({ key }: RawRecord, record: StreamRecord | undefined): string | undefined {
  const read = record?.key
  if (typeof read === 'string' || typeof read === 'number' || typeof read === 'bigint')
    return String(read).slice(0, keyLimit)
  const text = key === null ? '' : Buffer.from(key).toString()
  return /^[\x20-\x7e]+$/.test(text) ? text.slice(0, keyLimit) : undefined
}
