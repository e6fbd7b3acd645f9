import { flat } from '../../../processors/domain/books/books.ts'
import { decide } from '../../../processors/domain/risk/decision.ts'
import { emptyLedger } from '../../../processors/domain/risk/ledger.ts'
import { type Limits, parseRate, type RateLimit } from '../../../processors/domain/risk/limits.ts'
import { limitsInForce } from '../../../processors/domain/risk/limits-in-force.ts'
import { addApproval, countRecent, type RateBucket } from '../../../processors/domain/risk/rate-window.ts'
import { exchangeLedger, ledgerRow, newRiskPortfolio } from '../../../processors/domain/risk/risk-state.ts'
import { judgeSignal } from '../../../processors/domain/risk/verdict.ts'
import { scale, unitOf } from '../../../processors/domain/shared/decimal.ts'
import { signalEvent } from '../../../processors/domain/shared/signal-event.ts'
import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'
import type { TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import type { RiskCase } from './file.ts'

const names = { exchange: 'VECTORS', instrumentId: 'INSTRUMENT', portfolioId: 'portfolio', currency: 'QUOTE' } as const
const key = `${names.exchange}:${names.instrumentId}`

/** Differences of a case, one a line; empty when it passes. The signals go through both stages in order, unfilled. */
export function checkRiskCase(vector: RiskCase): readonly string[] {
  const { expect: expected, signals } = vector
  if (signals.length !== expected.length) return [`${signals.length} signals but ${expected.length} expected outcomes`]
  return decideAll(vector).flatMap((outcome, index) =>
    outcome === expected[index] ? [] : [`signal ${index + 1}: expected ${expected[index]}, found ${outcome}`],
  )
}

/** APPROVE or a reason code for each signal. */
function decideAll(vector: RiskCase): string[] {
  const instrument = vector.instrument && instrumentOf(vector.instrument)
  const rate = vector.limits?.maxOrderRate ? parseRate(vector.limits.maxOrderRate) : null
  const limits = limitsOf(vector, rate)
  const inForce = limitsInForce(limits, names.portfolioId, undefined, undefined)
  const books = { ...flat, quantity: vector.state?.signedQty ?? 0n, cost: vector.state?.costBasis ?? 0n }
  let ledger = ledgerRow(names.portfolioId, key, { ...emptyLedger, books })
  let portfolio = exchangeLedger(newRiskPortfolio(names.portfolioId), undefined, ledger)
  let approvals: RateBucket | undefined
  return vector.signals.map((signal, index) => {
    const event = eventOf(signal, index)
    const checked = judgeSignal(event, instrument ?? undefined, limits)
    const recentApprovals = rate ? countRecent([approvals], event.occurredAt, rate.windowMs) : 0
    const decision = decide(checked, { portfolio, ledger, recentApprovals }, inForce)
    portfolio = decision.portfolio
    if (decision.outcome === 'REJECTED') return decision.event.payload.reasonCode
    ledger = decision.ledger
    approvals = addApproval(approvals, event.occurredAt)
    return 'APPROVE'
  })
}

/** Absent fields take defaults that pass, so a precision that is not given is the finest; tick and lot come from the precisions. */
function instrumentOf(given: NonNullable<RiskCase['instrument']>): InstrumentRegistered {
  const pricePrecision = given.pricePrecision ?? scale
  const sizePrecision = given.sizePrecision ?? scale
  return {
    exchange: names.exchange,
    instrumentId: names.instrumentId,
    baseCurrency: 'BASE',
    quoteCurrency: given.quoteCurrency ?? names.currency,
    pricePrecision,
    sizePrecision,
    tickSize: given.tickSize ?? unitOf(pricePrecision),
    lotSize: given.lotSize ?? unitOf(sizePrecision),
    minQty: given.minQty ?? null,
    maxTradeQty: given.maxTradeQty ?? null,
    maxPositionQty: given.maxPositionQty ?? null,
    minNotional: given.minNotional ?? null,
    maxNotional: given.maxNotional ?? null,
    takerFeeRate: given.takerFeeRate ?? 0n,
    feePrecision: 8,
    shortable: given.shortable ?? true,
    enabled: given.enabled ?? true,
    sessionClose: null,
    instrumentVersion: 1n,
  }
}

/** No slippage; limits of null are those of an unknown portfolio. */
function limitsOf({ limits, instrument }: RiskCase, rate: RateLimit | null): Limits {
  const shared = {
    version: 1,
    slippageTicks: 0,
    maxNotionalPerOrder: limits?.maxNotionalPerOrder ?? null,
    priceBand: null,
  }
  if (limits === null) return { ...shared, portfolios: new Map() }
  const portfolio = {
    currency: limits.currency ?? instrument?.quoteCurrency ?? names.currency,
    exposureCap: limits.exposureCap ?? null,
    tradingState: limits.tradingState ?? 'ACTIVE',
    maxPositionQty: limits.maxPositionQty ?? null,
    rate,
    lossLimit: null,
    maxDrawdown: null,
  }
  return { ...shared, portfolios: new Map([[names.portfolioId, portfolio]]) }
}

/** A fresh idempotency key a signal; LIMIT exactly when there is a limit price. */
function eventOf(signal: RiskCase['signals'][number], index: number): TradingSignalEvent {
  const limitPrice = signal.limitPrice ?? null
  return signalEvent(
    {
      signalId: `signal-${index}`,
      idempotencyKey: `key-${index}`,
      strategyId: 'vectors',
      portfolioId: names.portfolioId,
      exchange: names.exchange,
      instrumentId: names.instrumentId,
      side: signal.side,
      quantity: signal.qty,
      orderType: limitPrice === null ? 'MARKET' : 'LIMIT',
      limitPrice,
      referencePrice: signal.refPrice ?? null,
      reduceOnly: signal.reduceOnly ?? false,
      validUntil: signal.validUntilMs ?? null,
      timeInForce: null,
    },
    signal.occurredAtMs ?? 0,
    'vectors',
  )
}
