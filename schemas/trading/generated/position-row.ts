// Generated from position-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** The position of a (portfolio, instrument). */
export interface PositionRow {
  readonly portfolioId: string
  readonly instrumentKey: string
  readonly exchange: string
  readonly instrumentId: string
  /** Signed. Units: 1e-18. */
  readonly quantity: bigint
  /** Of the open quantity. Units: 1e-18. */
  readonly cost: bigint
  /** Units: 1e-18. */
  readonly realisedPnl: bigint
  /** Units: 1e-18. */
  readonly fees: bigint
  /** Units: 1e-18. */
  readonly cash: bigint
  readonly fills: number
  /** Of the last fill. */
  readonly lastExecSeq: bigint
  /** The market's price, or that of the last fill where the instrument has no market prices. Units: 1e-18. */
  readonly markPrice: bigint | null
  /** Time of the mark. Units: milliseconds since the epoch. */
  readonly markedAt: number | null
  /** MARKET: the price is the market's, common to all portfolios; FILL: that of the position's own last fill; null: unknown or none. */
  readonly markSource: string | null
}

/** Writes and reads PositionRow as Avro. */
export const PositionRow = avroOf<PositionRow>({
  type: 'record',
  name: 'PositionRow',
  namespace: 'millrace.trading.state',
  doc: 'The position of a (portfolio, instrument).',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'instrumentKey', type: 'string' },
    { name: 'exchange', type: 'string' },
    { name: 'instrumentId', type: 'string' },
    {
      name: 'quantity',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
      doc: 'Signed.',
    },
    {
      name: 'cost',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
      doc: 'Of the open quantity.',
    },
    {
      name: 'realisedPnl',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
    },
    { name: 'fees', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'cash', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'fills', type: 'int' },
    { name: 'lastExecSeq', type: 'long', doc: 'Of the last fill.' },
    {
      name: 'markPrice',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: "The market's price, or that of the last fill where the instrument has no market prices.",
      default: null,
    },
    {
      name: 'markedAt',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      doc: 'Time of the mark.',
      default: null,
    },
    {
      name: 'markSource',
      type: ['null', 'string'],
      doc: "MARKET: the price is the market's, common to all portfolios; FILL: that of the position's own last fill; null: unknown or none.",
      default: null,
    },
  ],
})
