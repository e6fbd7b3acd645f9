import { BufferedReportRow } from '../../schemas/trading/generated/buffered-report-row.ts'
import { DecisionRow } from '../../schemas/trading/generated/decision-row.ts'
import { PortfolioControlRow } from '../../schemas/trading/generated/portfolio-control-row.ts'
import { RateWindowRow } from '../../schemas/trading/generated/rate-window-row.ts'
import { RiskLedger } from '../../schemas/trading/generated/risk-ledger.ts'
import { RiskOrder } from '../../schemas/trading/generated/risk-order.ts'
import { RiskPortfolio } from '../../schemas/trading/generated/risk-portfolio.ts'
import { columnsOf, store } from '../../topology/index.ts'

/** Reserved exposure, cap and sequence numbers of each portfolio. */
export const riskPortfolios = store.table('risk_portfolios', columnsOf(RiskPortfolio), {
  key: ['portfolioId'],
  value: RiskPortfolio,
})

/** The exposure ledger: the position in an instrument, and the pending quantities of approved orders. */
export const ledgers = store.table('ledgers', columnsOf(RiskLedger), {
  key: ['portfolioId', 'instrumentKey'],
  value: RiskLedger,
})

/** The orders of approved trades, with the quantity that they still reserve. */
export const riskOrders = store.table('risk_orders', columnsOf(RiskOrder), {
  key: ['portfolioId', 'tradeId'],
  value: RiskOrder,
})

/** The one decision on each idempotency key. */
export const decisions = store.table('decisions', columnsOf(DecisionRow), {
  key: ['portfolioId', 'idempotencyKey'],
  value: DecisionRow,
  indexes: [['portfolioId', 'riskSeq']],
})

/** Reports that wait for an earlier one. */
export const feedbackBuffer = store.table('feedback_buffer', columnsOf(BufferedReportRow), {
  key: ['portfolioId', 'execSeq'],
  value: BufferedReportRow,
})

/** Approvals by time, for the rate limit. */
export const rateWindows = store.table('rate_windows', columnsOf(RateWindowRow), {
  key: ['portfolioId', 'windowMs', 'bucket'],
  value: RateWindowRow,
})

/** The rules that were set while the pipeline runs: of each portfolio, and in each partition of every portfolio. */
export const portfolioControlRules = store.table('portfolio_control_rules', columnsOf(PortfolioControlRow), {
  key: ['scope'],
  value: PortfolioControlRow,
})
