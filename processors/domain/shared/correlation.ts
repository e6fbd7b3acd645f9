import type { Header } from '../../../topology/index.ts'

/** The header that the correlation id travels in, beside the envelope: for logs and traces that decode no values. */
export const correlationHeader = 'correlation-id'

const none: readonly Header[] = []

/** What to add to a record's headers so that they carry the correlation id; nothing when they do. They travel on by themselves. */
export function correlationOf(headers: readonly Header[], correlationId: string): readonly Header[] {
  if (headers.some(header => header.key === correlationHeader)) return none
  return [{ key: correlationHeader, value: Buffer.from(correlationId) }]
}
