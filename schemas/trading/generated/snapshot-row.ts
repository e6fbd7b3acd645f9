// Generated from snapshot-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** The books of a portfolio as they were at a version: their history. */
export interface SnapshotRow {
  readonly portfolioId: string
  /** Units: milliseconds since the epoch. */
  readonly at: number
  readonly version: bigint
  /** Units: 1e-18. */
  readonly cash: bigint
  /** Units: 1e-18. */
  readonly realisedPnl: bigint
  /** Units: 1e-18. */
  readonly unrealisedPnl: bigint
  /** Units: 1e-18. */
  readonly fees: bigint
  /** Units: 1e-18. */
  readonly grossExposure: bigint
  /** Units: 1e-18. */
  readonly netExposure: bigint
  readonly openPositions: number
  readonly fills: bigint
}

/** Writes and reads SnapshotRow as Avro. */
export const SnapshotRow = avroOf<SnapshotRow>({
  type: 'record',
  name: 'SnapshotRow',
  namespace: 'millrace.trading.state',
  doc: 'The books of a portfolio as they were at a version: their history.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'version', type: 'long' },
    { name: 'cash', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'realisedPnl',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
    },
    {
      name: 'unrealisedPnl',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
    },
    { name: 'fees', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'grossExposure',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
    },
    {
      name: 'netExposure',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
    },
    { name: 'openPositions', type: 'int' },
    { name: 'fills', type: 'long' },
  ],
})
