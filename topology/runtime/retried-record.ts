import type { FetchedPartition, RawRecord } from '../broker/port.ts'
import type { Header } from '../definition/record.ts'

/** Names of the headers of a record that `millrace dlq retry` has sent back, in the order in which it writes them, at the end. */
export const retryHeaders = {
  /** The letter that was sent back. Shape: `'orders.fills.dlq/3/41'`. */
  letter: 'millrace.retry.letter',
  /** The first letter of the record, however often it was sent back. */
  origin: 'millrace.retry.origin',
  /** The number of times that the record was sent back. */
  count: 'millrace.retry.count',
  /** The group of the sub-topology that failed: the others that read the topic have processed the record before. Empty: all. */
  group: 'millrace.retry.group',
} as const

const own: ReadonlySet<string> = new Set(Object.values(retryHeaders))

/** True for a header that `retryHeaders` names. */
export function isRetryHeader({ key }: Header): boolean {
  return own.has(key)
}

/** A poll's answer without the records that were sent back to another group: they count as read. */
export function withoutOthers(fetched: FetchedPartition, group: string): FetchedPartition {
  if (!fetched.records.some(isRetried)) return fetched
  const mine = (record: RawRecord) => !isRetried(record) || ['', group].includes(groupOf(record))
  const records = fetched.records.filter(mine)
  return { ...fetched, records }
}

/** The headers as the record had them when it was first written: what it causes has not been sent back. */
export function ownHeaders(record: RawRecord): readonly Header[] {
  return isRetried(record) ? record.headers.filter(header => !isRetryHeader(header)) : record.headers
}

/** The last header tells, so that a record costs one comparison. */
function isRetried({ headers }: RawRecord): boolean {
  return headers.length > 0 && (headers[headers.length - 1] as Header).key === retryHeaders.group
}

function groupOf({ headers }: RawRecord): string {
  return Buffer.from(headers.at(-1)?.value ?? []).toString()
}
