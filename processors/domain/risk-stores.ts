import type { ExecutionReport } from '../../schemas/trading/generated/execution-report.ts'
import type { Rows } from './books-stores.ts'
import type { DecisionRow } from './decision-row.ts'
import type { RiskLedger, RiskOrder, RiskPortfolio } from './risk-state.ts'

/** A report that waits for an earlier one. */
export interface BufferedReportRow extends ExecutionReport {
  readonly instrumentKey: string
}

/** Approvals of a portfolio in one bucket of a rate window. Shape of times: `'1700000000000 1700000000250'`. */
export interface RateWindowRow {
  readonly portfolioId: string
  readonly windowMs: number
  readonly bucket: bigint
  readonly approvals: string
}

/** Where portfolio-risk keeps its state. Keys are tuples of the rows' own key columns. */
export interface RiskStores {
  readonly portfolios: Rows<readonly [portfolioId: string], RiskPortfolio>
  readonly ledgers: Rows<readonly [portfolioId: string, instrumentKey: string], RiskLedger>
  readonly orders: Rows<readonly [portfolioId: string, tradeId: string], RiskOrder>
  readonly decisions: Rows<readonly [portfolioId: string, idempotencyKey: string], DecisionRow>
  readonly buffer: Rows<readonly [portfolioId: string, execSeq: bigint], BufferedReportRow>
  readonly rates: Rows<readonly [portfolioId: string, windowMs: number, bucket: bigint], RateWindowRow>
}
