import type { ExecutionReportEvent } from '../../../schemas/trading/generated/execution-report.ts'
import type { PortfolioPriceEvent } from '../../../schemas/trading/generated/portfolio-price.ts'
import type { TradeApproved, TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import type { TradeRejected, TradeRejectedEvent } from '../../../schemas/trading/generated/trade-rejected.ts'
import { recordedQuote } from '../market/quote.ts'
import { multiply } from '../shared/decimal.ts'
import { decisionIdOf } from '../shared/ids.ts'
import { hasTerms, termsOf } from '../shared/instrument.ts'
import { instrumentKey } from '../shared/keys.ts'
import { checkInstrument } from './instrument-checks.ts'
import { OraclePortfolio } from './oracle-portfolio.ts'

/** The records of the topics. In any order; repetitions do not matter. */
export interface RecordedTrading {
  readonly approved: readonly TradeApprovedEvent[]
  readonly rejected: readonly TradeRejectedEvent[]
  readonly reports: readonly ExecutionReportEvent[]
  /** In the order of their topic. Unset: none. */
  readonly prices?: readonly PortfolioPriceEvent[]
}

/** A decision that the oracle does not reach. Shape: `{ portfolioId: 'p', riskSeq: 7n, expected: 'APPROVE', found: ... }`. */
export interface Disagreement {
  readonly portfolioId: string
  readonly idempotencyKey: string
  readonly riskSeq: bigint
  readonly expected: string
  readonly found: string
}

type DecisionEvent = TradeApprovedEvent | TradeRejectedEvent
type Decided = TradeApproved | TradeRejected

/**
 * Decides everything again, from the topics alone, and names the decisions that differ.
 *
 * Each decision carries its witness: its place among the portfolio's decisions (riskSeq), the reports that were in
 * (feedbackExecSeq), and the instrument and limit values used. An oracle that follows it must decide the same, in whatever order
 * signals and reports interleaved. It keeps its own simple ledger, a list of open orders, so that a fault of the
 * real one shows.
 */
export function verifyDecisions({
  approved,
  rejected,
  reports,
  prices = [],
}: RecordedTrading): readonly Disagreement[] {
  const byPortfolio = groupBy([...approved, ...rejected], event => event.payload.portfolioId)
  const reportsOf = groupBy(reports, event => event.payload.portfolioId)
  const pricesOf = groupBy(prices, event => event.payload.portfolioId)
  return [...byPortfolio].flatMap(([portfolioId, decisions]) =>
    verifyPortfolio(
      inOrder(decisions),
      bySequence(reportsOf.get(portfolioId) ?? []),
      (pricesOf.get(portfolioId) ?? []).values(),
    ),
  )
}

function verifyPortfolio(
  decisions: readonly DecisionEvent[],
  reports: ReadonlyMap<bigint, ExecutionReportEvent>,
  prices: Iterator<PortfolioPriceEvent>,
): readonly Disagreement[] {
  const portfolio = new OraclePortfolio()
  const found: Disagreement[] = []
  const decidedKeys = new Set<string>()
  let riskSeq = 0n
  for (const event of decisions) {
    const decision = event.payload
    const { portfolioId, idempotencyKey } = decision
    const differs = (expected: string, actual: string) =>
      found.push({ portfolioId, idempotencyKey, riskSeq: decision.riskSeq, expected, found: actual })

    // Decisions on a portfolio without rules are in no order.
    if (decision.portfolioCurrency !== null || decision.riskSeq !== 0n) riskSeq++
    if (decision.riskSeq !== riskSeq) differs(`riskSeq ${riskSeq}`, `riskSeq ${decision.riskSeq}`)
    riskSeq = decision.riskSeq
    if (decidedKeys.has(idempotencyKey)) differs('one decision for the key', 'another one')
    decidedKeys.add(idempotencyKey)
    if (event.eventId !== decisionIdOf(portfolioId, idempotencyKey)) differs('the id of the key', event.eventId)

    while (portfolio.execSeq < decision.feedbackExecSeq) {
      const next = reports.get(portfolio.execSeq + 1n)
      if (next === undefined) {
        differs(`a report with execSeq ${portfolio.execSeq + 1n}`, 'none')
        break
      }
      portfolio.apply(next.payload)
    }
    while (portfolio.priceSeq < decision.priceSeq) {
      const next = prices.next()
      if (next.done) {
        differs(`${decision.priceSeq} prices`, `${portfolio.priceSeq}`)
        break
      }
      portfolio.price(next.value.payload, next.value.occurredAt)
    }
    const expected = decideAgain(portfolio, event)
    const actual = outcomeOf(decision)
    if (expected !== actual) differs(expected, actual)
    if (isApproval(decision)) checkReservation(portfolio, event as TradeApprovedEvent, differs)
  }
  return found
}

/** APPROVE or the reason code that the recorded values lead to. */
function decideAgain(portfolio: OraclePortfolio, event: DecisionEvent): string {
  const decision = event.payload
  const { instrumentLimitsVersion: version, slippageTicks, maxNotionalPerOrder, priceBand } = decision
  const terms = hasTerms(decision) ? termsOf(decision) : null
  const limits = { version, slippageTicks, maxNotionalPerOrder, priceBand }
  const market = recordedQuote(decision)
  const { refusal, unlessClosing, boundPrice } = checkInstrument(decision, event.occurredAt, terms, limits, market)
  if (refusal) return refusal.reasonCode
  if (market && decision.portfolioCurrency !== null)
    portfolio.mark(instrumentKey(decision.exchange, decision.instrumentId), market, market.at)
  if (unlessClosing && !portfolio.closedBy(decision)) return unlessClosing.reasonCode
  if (boundPrice !== decision.boundPrice) return `bound price ${boundPrice}`
  return portfolio.decide(decision, boundPrice!, terms!, event.occurredAt)
}

/** Checks an approval's own figures; then its reservation is added to the oracle's ledger too. */
function checkReservation(
  portfolio: OraclePortfolio,
  { payload: trade, occurredAt }: TradeApprovedEvent,
  differs: (expected: string, found: string) => void,
): void {
  const same = (name: string, expected: bigint, found: bigint) => {
    if (expected !== found) differs(`${name} ${expected}`, `${name} ${found}`)
  }
  same('exposureBefore', portfolio.exposure(), trade.exposureBefore)
  same('reservedNotional', multiply(trade.quantity, trade.boundPrice), trade.reservedNotional)
  portfolio.reserve(trade, instrumentKey(trade.exchange, trade.instrumentId), occurredAt)
  same('exposureAfter', portfolio.exposure(), trade.exposureAfter)
}

function outcomeOf(decision: Decided): string {
  return isApproval(decision) ? 'APPROVE' : decision.reasonCode
}

function isApproval(decision: Decided): decision is TradeApproved {
  return 'tradeId' in decision
}

function inOrder(decisions: readonly DecisionEvent[]): DecisionEvent[] {
  return [...decisions].sort((a, b) => (a.payload.riskSeq < b.payload.riskSeq ? -1 : 1))
}

function bySequence(reports: readonly ExecutionReportEvent[]): ReadonlyMap<bigint, ExecutionReportEvent> {
  return new Map(reports.map(event => [event.payload.execSeq, event]))
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
