// Generated from instrument-registered.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** Envelope of InstrumentRegistered. Record key: instrumentKey. */
export interface InstrumentRegisteredEvent {
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
  readonly payload: InstrumentRegistered
}

/** An instrument as it is from this version on. */
export interface InstrumentRegistered {
  readonly exchange: string
  readonly instrumentId: string
  readonly baseCurrency: string
  readonly quoteCurrency: string
  /** Digits after the point of a price; with sizePrecision at most 18. */
  readonly pricePrecision: number
  /** Digits after the point of a quantity. */
  readonly sizePrecision: number
  /** Prices are multiples of it. Units: 1e-18. */
  readonly tickSize: bigint
  /** Quantities are multiples of it. Units: 1e-18. */
  readonly lotSize: bigint
  /** Units: 1e-18. */
  readonly minQty: bigint | null
  /** Units: 1e-18. */
  readonly maxTradeQty: bigint | null
  /** Largest position of one portfolio, long or short. Units: 1e-18. */
  readonly maxPositionQty: bigint | null
  /** Units: 1e-18. */
  readonly minNotional: bigint | null
  /** Units: 1e-18. */
  readonly maxNotional: bigint | null
  /** Share of the notional of a fill. Units: 1e-18. */
  readonly takerFeeRate: bigint
  /** Digits after the point of a fee. */
  readonly feePrecision: number
  readonly shortable: boolean
  readonly enabled: boolean
  /** Grows with each event of a key; an older one is dropped. */
  readonly instrumentVersion: bigint
  /** The time of day at which its session closes and DAY orders expire, in UTC. Shape: '21:00'. Null: midnight. */
  readonly sessionClose: string | null
}

/** Writes and reads InstrumentRegisteredEvent as Avro. */
export const InstrumentRegisteredEvent = avroOf<InstrumentRegisteredEvent>({
  type: 'record',
  name: 'InstrumentRegisteredEvent',
  namespace: 'millrace.trading',
  doc: 'Envelope of InstrumentRegistered. Record key: instrumentKey.',
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
        name: 'InstrumentRegistered',
        doc: 'An instrument as it is from this version on.',
        fields: [
          { name: 'exchange', type: 'string' },
          { name: 'instrumentId', type: 'string' },
          { name: 'baseCurrency', type: 'string' },
          { name: 'quoteCurrency', type: 'string' },
          {
            name: 'pricePrecision',
            type: 'int',
            doc: 'Digits after the point of a price; with sizePrecision at most 18.',
          },
          { name: 'sizePrecision', type: 'int', doc: 'Digits after the point of a quantity.' },
          {
            name: 'tickSize',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
            doc: 'Prices are multiples of it.',
          },
          {
            name: 'lotSize',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
            doc: 'Quantities are multiples of it.',
          },
          {
            name: 'minQty',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'maxTradeQty',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'maxPositionQty',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'Largest position of one portfolio, long or short.',
            default: null,
          },
          {
            name: 'minNotional',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'maxNotional',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            default: null,
          },
          {
            name: 'takerFeeRate',
            type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
            doc: 'Share of the notional of a fill.',
            default: '\u0000',
          },
          {
            name: 'feePrecision',
            type: 'int',
            doc: 'Digits after the point of a fee.',
            default: 8,
          },
          { name: 'shortable', type: 'boolean', default: true },
          { name: 'enabled', type: 'boolean', default: true },
          {
            name: 'instrumentVersion',
            type: 'long',
            doc: 'Grows with each event of a key; an older one is dropped.',
          },
          {
            name: 'sessionClose',
            type: ['null', 'string'],
            doc: "The time of day at which its session closes and DAY orders expire, in UTC. Shape: '21:00'. Null: midnight.",
            default: null,
          },
        ],
      },
    },
  ],
})
