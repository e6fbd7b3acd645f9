import { int32, int64, string } from '../../schemas/serdes.ts'
import { BufferedReportRow } from '../../schemas/trading/generated/buffered-report-row.ts'
import { DecisionRow } from '../../schemas/trading/generated/decision-row.ts'
import { RateWindowRow } from '../../schemas/trading/generated/rate-window-row.ts'
import { RiskLedger } from '../../schemas/trading/generated/risk-ledger.ts'
import { RiskOrder } from '../../schemas/trading/generated/risk-order.ts'
import { RiskPortfolio } from '../../schemas/trading/generated/risk-portfolio.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { tuple } from '../../topology/definition/stores/layout.ts'

/** Reserved exposure, cap and sequence numbers of each portfolio. */
export const riskPortfolios = keyValueStore('risk_portfolios', {
  key: tuple([['portfolioId', string]]),
  value: RiskPortfolio,
})

/** The exposure ledger: what is held of an instrument, and what approved orders may still make of it. */
export const ledgers = keyValueStore('ledgers', {
  key: tuple([
    ['portfolioId', string],
    ['instrumentKey', string],
  ]),
  value: RiskLedger,
})

/** The orders of approved trades, with what they still reserve. */
export const riskOrders = keyValueStore('risk_orders', {
  key: tuple([
    ['portfolioId', string],
    ['tradeId', string],
  ]),
  value: RiskOrder,
})

/** The one decision on each idempotency key. */
export const decisions = keyValueStore('decisions', {
  key: tuple([
    ['portfolioId', string],
    ['idempotencyKey', string],
  ]),
  value: DecisionRow,
})

/** Reports that wait for an earlier one. */
export const feedbackBuffer = keyValueStore('feedback_buffer', {
  key: tuple([
    ['portfolioId', string],
    ['execSeq', int64],
  ]),
  value: BufferedReportRow,
})

/** Approvals by time, for the rate limit. */
export const rateWindows = keyValueStore('rate_windows', {
  key: tuple([
    ['portfolioId', string],
    ['windowMs', int32],
    ['bucket', int64],
  ]),
  value: RateWindowRow,
})
