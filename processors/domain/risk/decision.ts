import type { PortfolioSignal, PortfolioSignalEvent } from '../../../schemas/trading/generated/portfolio-signal.ts'
import type { RiskLedger } from '../../../schemas/trading/generated/risk-ledger.ts'
import type { RiskOrder } from '../../../schemas/trading/generated/risk-order.ts'
import type { RiskPortfolio } from '../../../schemas/trading/generated/risk-portfolio.ts'
import type { TradeApproved, TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import type { TradeRejected, TradeRejectedEvent } from '../../../schemas/trading/generated/trade-rejected.ts'
import { middlePrice, recordedQuote } from '../market/quote.ts'
import { envelope } from '../shared/envelope.ts'
import { decisionIdOf } from '../shared/ids.ts'
import { hasTerms, type InstrumentTerms, maybeTermsOf, termsOf } from '../shared/instrument.ts'
import { instrumentKey, portfolioKey } from '../shared/keys.ts'
import { producers } from '../shared/producer.ts'
import { closes, markLedger } from './ledger.ts'
import type { PortfolioLimits } from './limits.ts'
import type { LimitsInForce } from './limits-in-force.ts'
import { countLosses, type LossHalt, lossesOf } from './losses.ts'
import { checkPortfolio, reservedNotionalOf } from './portfolio-checks.ts'
import { type ReasonCode, type Refusal, refuse } from './refusal.ts'
import { exchangeLedger, ledgerOf, ledgerRow } from './risk-state.ts'
import { isNewer } from './take-risk-price.ts'
import { checkTime, type TimeWitness, timeWitness } from './time-checks.ts'
import { passed } from './verdict.ts'

/**
 * The state of a portfolio for a signal's decision. `recentApprovals`: those in the rate window that ends at the signal's
 * time.
 */
interface DecisionState {
  readonly portfolio: RiskPortfolio
  readonly ledger: RiskLedger | undefined
  readonly recentApprovals: number
  /** The wall clock. Unset: 0. Units: ms. */
  readonly now?: number
}

/** A decision, and the state after it. */
export type Decision =
  | {
      readonly outcome: 'APPROVED'
      readonly event: TradeApprovedEvent
      readonly portfolio: RiskPortfolio
      readonly ledger: RiskLedger
      readonly order: RiskOrder
    }
  | {
      readonly outcome: 'REJECTED'
      readonly event: TradeRejectedEvent
      readonly portfolio: RiskPortfolio
      /** Undefined: unchanged. */
      readonly ledger?: RiskLedger | undefined
    }

/**
 * Decides a signal. Pure: the same signal, state and limits give the same event, byte for byte.
 *
 * A signal that instrument-risk refused keeps that refusal; else the checks of the portfolio stage run. An approval comes
 * with its reservation.
 */
export function decide(event: PortfolioSignalEvent, state: DecisionState, limits: LimitsInForce): Decision {
  const signal = event.payload
  const own = limits.portfolio
  const portfolio: RiskPortfolio = {
    ...state.portfolio,
    riskSeq: isUnknown(state.portfolio, own) ? 0n : state.portfolio.riskSeq + 1n,
    exposureCap: own?.exposureCap ?? null,
    limitsVersion: limits.limitsVersion,
    currency: own?.currency ?? null,
  }
  const times = timeWitness(limits.time, event.occurredAt, state.now ?? 0, portfolio.newestSignalAt)
  const { boundPrice } = signal
  if (signal.verdict !== passed || !hasTerms(signal) || boundPrice === null) {
    return reject(event, 'INSTRUMENT', refusalOf(signal), portfolio, limits, times)
  }
  const key = instrumentKey(signal.exchange, signal.instrumentId)
  const untimely = own && checkTime(event.occurredAt, times)
  if (untimely) return reject(event, 'PORTFOLIO', untimely, portfolio, limits, times)
  const marked = own && markedBySignal(signal, key, state.ledger)
  const held = ledgerOf(marked ?? state.ledger)
  if (signal.unlessClosing !== null && !closes(held, signal.side, signal.quantity))
    return reject(event, 'INSTRUMENT', refusalOf(signal), portfolio, limits, times)
  const { occurredAt } = event
  const timely = { ...portfolio, newestSignalAt: Math.max(portfolio.newestSignalAt ?? occurredAt, occurredAt) }
  const before = marked ? countLosses(timely, exchangeLedger(timely, state.ledger, marked), own, occurredAt) : timely
  const { exposure } = before
  const request = { ...requestOf(signal, signal), boundPrice }
  const standing = { ledger: held, exposure, recentApprovals: state.recentApprovals, halt: haltOf(before) }
  const verdict = checkPortfolio(request, own, standing)
  if (verdict.refusal) return { ...reject(event, 'PORTFOLIO', verdict.refusal, before, limits, times), ledger: marked }

  const ledger = ledgerRow(signal.portfolioId, key, verdict.ledger)
  const after = exchangeLedger(before, marked ?? state.ledger, ledger)
  const tradeId = decisionIdOf(signal.portfolioId, signal.idempotencyKey)
  const payload: TradeApproved = {
    tradeId,
    ...identityOf(signal),
    ...witnessOf(portfolio, limits),
    ...times,
    boundPrice,
    reservedNotional: reservedNotionalOf(request),
    exposureBefore: exposure,
    exposureAfter: after.exposure,
    expiresAt: signal.expiresAt,
    ...limitsUsed(own),
    ...orderLimitsOf(signal),
    ...marketOf(signal),
    ...termsOf(signal),
  }
  const order: RiskOrder = {
    portfolioId: signal.portfolioId,
    tradeId,
    instrumentKey: key,
    side: signal.side,
    quantity: signal.quantity,
    filled: 0n,
    leaves: signal.quantity,
    boundPrice,
    closed: false,
    lastFillSeq: 0,
  }
  const approved = inEnvelope(event, tradeId, 'TradeApproved', payload)
  return {
    outcome: 'APPROVED',
    event: approved,
    portfolio: { ...after, openOrders: after.openOrders + 1 },
    ledger,
    order,
  }
}

/** True for a portfolio that has no rules and never had any. It gets no state: its decisions are in no order (riskSeq 0). */
export function isUnknown({ riskSeq }: Pick<RiskPortfolio, 'riskSeq'>, own: PortfolioLimits | undefined): boolean {
  return own === undefined && riskSeq === 0n
}

/** The ledger with the market's price that came with the signal, if it is newer than the known one. */
function markedBySignal(signal: PortfolioSignal, key: string, known: RiskLedger | undefined): RiskLedger | undefined {
  const quote = recordedQuote(signal)
  const price = quote && middlePrice(quote)
  const ledger = ledgerOf(known)
  if (!quote || price === null || price === undefined || !isNewer(ledger, quote.at)) return undefined
  return ledgerRow(signal.portfolioId, key, markLedger(ledger, price, quote.at))
}

function haltOf(portfolio: RiskPortfolio) {
  const by = portfolio.haltedBy as LossHalt | null
  if (by === null) return null
  const { ofDay, drawdown } = lossesOf(portfolio)
  return { by, observed: by === 'LOSS_LIMIT' ? ofDay : drawdown }
}

function reject(
  event: PortfolioSignalEvent,
  stage: 'INSTRUMENT' | 'PORTFOLIO',
  refusal: Refusal,
  portfolio: RiskPortfolio,
  limits: LimitsInForce,
  times: TimeWitness,
): Extract<Decision, { outcome: 'REJECTED' }> {
  const signal = event.payload
  const decisionId = decisionIdOf(signal.portfolioId, signal.idempotencyKey)
  const { reasonCode, reason, details } = refusal
  const payload: TradeRejected = {
    decisionId,
    stage,
    reasonCode,
    reason,
    details,
    ...identityOf(signal),
    ...witnessOf(portfolio, limits),
    ...times,
    boundPrice: signal.boundPrice,
    worstNotional: signal.worstNotional,
    haltedBy: portfolio.haltedBy,
    ...limitsUsed(limits.portfolio),
    ...orderLimitsOf(signal),
    ...marketOf(signal),
    ...maybeTermsOf(signal),
  }
  return { outcome: 'REJECTED', event: inEnvelope(event, decisionId, 'TradeRejected', payload), portfolio }
}

/** The refusal that instrument-risk wrote into the signal. */
function refusalOf({ verdict, unlessClosing, reason, details }: PortfolioSignal): Refusal {
  const code = unlessClosing ?? verdict
  if (code === passed) return refuse('PRICE_UNAVAILABLE', 'the signal came without bound price or instrument')
  const none = { limit: null, observed: null }
  return { reasonCode: code as ReasonCode, reason: reason ?? code, details: details ?? none }
}

function requestOf(signal: PortfolioSignal, terms: InstrumentTerms) {
  const { side, quantity, reduceOnly } = signal
  const { quoteCurrency, shortable, maxPositionQty } = terms
  return { side, quantity, reduceOnly, quoteCurrency, shortable, maxPositionQty }
}

function identityOf(signal: PortfolioSignal) {
  return {
    signalId: signal.signalId,
    idempotencyKey: signal.idempotencyKey,
    strategyId: signal.strategyId,
    portfolioId: signal.portfolioId,
    exchange: signal.exchange,
    instrumentId: signal.instrumentId,
    side: signal.side,
    quantity: signal.quantity,
    orderType: signal.orderType,
    limitPrice: signal.limitPrice,
    referencePrice: signal.referencePrice,
    reduceOnly: signal.reduceOnly,
    validUntil: signal.validUntil,
    timeInForce: signal.timeInForce,
    sourceEventId: signal.sourceEventId,
  }
}

function witnessOf({ riskSeq, feedbackExecSeq, priceSeq }: RiskPortfolio, limits: LimitsInForce) {
  const { limitsVersion, controlVersion, killSwitchVersion } = limits
  return { riskSeq, feedbackExecSeq, priceSeq, limitsVersion, controlVersion, killSwitchVersion }
}

function limitsUsed(own: PortfolioLimits | undefined) {
  return {
    portfolioCurrency: own?.currency ?? null,
    tradingState: own?.tradingState ?? null,
    exposureCap: own?.exposureCap ?? null,
    portfolioMaxPositionQty: own?.maxPositionQty ?? null,
    rateMaximum: own?.rate?.maximum ?? null,
    rateWindowMs: own?.rate ? BigInt(own.rate.windowMs) : null,
  }
}

function orderLimitsOf(signal: PortfolioSignal) {
  const { instrumentLimitsVersion, slippageTicks, maxNotionalPerOrder, priceBand } = signal
  return { instrumentLimitsVersion, slippageTicks, maxNotionalPerOrder, priceBand }
}

function marketOf(signal: PortfolioSignal) {
  const { marketBid, marketAsk, marketLast, marketAt, marketBidSize, marketAskSize } = signal
  return { marketBid, marketAsk, marketLast, marketAt, marketBidSize, marketAskSize }
}

/** Approval and rejection of one signal share their event id, so two decisions collide instead of passing. */
function inEnvelope<P>(event: PortfolioSignalEvent, eventId: string, eventType: string, payload: P) {
  const key = portfolioKey(event.payload.portfolioId)
  const { occurredAt } = event
  return envelope({ eventId, eventType, producer: producers.portfolioRisk, key, occurredAt, cause: event }, payload)
}
