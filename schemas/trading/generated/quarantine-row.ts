// Generated from quarantine-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** A report that is kept out of the books. */
export interface QuarantineRow {
  readonly portfolioId: string
  readonly quarantineId: string
  readonly execSeq: bigint
  readonly executionId: string
  readonly orderId: string
  /** OVERFILL, AFTER_TERMINAL, CONTRADICTION or MALFORMED. */
  readonly reason: string
  /** The content of the report, as JSON. */
  readonly report: string
  /** Units: milliseconds since the epoch. */
  readonly executedAt: number
}

/** Writes and reads QuarantineRow as Avro. */
export const QuarantineRow = avroOf<QuarantineRow>({
  type: 'record',
  name: 'QuarantineRow',
  namespace: 'millrace.trading.state',
  doc: 'A report that is kept out of the books.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'quarantineId', type: 'string' },
    { name: 'execSeq', type: 'long' },
    { name: 'executionId', type: 'string' },
    { name: 'orderId', type: 'string' },
    {
      name: 'reason',
      type: 'string',
      doc: 'OVERFILL, AFTER_TERMINAL, CONTRADICTION or MALFORMED.',
    },
    { name: 'report', type: 'string', doc: 'The content of the report, as JSON.' },
    { name: 'executedAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
  ],
})
