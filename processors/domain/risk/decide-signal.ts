import type { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import type { PortfolioSignalEvent } from '../../../schemas/trading/generated/portfolio-signal.ts'
import type { RateWindowRow } from '../../../schemas/trading/generated/rate-window-row.ts'
import type { Awaitable } from '../../../topology/index.ts'
import { chain, together } from '../../../topology/index.ts'
import { instrumentKey } from '../shared/keys.ts'
import { KnownTexts } from '../shared/known-texts.ts'
import { everyPortfolio, scopeOf } from './control-event.ts'
import { type Decision, decide, isUnknown } from './decision.ts'
import { decisionRow } from './decision-row.ts'
import { IdempotencyConflict, sameRequest } from './idempotency.ts'
import type { Limits, RateLimit } from './limits.ts'
import { type LimitsInForce, limitsInForce } from './limits-in-force.ts'
import { addApproval, bucketOf, countRecent, type RateBucket } from './rate-window.ts'
import { newRiskPortfolio } from './risk-state.ts'
import type { RiskStores } from './risk-stores.ts'

/**
 * Decides a signal, once: the decision is kept in the same commit as the ledger, and a repeated signal finds it. Then the
 * result is undefined, since nothing new is to be emitted. `now` is the wall clock, in ms.
 *
 * Errors: IdempotencyConflict when the key was decided for another request.
 */
export function decideSignal(
  stores: RiskStores,
  event: PortfolioSignalEvent,
  limits: Limits,
  now = 0,
): Awaitable<Decision | undefined> {
  const { portfolioId, idempotencyKey } = event.payload
  return chain(stores.decisions.get([portfolioId, idempotencyKey]), known =>
    known === undefined ? decideNew(stores, event, limits, now) : answer(known, event),
  )
}

/** The stored decision is kept; it has been emitted. */
function answer(known: DecisionRow, event: PortfolioSignalEvent): undefined {
  const { portfolioId, idempotencyKey } = event.payload
  if (!sameRequest(known, event.payload)) throw new IdempotencyConflict(portfolioId, idempotencyKey)
}

function decideNew(stores: RiskStores, event: PortfolioSignalEvent, limits: Limits, now: number): Awaitable<Decision> {
  const { portfolioId } = event.payload
  const rules = together([stores.controls.get(scopeOf(portfolioId)), stores.controls.get(everyPortfolio)])
  return chain(rules, ([own, every]) => decideBy(stores, event, limitsInForce(limits, portfolioId, own, every), now))
}

function decideBy(
  stores: RiskStores,
  event: PortfolioSignalEvent,
  limits: LimitsInForce,
  now: number,
): Awaitable<Decision> {
  const { portfolioId, exchange, instrumentId, idempotencyKey } = event.payload
  const rate = limits.portfolio?.rate ?? null
  const rows = together([
    stores.portfolios.get(portfolioId),
    stores.ledgers.get([portfolioId, instrumentKey(exchange, instrumentId)]),
    ...rateKeys(portfolioId, event.occurredAt, rate).map(key => stores.rates.get(key)),
  ])
  return chain(rows, ([portfolio = newRiskPortfolio(portfolioId), ledger, ...windows]) => {
    const buckets = windows.map(bucketOfRow)
    const recentApprovals = rate === null ? 0 : countRecent(buckets, event.occurredAt, rate.windowMs)
    const decision = decide(event, { portfolio, ledger, recentApprovals, now }, limits)
    stores.decisions.put([portfolioId, idempotencyKey], decisionRow(decision))
    if (!isUnknown(portfolio, limits.portfolio)) stores.portfolios.put(portfolioId, decision.portfolio)
    if (decision.ledger) stores.ledgers.put([portfolioId, decision.ledger.instrumentKey], decision.ledger)
    if (decision.outcome === 'APPROVED') {
      stores.orders.put([portfolioId, decision.order.tradeId], decision.order)
      if (rate !== null) countApproval(stores, portfolioId, event.occurredAt, rate, buckets[0])
    }
    return decision
  })
}

/** The bucket of a time and the one before it. */
export function rateKeys(
  portfolioId: string,
  time: number,
  rate: RateLimit | null,
): (readonly [portfolioId: string, windowMs: number, bucket: bigint])[] {
  if (rate === null) return []
  const bucket = BigInt(bucketOf(time, rate.windowMs))
  return [
    [portfolioId, rate.windowMs, bucket],
    [portfolioId, rate.windowMs, bucket - 1n],
  ]
}

function countApproval(
  stores: RiskStores,
  portfolioId: string,
  time: number,
  rate: RateLimit,
  approved: RateBucket | undefined,
): void {
  const [key] = rateKeys(portfolioId, time, rate)
  const bucket = addApproval(approved, time)
  const approvals = bucket.join(' ')
  known.note(approvals, bucket)
  stores.rates.put(key!, { portfolioId, windowMs: rate.windowMs, bucket: key![2], approvals })
}

function bucketOfRow(row: RateWindowRow | undefined): RateBucket | undefined {
  return row && known.valueOf(row.approvals)
}

const known = new KnownTexts<RateBucket>(text => text.split(' ').map(Number))
