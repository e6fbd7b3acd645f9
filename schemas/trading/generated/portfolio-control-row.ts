// Generated from portfolio-control-row.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** The rules that portfolio-risk decides a portfolio's signals by since it was told. */
export interface PortfolioControlRow {
  /** portfolioKey, or *:all for every portfolio. */
  readonly scope: string
  /** Counts the rule sets of this scope, from 1. Two rule sets never share one. */
  readonly controlVersion: bigint
  /** ACTIVE, REDUCING or HALTED. */
  readonly tradingState: string
  /** Null in a record for every portfolio, which sets the trading state alone. */
  readonly currency: string | null
  /** Null: none. Units: 1e-18. */
  readonly exposureCap: bigint | null
  /** Null: none. Units: 1e-18. */
  readonly maxPositionQty: bigint | null
  /** Approvals allowed in a window; null: any number. */
  readonly rateMaximum: number | null
  /** Length of that window. Units: ms. */
  readonly rateWindowMs: bigint | null
  /** The most that a day of event time (UTC) may lose; null: any loss. Units: 1e-18. */
  readonly lossLimit: bigint | null
  /** The most that profit and loss may fall below its highest value; null: any. Units: 1e-18. */
  readonly maxDrawdown: bigint | null
  /** The newest controlVersion that asked to close all positions; 0: none did. */
  readonly flattenVersion: bigint
  /** The newest controlVersion that set the trading state: it ends a halt by losses. */
  readonly stateVersion: bigint
  /** The person or program that gave the order. */
  readonly actor: string
  readonly reason: string
  /** The time of the order. Units: milliseconds since the epoch. */
  readonly changedAt: number
}

/** Writes and reads PortfolioControlRow as Avro. */
export const PortfolioControlRow = avroOf<PortfolioControlRow>({
  type: 'record',
  name: 'PortfolioControlRow',
  namespace: 'millrace.trading.state',
  doc: "The rules that portfolio-risk decides a portfolio's signals by since it was told.",
  fields: [
    { name: 'scope', type: 'string', doc: 'portfolioKey, or *:all for every portfolio.' },
    {
      name: 'controlVersion',
      type: 'long',
      doc: 'Counts the rule sets of this scope, from 1. Two rule sets never share one.',
    },
    { name: 'tradingState', type: 'string', doc: 'ACTIVE, REDUCING or HALTED.' },
    {
      name: 'currency',
      type: ['null', 'string'],
      doc: 'Null in a record for every portfolio, which sets the trading state alone.',
      default: null,
    },
    {
      name: 'exposureCap',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'Null: none.',
      default: null,
    },
    {
      name: 'maxPositionQty',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'Null: none.',
      default: null,
    },
    {
      name: 'rateMaximum',
      type: ['null', 'int'],
      doc: 'Approvals allowed in a window; null: any number.',
      default: null,
    },
    {
      name: 'rateWindowMs',
      type: ['null', 'long'],
      doc: 'Length of that window. Units: ms.',
      default: null,
    },
    {
      name: 'lossLimit',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'The most that a day of event time (UTC) may lose; null: any loss.',
      default: null,
    },
    {
      name: 'maxDrawdown',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'The most that profit and loss may fall below its highest value; null: any.',
      default: null,
    },
    {
      name: 'flattenVersion',
      type: 'long',
      doc: 'The newest controlVersion that asked to close all positions; 0: none did.',
      default: 0,
    },
    {
      name: 'stateVersion',
      type: 'long',
      doc: 'The newest controlVersion that set the trading state: it ends a halt by losses.',
      default: 0,
    },
    { name: 'actor', type: 'string', doc: 'The person or program that gave the order.' },
    { name: 'reason', type: 'string' },
    {
      name: 'changedAt',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: 'The time of the order.',
    },
  ],
})
