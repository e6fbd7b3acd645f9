import type { ExecutionReport } from '../../../schemas/trading/generated/execution-report.ts'
import type { RiskLedger } from '../../../schemas/trading/generated/risk-ledger.ts'
import type { RiskOrder } from '../../../schemas/trading/generated/risk-order.ts'
import type { RiskPortfolio } from '../../../schemas/trading/generated/risk-portfolio.ts'
import { advanceOrder, judgeReport, type OrderReport, type OrderState } from '../books/order-fold.ts'
import { fillLedger, type InstrumentLedger, release } from './ledger.ts'
import type { PortfolioLimits } from './limits.ts'
import { countLosses } from './losses.ts'
import { exchangeLedger, ledgerOf, ledgerRow } from './risk-state.ts'

/** The state of a portfolio for a report; the order is undefined for a trade that portfolio-risk did not approve. */
interface FeedbackState {
  readonly portfolio: RiskPortfolio
  readonly ledger: RiskLedger | undefined
  readonly order: RiskOrder | undefined
}

/** The state after a report. A report that does not fit its order changes nothing but `feedbackExecSeq`. */
interface FeedbackResult {
  readonly portfolio: RiskPortfolio
  readonly ledger: RiskLedger | undefined
  readonly order: RiskOrder | undefined
}

/**
 * Applies the report that is next in execSeq order. Pure. Fills move the position, as in the reconciler's books; a quantity that
 * has filled, or will not fill any more, leaves the reservations. Only reports release.
 */
export function applyFeedback(
  report: ExecutionReport,
  key: string,
  state: FeedbackState,
  limits?: PortfolioLimits,
): FeedbackResult {
  const portfolio = { ...state.portfolio, feedbackExecSeq: report.execSeq }
  const known = state.order ?? unapproved(report, key)
  const facts = orderReportOf(report)
  if (judgeReport(orderStateOf(known, state.order !== undefined), facts) !== null) return { ...state, portfolio }

  const { filled, lastFillSeq, closed } = advanceOrder(orderStateOf(known, true), facts)
  const { orderQty: quantity } = report
  // A replacement that takes units away releases what they reserve.
  const leaves = closed || known.leaves === 0n ? 0n : known.leaves - report.lastQty - (known.quantity - quantity)
  const order: RiskOrder = { ...known, quantity, filled, closed, lastFillSeq, leaves }
  const ledger = ledgerRow(report.portfolioId, key, ledgerAfter(ledgerOf(state.ledger), report, known, leaves))
  const closes = closed && state.order !== undefined ? 1 : 0
  const exchanged = exchangeLedger(portfolio, state.ledger, ledger)
  const after = countLosses(portfolio, exchanged, limits, report.executedAt)
  return { portfolio: { ...after, openOrders: after.openOrders - closes }, ledger, order }
}

/** The fields of a report that both folds of an order use. */
export function orderReportOf(report: ExecutionReport): OrderReport {
  const { execSeq, fillSeq, execType, orderQty, lastQty, isTerminal, limitPrice } = report
  return { execSeq, fillSeq, execType, orderQty, lastQty, hasPrice: report.lastPrice !== null, isTerminal, limitPrice }
}

function ledgerAfter(ledger: InstrumentLedger, report: ExecutionReport, order: RiskOrder, leaves: bigint) {
  const { side, boundPrice } = order
  const released = release(ledger, { side, boundPrice, units: order.leaves - leaves })
  if (report.lastQty === 0n || report.lastPrice === null) return released
  const { lastQty: quantity, lastPrice: price, fee } = report
  return fillLedger(released, { side: report.side, quantity, price, fee })
}

/** An order from elsewhere reserves nothing, but its fills are in the books. */
function unapproved(report: ExecutionReport, key: string): RiskOrder {
  return {
    portfolioId: report.portfolioId,
    tradeId: report.tradeId,
    instrumentKey: key,
    side: report.side,
    quantity: report.orderQty,
    filled: 0n,
    leaves: 0n,
    boundPrice: 0n,
    closed: false,
    lastFillSeq: 0,
  }
}

function orderStateOf(order: RiskOrder, known: boolean): OrderState {
  const { quantity, filled, closed, lastFillSeq } = order
  return {
    quantity: known ? quantity : null,
    filled,
    closed,
    status: filled > 0n ? 'PARTIALLY_FILLED' : 'NEW',
    lastFillSeq,
  }
}
