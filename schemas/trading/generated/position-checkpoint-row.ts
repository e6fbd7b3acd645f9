// Generated from position-checkpoint-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** A position as it was after the fill of that execSeq. */
export interface PositionCheckpointRow {
  readonly portfolioId: string
  readonly instrumentKey: string
  readonly exchange: string
  readonly instrumentId: string
  /** Signed. Units: 1e-18. */
  readonly quantity: bigint
  /** Of the open quantity. Units: 1e-18. */
  readonly cost: bigint
  /** Units: 1e-18. */
  readonly realisedPnl: bigint
  /** Units: 1e-18. */
  readonly fees: bigint
  /** Units: 1e-18. */
  readonly cash: bigint
  readonly fills: number
  /** Of the last fill. */
  readonly lastExecSeq: bigint
  /** Price of the last fill. Units: 1e-18. */
  readonly markPrice: bigint | null
  /** Units: milliseconds since the epoch. */
  readonly markedAt: number | null
}

/** Writes and reads PositionCheckpointRow as Avro. */
export const PositionCheckpointRow = avroOf<PositionCheckpointRow>({
  type: 'record',
  name: 'PositionCheckpointRow',
  namespace: 'millrace.trading.state',
  doc: 'A position as it was after the fill of that execSeq.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'instrumentKey', type: 'string' },
    { name: 'exchange', type: 'string' },
    { name: 'instrumentId', type: 'string' },
    {
      name: 'quantity',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
      doc: 'Signed.',
    },
    {
      name: 'cost',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
      doc: 'Of the open quantity.',
    },
    {
      name: 'realisedPnl',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
    },
    { name: 'fees', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'cash', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'fills', type: 'int' },
    { name: 'lastExecSeq', type: 'long', doc: 'Of the last fill.' },
    {
      name: 'markPrice',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'Price of the last fill.',
      default: null,
    },
    {
      name: 'markedAt',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      default: null,
    },
  ],
})
