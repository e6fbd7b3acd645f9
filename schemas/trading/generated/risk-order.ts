// Generated from risk-order.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** The state that portfolio-risk keeps of a trade: that of its order, and the quantity it still reserves. */
export interface RiskOrder {
  readonly portfolioId: string
  readonly tradeId: string
  readonly instrumentKey: string
  readonly side: Side
  /** Units: 1e-18. */
  readonly quantity: bigint
  /** Units: 1e-18. */
  readonly filled: bigint
  /** Units still reserved in the ledger; 0 once closed. Units: 1e-18. */
  readonly leaves: bigint
  /** Units: 1e-18. */
  readonly boundPrice: bigint
  readonly closed: boolean
  readonly lastFillSeq: number
}

export type Side = 'BUY' | 'SELL'

/** Writes and reads RiskOrder as Avro. */
export const RiskOrder = avroOf<RiskOrder>({
  type: 'record',
  name: 'RiskOrder',
  namespace: 'millrace.trading.state',
  doc: 'The state that portfolio-risk keeps of a trade: that of its order, and the quantity it still reserves.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'tradeId', type: 'string' },
    { name: 'instrumentKey', type: 'string' },
    { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
    { name: 'quantity', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'filled', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'leaves',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
      doc: 'Units still reserved in the ledger; 0 once closed.',
    },
    {
      name: 'boundPrice',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
    },
    { name: 'closed', type: 'boolean' },
    { name: 'lastFillSeq', type: 'int' },
  ],
})
