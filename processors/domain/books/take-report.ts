import type { ExecutionReport } from '../../../schemas/trading/generated/execution-report.ts'
import type { RiskPortfolio } from '../../../schemas/trading/generated/risk-portfolio.ts'
import type { Awaitable } from '../../../topology/index.ts'
import { chain, together } from '../../../topology/index.ts'
import { scopeOf } from '../risk/control-event.ts'
import { applyFeedback } from '../risk/feedback.ts'
import type { Limits } from '../risk/limits.ts'
import { limitsInForce } from '../risk/limits-in-force.ts'
import { newRiskPortfolio } from '../risk/risk-state.ts'
import type { RiskStores } from '../risk/risk-stores.ts'
import { instrumentKey } from '../shared/keys.ts'

/**
 * Takes a report as feedback. Reports apply in execSeq order: an older one is dropped, one after a gap waits in state, and
 * the one that fills the gap applies those that waited.
 */
export function takeReport(stores: RiskStores, report: ExecutionReport, limits?: Limits): Awaitable<void> {
  const { portfolioId, execSeq } = report
  return chain(stores.portfolios.get(portfolioId), (portfolio = newRiskPortfolio(portfolioId)) => {
    const next = portfolio.feedbackExecSeq + 1n
    if (execSeq < next) return
    if (execSeq > next) return buffer(stores, portfolio, report)
    return applyNext(stores, portfolio, report, limits)
  })
}

function applyNext(
  stores: RiskStores,
  before: RiskPortfolio,
  report: ExecutionReport,
  limits: Limits | undefined,
): Awaitable<void> {
  const { portfolioId, tradeId } = report
  const key = instrumentKey(report.exchange, report.instrumentId)
  const rows = together([
    stores.ledgers.get([portfolioId, key]),
    stores.orders.get([portfolioId, tradeId]),
    stores.controls.get(scopeOf(portfolioId)),
  ])
  return chain(rows, ([ledger, order, own]) => {
    const rules = limits && limitsInForce(limits, portfolioId, own, undefined).portfolio
    const after = applyFeedback(report, key, { portfolio: before, ledger, order }, rules)
    stores.portfolios.put(portfolioId, after.portfolio)
    if (after.ledger !== ledger && after.ledger) stores.ledgers.put([portfolioId, key], after.ledger)
    if (after.order !== order && after.order) stores.orders.put([portfolioId, tradeId], after.order)
    return drain(stores, after.portfolio, limits)
  })
}

/** Applies the report that waited for the last one, if it is there. */
function drain(stores: RiskStores, portfolio: RiskPortfolio, limits: Limits | undefined): Awaitable<void> {
  if (portfolio.bufferedReports === 0) return
  const key = [portfolio.portfolioId, portfolio.feedbackExecSeq + 1n] as const
  return chain(stores.buffer.get(key), waiting => {
    if (waiting === undefined) return
    stores.buffer.delete(key)
    return applyNext(stores, { ...portfolio, bufferedReports: portfolio.bufferedReports - 1 }, waiting, limits)
  })
}

/** The same report twice is kept once. */
function buffer(stores: RiskStores, portfolio: RiskPortfolio, report: ExecutionReport): Awaitable<void> {
  const { portfolioId, execSeq } = report
  return chain(stores.buffer.get([portfolioId, execSeq]), waiting => {
    if (waiting !== undefined) return
    const key = instrumentKey(report.exchange, report.instrumentId)
    stores.buffer.put([portfolioId, execSeq], { instrumentKey: key, ...report })
    stores.portfolios.put(portfolioId, { ...portfolio, bufferedReports: portfolio.bufferedReports + 1 })
  })
}
