// Generated from rate-window-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** Approvals of a portfolio in one bucket of a rate window. */
export interface RateWindowRow {
  readonly portfolioId: string
  readonly windowMs: number
  readonly bucket: bigint
  /** Their times, in order. Shape: 1700000000000 1700000000250. */
  readonly approvals: string
}

/** Writes and reads RateWindowRow as Avro. */
export const RateWindowRow = avroOf<RateWindowRow>({
  type: 'record',
  name: 'RateWindowRow',
  namespace: 'millrace.trading.state',
  doc: 'Approvals of a portfolio in one bucket of a rate window.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'windowMs', type: 'int' },
    { name: 'bucket', type: 'long' },
    {
      name: 'approvals',
      type: 'string',
      doc: 'Their times, in order. Shape: 1700000000000 1700000000250.',
    },
  ],
})
