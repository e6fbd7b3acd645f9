// Generated from risk-ledger.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** The state that portfolio-risk keeps of a (portfolio, instrument): the exposure ledger, spread over columns. */
export interface RiskLedger {
  readonly portfolioId: string
  readonly instrumentKey: string
  /** Signed. Units: 1e-18. */
  readonly quantity: bigint
  /** Units: 1e-18. */
  readonly cost: bigint
  /** Units: 1e-18. */
  readonly realisedPnl: bigint
  /** Units: 1e-18. */
  readonly fees: bigint
  /** Units: 1e-18. */
  readonly cash: bigint
  /** Pending units by bound price, the dearest first. Shape: 30@101.5 20@100. */
  readonly pendingBuys: string
  readonly pendingSells: string
  /** Units: 1e-18. */
  readonly exposure: bigint
  /** Units: 1e-18. */
  readonly reserved: bigint
  /** The price of the last fill; null: none yet. Units: 1e-18. */
  readonly lastPrice: bigint | null
  /** The market's price; null: it has none. Units: 1e-18. */
  readonly markPrice: bigint | null
  /** The time of that price. Units: milliseconds since the epoch. */
  readonly markedAt: number | null
}

/** Writes and reads RiskLedger as Avro. */
export const RiskLedger = avroOf<RiskLedger>({
  type: 'record',
  name: 'RiskLedger',
  namespace: 'millrace.trading.state',
  doc: 'The state that portfolio-risk keeps of a (portfolio, instrument): the exposure ledger, spread over columns.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'instrumentKey', type: 'string' },
    {
      name: 'quantity',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
      doc: 'Signed.',
    },
    { name: 'cost', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'realisedPnl',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
    },
    { name: 'fees', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'cash', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'pendingBuys',
      type: 'string',
      doc: 'Pending units by bound price, the dearest first. Shape: 30@101.5 20@100.',
    },
    { name: 'pendingSells', type: 'string' },
    { name: 'exposure', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'reserved', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'lastPrice',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'The price of the last fill; null: none yet.',
      default: null,
    },
    {
      name: 'markPrice',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: "The market's price; null: it has none.",
      default: null,
    },
    {
      name: 'markedAt',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      doc: 'The time of that price.',
      default: null,
    },
  ],
})
