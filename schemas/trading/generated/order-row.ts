// Generated from order-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** An order. Fields that only its placement gives are null until it has come. */
export interface OrderRow {
  readonly portfolioId: string
  readonly orderId: string
  readonly tradeId: string
  readonly strategyId: string | null
  readonly exchange: string
  readonly instrumentId: string
  readonly side: Side
  readonly orderType: OrderType | null
  /** The limit now: of the last replacement that gave one, else of its placement. Units: 1e-18. */
  readonly limitPrice: bigint | null
  /** As given by its placement; null, too, in rows of before it was kept. Units: 1e-18. */
  readonly placedLimitPrice: bigint | null
  /** Units: 1e-18. */
  readonly quantity: bigint
  /** As given by its placement. Units: 1e-18. */
  readonly placedQuantity: bigint | null
  /** NEW, PARTIALLY_FILLED, FILLED, EXPIRED, CANCELLED or REJECTED. */
  readonly status: string
  /** Units: 1e-18. */
  readonly filled: bigint
  /** Units: 1e-18. */
  readonly leaves: bigint
  /** Units: milliseconds since the epoch. */
  readonly placedAt: number | null
  /** Units: milliseconds since the epoch. */
  readonly updatedAt: number
  /** Reports that apply. */
  readonly applied: number
  /** Its reports in execSeq order, as JSON: what the order's fold needs. */
  readonly reports: string
}

export type Side = 'BUY' | 'SELL'

export type OrderType = 'MARKET' | 'LIMIT'

/** Writes and reads OrderRow as Avro. */
export const OrderRow = avroOf<OrderRow>({
  type: 'record',
  name: 'OrderRow',
  namespace: 'millrace.trading.state',
  doc: 'An order. Fields that only its placement gives are null until it has come.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'orderId', type: 'string' },
    { name: 'tradeId', type: 'string' },
    { name: 'strategyId', type: ['null', 'string'], default: null },
    { name: 'exchange', type: 'string' },
    { name: 'instrumentId', type: 'string' },
    { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
    {
      name: 'orderType',
      type: ['null', { type: 'enum', name: 'OrderType', symbols: ['MARKET', 'LIMIT'] }],
      default: null,
    },
    {
      name: 'limitPrice',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'The limit now: of the last replacement that gave one, else of its placement.',
      default: null,
    },
    {
      name: 'placedLimitPrice',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'As given by its placement; null, too, in rows of before it was kept.',
      default: null,
    },
    { name: 'quantity', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'placedQuantity',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'As given by its placement.',
      default: null,
    },
    {
      name: 'status',
      type: 'string',
      doc: 'NEW, PARTIALLY_FILLED, FILLED, EXPIRED, CANCELLED or REJECTED.',
    },
    { name: 'filled', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'leaves', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'placedAt',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
    },
    { name: 'updatedAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'applied', type: 'int', doc: 'Reports that apply.' },
    {
      name: 'reports',
      type: 'string',
      doc: "Its reports in execSeq order, as JSON: what the order's fold needs.",
    },
  ],
})
