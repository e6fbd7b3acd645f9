import type { Header } from '../../../topology/index.ts'

/** The header that carries the correlation id, beside the envelope: for logs and traces that decode no values. */
export const correlationHeader = 'correlation-id'

const none: readonly Header[] = []

/** The headers to add so that a record carries the correlation id; none if it does already. Headers travel on by themselves. */
export function correlationOf(headers: readonly Header[], correlationId: string): readonly Header[] {
  if (headers.some(header => header.key === correlationHeader)) return none
  return [{ key: correlationHeader, value: Buffer.from(correlationId) }]
}
