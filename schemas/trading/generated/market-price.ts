// Generated from market-price.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** Envelope of MarketPrice. Record key: instrumentKey. */
export interface MarketPriceEvent {
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
  readonly payload: MarketPrice
}

/** A price of an instrument. At least one of the three prices is there. */
export interface MarketPrice {
  readonly exchange: string
  readonly instrumentId: string
  /** The best price at which the market buys. Units: 1e-18. */
  readonly bid: bigint | null
  /** The best price at which the market sells. Units: 1e-18. */
  readonly ask: bigint | null
  /** The price of the last trade. Units: 1e-18. */
  readonly last: bigint | null
  /** The feed, person or program that the price comes from. */
  readonly source: string
  /** Units that the market buys at the bid; null: any number. Units: 1e-18. */
  readonly bidSize: bigint | null
  /** Units that the market sells at the ask; null: any number. Units: 1e-18. */
  readonly askSize: bigint | null
}

/** Writes and reads MarketPriceEvent as Avro. */
export const MarketPriceEvent = avroOf<MarketPriceEvent>({
  type: 'record',
  name: 'MarketPriceEvent',
  namespace: 'millrace.trading',
  doc: 'Envelope of MarketPrice. Record key: instrumentKey.',
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
        name: 'MarketPrice',
        doc: 'A price of an instrument. At least one of the three prices is there.',
        fields: [
          { name: 'exchange', type: 'string' },
          { name: 'instrumentId', type: 'string' },
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
          {
            name: 'source',
            type: 'string',
            doc: 'The feed, person or program that the price comes from.',
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
      },
    },
  ],
})
