// Generated from market-interest-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** A portfolio that has asked to trade an instrument: it is told the prices. */
export interface MarketInterestRow {
  readonly instrumentKey: string
  readonly portfolioId: string
  /** Event time of its first signal that passed. Units: milliseconds since the epoch. */
  readonly since: number
}

/** Writes and reads MarketInterestRow as Avro. */
export const MarketInterestRow = avroOf<MarketInterestRow>({
  type: 'record',
  name: 'MarketInterestRow',
  namespace: 'millrace.trading.state',
  doc: 'A portfolio that has asked to trade an instrument: it is told the prices.',
  fields: [
    { name: 'instrumentKey', type: 'string' },
    { name: 'portfolioId', type: 'string' },
    {
      name: 'since',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'Event time of its first signal that passed.',
    },
  ],
})
