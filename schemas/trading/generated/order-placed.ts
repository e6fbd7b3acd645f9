// Generated from order-placed.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** Envelope of OrderPlaced. Record key: portfolioKey. */
export interface OrderPlacedEvent {
  /** The same for every copy of this event. */
  readonly eventId: string
  /** Name of the payload's record. */
  readonly eventType: string
  /** Version of this envelope and payload. */
  readonly schemaVersion: number
  /** Event time; of a derived event: its cause's time plus simulated delays, never a clock's. Units: milliseconds since the epoch. */
  readonly occurredAt: number
  /** The writer: a processor's name, gateway, bot or command. */
  readonly producer: string
  /** The key of the record. */
  readonly key: string
  /** Follows a signal through all events that derive from it. */
  readonly correlationId: string
  readonly payload: OrderPlaced
}

/** An order of an approved trade, as it reached the (simulated) exchange. */
export interface OrderPlaced {
  readonly orderId: string
  readonly tradeId: string
  readonly portfolioId: string
  readonly strategyId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: Side
  /** Units: 1e-18. */
  readonly quantity: bigint
  readonly orderType: OrderType
  /** Units: 1e-18. */
  readonly limitPrice: bigint | null
  /** NEW. */
  readonly status: string
  /** Units: milliseconds since the epoch. */
  readonly placedAt: number
  /** eventId of the approval. */
  readonly sourceEventId: string
}

export type Side = 'BUY' | 'SELL'

export type OrderType = 'MARKET' | 'LIMIT'

/** Writes and reads OrderPlacedEvent as Avro. */
export const OrderPlacedEvent = avroOf<OrderPlacedEvent>({
  type: 'record',
  name: 'OrderPlacedEvent',
  namespace: 'millrace.trading',
  doc: 'Envelope of OrderPlaced. Record key: portfolioKey.',
  fields: [
    { name: 'eventId', type: 'string', doc: 'The same for every copy of this event.' },
    { name: 'eventType', type: 'string', doc: "Name of the payload's record." },
    {
      name: 'schemaVersion',
      type: 'int',
      doc: 'Version of this envelope and payload.',
      default: 1,
    },
    {
      name: 'occurredAt',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: "Event time; of a derived event: its cause's time plus simulated delays, never a clock's.",
    },
    {
      name: 'producer',
      type: 'string',
      doc: "The writer: a processor's name, gateway, bot or command.",
    },
    { name: 'key', type: 'string', doc: 'The key of the record.' },
    {
      name: 'correlationId',
      type: 'string',
      doc: 'Follows a signal through all events that derive from it.',
    },
    {
      name: 'payload',
      type: {
        type: 'record',
        name: 'OrderPlaced',
        doc: 'An order of an approved trade, as it reached the (simulated) exchange.',
        fields: [
          { name: 'orderId', type: 'string' },
          { name: 'tradeId', type: 'string' },
          { name: 'portfolioId', type: 'string' },
          { name: 'strategyId', type: 'string', default: '' },
          { name: 'exchange', type: 'string' },
          { name: 'instrumentId', type: 'string' },
          { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
          {
            name: 'quantity',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
          },
          {
            name: 'orderType',
            type: { type: 'enum', name: 'OrderType', symbols: ['MARKET', 'LIMIT'] },
          },
          {
            name: 'limitPrice',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          { name: 'status', type: 'string', doc: 'NEW.' },
          { name: 'placedAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
          { name: 'sourceEventId', type: 'string', doc: 'eventId of the approval.' },
        ],
      },
    },
  ],
})
