// Generated from instrument-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** An instrument as instrument-risk holds it. */
export interface InstrumentRow {
  readonly instrumentKey: string
  readonly exchange: string
  readonly instrumentId: string
  readonly baseCurrency: string
  readonly quoteCurrency: string
  readonly pricePrecision: number
  readonly sizePrecision: number
  /** Units: 1e-18. */
  readonly tickSize: bigint
  /** Units: 1e-18. */
  readonly lotSize: bigint
  /** Units: 1e-18. */
  readonly minQty: bigint | null
  /** Units: 1e-18. */
  readonly maxTradeQty: bigint | null
  /** Units: 1e-18. */
  readonly maxPositionQty: bigint | null
  /** Units: 1e-18. */
  readonly minNotional: bigint | null
  /** Units: 1e-18. */
  readonly maxNotional: bigint | null
  /** Units: 1e-18. */
  readonly takerFeeRate: bigint
  readonly feePrecision: number
  readonly shortable: boolean
  readonly enabled: boolean
  readonly instrumentVersion: bigint
  /** The time of day at which its session closes and DAY orders expire, in UTC. Shape: '21:00'. Null: midnight. */
  readonly sessionClose: string | null
}

/** Writes and reads InstrumentRow as Avro. */
export const InstrumentRow = avroOf<InstrumentRow>({
  type: 'record',
  name: 'InstrumentRow',
  namespace: 'millrace.trading.state',
  doc: 'An instrument as instrument-risk holds it.',
  fields: [
    { name: 'instrumentKey', type: 'string' },
    { name: 'exchange', type: 'string' },
    { name: 'instrumentId', type: 'string' },
    { name: 'baseCurrency', type: 'string' },
    { name: 'quoteCurrency', type: 'string' },
    { name: 'pricePrecision', type: 'int' },
    { name: 'sizePrecision', type: 'int' },
    { name: 'tickSize', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'lotSize', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
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
    },
    { name: 'feePrecision', type: 'int' },
    { name: 'shortable', type: 'boolean' },
    { name: 'enabled', type: 'boolean' },
    { name: 'instrumentVersion', type: 'long' },
    {
      name: 'sessionClose',
      type: ['null', 'string'],
      doc: "The time of day at which its session closes and DAY orders expire, in UTC. Shape: '21:00'. Null: midnight.",
      default: null,
    },
  ],
})
