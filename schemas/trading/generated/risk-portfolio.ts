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
  ],
})
