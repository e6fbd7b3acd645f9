// Generated from resting-order-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** An order whose limit the market has not reached. */
export interface RestingOrderRow {
  readonly portfolioId: string
  readonly instrumentKey: string
  readonly orderId: string
  readonly tradeId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: Side
  /** Units: 1e-18. */
  readonly quantity: bigint
  /** Units: 1e-18. */
  readonly limitPrice: bigint
  /** Units: 1e-18. */
  readonly boundPrice: bigint
  /** Units: milliseconds since the epoch. */
  readonly validUntil: number | null
  /** Units: 1e-18. */
  readonly tickSize: bigint
  /** Units: 1e-18. */
  readonly lotSize: bigint
  /** Units: 1e-18. */
  readonly takerFeeRate: bigint
  readonly feePrecision: number
  /** Units: milliseconds since the epoch. */
  readonly placedAt: number
  /** eventId of the approval. */
  readonly sourceEventId: string
  readonly correlationId: string
}

export type Side = 'BUY' | 'SELL'

/** Writes and reads RestingOrderRow as Avro. */
export const RestingOrderRow = avroOf<RestingOrderRow>({
  type: 'record',
  name: 'RestingOrderRow',
  namespace: 'millrace.trading.state',
  doc: 'An order whose limit the market has not reached.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'instrumentKey', type: 'string' },
    { name: 'orderId', type: 'string' },
    { name: 'tradeId', type: 'string' },
    { name: 'exchange', type: 'string' },
    { name: 'instrumentId', type: 'string' },
    { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
    { name: 'quantity', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'limitPrice',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
    },
    {
      name: 'boundPrice',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
    },
    {
      name: 'validUntil',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
    },
    { name: 'tickSize', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'lotSize', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'takerFeeRate',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
    },
    { name: 'feePrecision', type: 'int' },
    { name: 'placedAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'sourceEventId', type: 'string', doc: 'eventId of the approval.' },
    { name: 'correlationId', type: 'string' },
  ],
})
