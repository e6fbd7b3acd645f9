// Generated from market-price-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** The newest price of an instrument. */
export interface MarketPriceRow {
  readonly instrumentKey: string
  /** The best price at which the market buys. Units: 1e-18. */
  readonly bid: bigint | null
  /** The best price at which the market sells. Units: 1e-18. */
  readonly ask: bigint | null
  /** The price of the last trade. Units: 1e-18. */
  readonly last: bigint | null
  readonly source: string
  /** Event time of the price. Units: milliseconds since the epoch. */
  readonly at: number
  /** Units that the market buys at the bid; null: any number. Units: 1e-18. */
  readonly bidSize: bigint | null
  /** Units that the market sells at the ask; null: any number. Units: 1e-18. */
  readonly askSize: bigint | null
}

/** Writes and reads MarketPriceRow as Avro. */
export const MarketPriceRow = avroOf<MarketPriceRow>({
  type: 'record',
  name: 'MarketPriceRow',
  namespace: 'millrace.trading.state',
  doc: 'The newest price of an instrument.',
  fields: [
    { name: 'instrumentKey', type: 'string' },
    {
      name: 'bid',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'The best price at which the market buys.',
      default: null,
    },
    {
      name: 'ask',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'The best price at which the market sells.',
      default: null,
    },
    {
      name: 'last',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'The price of the last trade.',
      default: null,
    },
    { name: 'source', type: 'string' },
    {
      name: 'at',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'Event time of the price.',
    },
    {
      name: 'bidSize',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'Units that the market buys at the bid; null: any number.',
      default: null,
    },
    {
      name: 'askSize',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'Units that the market sells at the ask; null: any number.',
      default: null,
    },
  ],
})
