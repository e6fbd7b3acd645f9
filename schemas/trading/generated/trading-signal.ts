// Generated from trading-signal.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** Envelope of TradingSignal. Record key: instrumentKey. */
export interface TradingSignalEvent {
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
  readonly payload: TradingSignal
}

/** The request of a strategy. */
export interface TradingSignal {
  readonly signalId: string
  /** One decision is made for it and the portfolio, ever. */
  readonly idempotencyKey: string
  readonly strategyId: string
  readonly portfolioId: string
  readonly exchange: string
  readonly instrumentId: string
  readonly side: Side
  /** Units: 1e-18. */
  readonly quantity: bigint
  readonly orderType: OrderType
  /** Units: 1e-18. */
  readonly limitPrice: bigint | null
  /** The market price the strategy saw. Units: 1e-18. */
  readonly referencePrice: bigint | null
  readonly reduceOnly: boolean
  /** Units: milliseconds since the epoch. */
  readonly validUntil: number | null
  /** DAY: until the instrument's session closes; GTC: until it is cancelled; IOC: at once, in part if need be; FOK: at once and whole, or not. Null: as GTC. A market order never rests. */
  readonly timeInForce: string | null
}

export type Side = 'BUY' | 'SELL'

export type OrderType = 'MARKET' | 'LIMIT'

/** Writes and reads TradingSignalEvent as Avro. */
export const TradingSignalEvent = avroOf<TradingSignalEvent>({
  type: 'record',
  name: 'TradingSignalEvent',
  namespace: 'millrace.trading',
  doc: 'Envelope of TradingSignal. Record key: instrumentKey.',
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
        name: 'TradingSignal',
        doc: 'The request of a strategy.',
        fields: [
          { name: 'signalId', type: 'string' },
          {
            name: 'idempotencyKey',
            type: 'string',
            doc: 'One decision is made for it and the portfolio, ever.',
          },
          { name: 'strategyId', type: 'string' },
          { name: 'portfolioId', type: 'string' },
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
          {
            name: 'referencePrice',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'The market price the strategy saw.',
            default: null,
          },
          { name: 'reduceOnly', type: 'boolean', default: false },
          {
            name: 'validUntil',
            type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
            default: null,
          },
          {
            name: 'timeInForce',
            type: ['null', 'string'],
            doc: "DAY: until the instrument's session closes; GTC: until it is cancelled; IOC: at once, in part if need be; FOK: at once and whole, or not. Null: as GTC. A market order never rests.",
            default: null,
          },
        ],
      },
    },
  ],
})
