// Generated from due-order-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** The moment at which an open order does something next by itself. */
export interface DueOrderRow {
  /** REPORT: one is under way. EXPIRY: the order only rests until its time is over. */
  readonly kind: string
  /** Units: milliseconds since the epoch. */
  readonly at: number
  readonly portfolioId: string
  readonly instrumentKey: string
  readonly orderId: string
}

/** Writes and reads DueOrderRow as Avro. */
export const DueOrderRow = avroOf<DueOrderRow>({
  type: 'record',
  name: 'DueOrderRow',
  namespace: 'millrace.trading.state',
  doc: 'The moment at which an open order does something next by itself.',
  fields: [
    {
      name: 'kind',
      type: 'string',
      doc: 'REPORT: one is under way. EXPIRY: the order only rests until its time is over.',
    },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'portfolioId', type: 'string' },
    { name: 'instrumentKey', type: 'string' },
    { name: 'orderId', type: 'string' },
  ],
})
