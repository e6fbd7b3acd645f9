// Generated from resting-order-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** An order that has not ended: it rests, or its next reports are under way. */
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
  /** It expires then, if not before. Units: milliseconds since the epoch. */
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
  /** MARKET or LIMIT. */
  readonly orderType: string
  /** As in its signal. */
  readonly timeInForce: string | null
  /** NEW or PARTIALLY_FILLED. */
  readonly status: string
  /** Units of the fills sent; null: none. Units: 1e-18. */
  readonly filled: bigint | null
  /** Reports sent. */
  readonly reports: number
  /** Reports planned, sent or not. */
  readonly planned: number
  /** Its time among those that rest: of its placement, or of its last replacement. Units: milliseconds since the epoch. */
  readonly since: number | null
  /** Time of its last report. Units: milliseconds since the epoch. */
  readonly updatedAt: number | null
  /** Reports that are under way, in order. Shape: '[["FILL",1010,"10","100","0.5"]]': kind, time, units, price, fee. */
  readonly pending: string
  /** The trace of its approval; its reports carry it. */
  readonly traceparent: string | null
}

export type Side = 'BUY' | 'SELL'

/** Writes and reads RestingOrderRow as Avro. */
export const RestingOrderRow = avroOf<RestingOrderRow>({
  type: 'record',
  name: 'RestingOrderRow',
  namespace: 'millrace.trading.state',
  doc: 'An order that has not ended: it rests, or its next reports are under way.',
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
      doc: 'It expires then, if not before.',
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
    { name: 'orderType', type: 'string', doc: 'MARKET or LIMIT.', default: 'LIMIT' },
    { name: 'timeInForce', type: ['null', 'string'], doc: 'As in its signal.', default: null },
    { name: 'status', type: 'string', doc: 'NEW or PARTIALLY_FILLED.', default: 'NEW' },
    {
      name: 'filled',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'Units of the fills sent; null: none.',
      default: null,
    },
    { name: 'reports', type: 'int', doc: 'Reports sent.', default: 0 },
    { name: 'planned', type: 'int', doc: 'Reports planned, sent or not.', default: 0 },
    {
      name: 'since',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      doc: 'Its time among those that rest: of its placement, or of its last replacement.',
      default: null,
    },
    {
      name: 'updatedAt',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      doc: 'Time of its last report.',
      default: null,
    },
    {
      name: 'pending',
      type: 'string',
      doc: "Reports that are under way, in order. Shape: '[[\"FILL\",1010,\"10\",\"100\",\"0.5\"]]': kind, time, units, price, fee.",
      default: '[]',
    },
    {
      name: 'traceparent',
      type: ['null', 'string'],
      doc: 'The trace of its approval; its reports carry it.',
      default: null,
    },
  ],
})
