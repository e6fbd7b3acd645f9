// Generated from portfolio-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** The books of a portfolio. */
export interface PortfolioRow {
  readonly portfolioId: string
  /** Count of the distinct reports applied. */
  readonly version: bigint
  /** All reports up to this one are in. */
  readonly throughExecSeq: bigint
  /** The latest report that is in; above throughExecSeq while one is missing. */
  readonly lastExecSeq: bigint
  readonly provisional: boolean
  readonly stateHash: string
  /** Latest executedAt of a report; null before any. Units: milliseconds since the epoch. */
  readonly asOf: number | null
  /** Units: 1e-18. */
  readonly cash: bigint
  /** Net of fees. Units: 1e-18. */
  readonly realisedPnl: bigint
  /** Units: 1e-18. */
  readonly fees: bigint
  /** Sum of |quantity| x mark. Units: 1e-18. */
  readonly grossExposure: bigint
  /** Sum of quantity x mark. Units: 1e-18. */
  readonly netExposure: bigint
  /** Sum of the costs of open positions, short ones negative. Units: 1e-18. */
  readonly openCost: bigint
  readonly openPositions: number
  readonly fills: bigint
  /** Event time of the newest market price in the marks; null before any. Units: milliseconds since the epoch. */
  readonly markedAt: number | null
  /** Event time of the last update that prices alone gave rise to. Units: milliseconds since the epoch. */
  readonly publishedMarkAt: number | null
  /** grossExposure as the last update has it. Units: 1e-18. */
  readonly publishedGross: bigint | null
  /** netExposure as the last update has it. Units: 1e-18. */
  readonly publishedNet: bigint | null
}

/** Writes and reads PortfolioRow as Avro. */
export const PortfolioRow = avroOf<PortfolioRow>({
  type: 'record',
  name: 'PortfolioRow',
  namespace: 'millrace.trading.state',
  doc: 'The books of a portfolio.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'version', type: 'long', doc: 'Count of the distinct reports applied.' },
    { name: 'throughExecSeq', type: 'long', doc: 'All reports up to this one are in.' },
    {
      name: 'lastExecSeq',
      type: 'long',
      doc: 'The latest report that is in; above throughExecSeq while one is missing.',
    },
    { name: 'provisional', type: 'boolean' },
    { name: 'stateHash', type: 'string' },
    {
      name: 'asOf',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      doc: 'Latest executedAt of a report; null before any.',
      default: null,
    },
    { name: 'cash', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'realisedPnl',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
      doc: 'Net of fees.',
    },
    { name: 'fees', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'grossExposure',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
      doc: 'Sum of |quantity| x mark.',
    },
    {
      name: 'netExposure',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
      doc: 'Sum of quantity x mark.',
    },
    {
      name: 'openCost',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
      doc: 'Sum of the costs of open positions, short ones negative.',
    },
    { name: 'openPositions', type: 'int' },
    { name: 'fills', type: 'long' },
    {
      name: 'markedAt',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      doc: 'Event time of the newest market price in the marks; null before any.',
      default: null,
    },
    {
      name: 'publishedMarkAt',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      doc: 'Event time of the last update that prices alone gave rise to.',
      default: null,
    },
    {
      name: 'publishedGross',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'grossExposure as the last update has it.',
      default: null,
    },
    {
      name: 'publishedNet',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'netExposure as the last update has it.',
      default: null,
    },
  ],
})
