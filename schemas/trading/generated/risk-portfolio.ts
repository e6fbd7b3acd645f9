// Generated from risk-portfolio.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** The state that portfolio-risk keeps of a portfolio. */
export interface RiskPortfolio {
  readonly portfolioId: string
  /** Decisions made. */
  readonly riskSeq: bigint
  /** Reports applied: all up to this execSeq. */
  readonly feedbackExecSeq: bigint
  /** Reports that wait for an earlier one. */
  readonly bufferedReports: number
  /** Sum of the instruments' exposures. Units: 1e-18. */
  readonly exposure: bigint
  /** Sum of leaves x bound over the open orders. Units: 1e-18. */
  readonly reserved: bigint
  readonly openOrders: number
  /** As of the last decision; null: none, or the portfolio is unknown. Units: 1e-18. */
  readonly exposureCap: bigint | null
  readonly limitsVersion: number
  /** The currency of all its amounts, as of the last decision. */
  readonly currency: string | null
  /** Prices applied. */
  readonly priceSeq: bigint
  /** Realised and, at the market's prices, unrealised profit and loss; null: 0. Units: 1e-18. */
  readonly pnl: bigint | null
  /** The day of event time that losses are counted in, from 1970-01-01 (UTC). */
  readonly lossDay: number | null
  /** Profit and loss when that day began; null: 0. Units: 1e-18. */
  readonly dayStartPnl: bigint | null
  /** The highest profit and loss; null: 0. Units: 1e-18. */
  readonly peakPnl: bigint | null
  /** The limit that its losses broke, LOSS_LIMIT or MAX_DRAWDOWN, until the trading state is set; null: none. */
  readonly haltedBy: string | null
  /** The latest time of a signal that was not refused for its time. Units: milliseconds since the epoch. */
  readonly newestSignalAt: number | null
}

/** Writes and reads RiskPortfolio as Avro. */
export const RiskPortfolio = avroOf<RiskPortfolio>({
  type: 'record',
  name: 'RiskPortfolio',
  namespace: 'millrace.trading.state',
  doc: 'The state that portfolio-risk keeps of a portfolio.',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'riskSeq', type: 'long', doc: 'Decisions made.' },
    { name: 'feedbackExecSeq', type: 'long', doc: 'Reports applied: all up to this execSeq.' },
    { name: 'bufferedReports', type: 'int', doc: 'Reports that wait for an earlier one.' },
    {
      name: 'exposure',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
      doc: "Sum of the instruments' exposures.",
    },
    {
      name: 'reserved',
      type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 },
      doc: 'Sum of leaves x bound over the open orders.',
    },
    { name: 'openOrders', type: 'int' },
    {
      name: 'exposureCap',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'As of the last decision; null: none, or the portfolio is unknown.',
      default: null,
    },
    { name: 'limitsVersion', type: 'int' },
    {
      name: 'currency',
      type: ['null', 'string'],
      doc: 'The currency of all its amounts, as of the last decision.',
      default: null,
    },
    { name: 'priceSeq', type: 'long', doc: 'Prices applied.', default: 0 },
    {
      name: 'pnl',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: "Realised and, at the market's prices, unrealised profit and loss; null: 0.",
      default: null,
    },
    {
      name: 'lossDay',
      type: ['null', 'int'],
      doc: 'The day of event time that losses are counted in, from 1970-01-01 (UTC).',
      default: null,
    },
    {
      name: 'dayStartPnl',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'Profit and loss when that day began; null: 0.',
      default: null,
    },
    {
      name: 'peakPnl',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      doc: 'The highest profit and loss; null: 0.',
      default: null,
    },
    {
      name: 'haltedBy',
      type: ['null', 'string'],
      doc: 'The limit that its losses broke, LOSS_LIMIT or MAX_DRAWDOWN, until the trading state is set; null: none.',
      default: null,
    },
    {
      name: 'newestSignalAt',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      doc: 'The latest time of a signal that was not refused for its time.',
      default: null,
    },
  ],
})
