import { multiply, smaller } from '../shared/decimal.ts'
import type { Side } from '../shared/side.ts'
import { exposureOf, type InstrumentLedger, onlyReduces, reserve, worstQuantity, worstReach } from './ledger.ts'
import type { PortfolioLimits } from './limits.ts'
import type { LossHalt } from './losses.ts'
import { type Refusal, refuse } from './refusal.ts'

/** A signal that instrument-risk has passed, as the portfolio's checks need it. Decimals count 1e-18. */
export interface PricedRequest {
  readonly side: Side
  readonly quantity: bigint
  readonly reduceOnly: boolean
  readonly boundPrice: bigint
  readonly quoteCurrency: string
  readonly shortable: boolean
  readonly maxPositionQty: bigint | null
}

/** The state of the portfolio when the signal is decided. */
interface PortfolioStanding {
  /** Of the signal's instrument. */
  readonly ledger: InstrumentLedger
  /** Sum over all instruments of the portfolio. */
  readonly exposure: bigint
  /** Approvals in the rate window that ends at the signal's time. */
  readonly recentApprovals: number
  /** The limit that its losses broke, and the losses now. */
  readonly halt?: { readonly by: LossHalt; readonly observed: bigint } | null
}

/** The result of the portfolio stage. `ledger` and `exposureAfter` are those after a reservation, when nothing is refused. */
type PortfolioVerdict =
  | { readonly refusal: Refusal }
  | { readonly refusal: null; readonly ledger: InstrumentLedger; readonly exposureAfter: bigint }

/** Runs the checks of the portfolio stage in order; the first that fails wins. Values equal to a limit pass. Pure. */
export function checkPortfolio(
  request: PricedRequest,
  limits: PortfolioLimits | undefined,
  standing: PortfolioStanding,
): PortfolioVerdict {
  if (limits === undefined) return refused(refuse('PORTFOLIO_NOT_FOUND', 'the limits file does not name the portfolio'))
  const early = checkHalt(limits, standing.halt ?? null) ?? checkStanding(request, limits, standing.ledger)
  if (early) return refused(early)

  const { side, quantity: units, boundPrice } = request
  const ledger = reserve(standing.ledger, { side, units, boundPrice })
  const exposureAfter = standing.exposure - exposureOf(standing.ledger) + exposureOf(ledger)
  const cap = limits.exposureCap
  if (cap !== null && exposureAfter > cap && exposureAfter > standing.exposure) {
    const reason = 'the exposure with this trade would be above the cap'
    return refused(refuse('EXPOSURE_CAP_EXCEEDED', reason, cap, exposureAfter))
  }
  if (limits.rate !== null && standing.recentApprovals >= limits.rate.maximum) {
    const reason = `too many approvals within ${limits.rate.windowMs} ms`
    const observed = String(standing.recentApprovals + 1)
    return refused(refuse('RATE_LIMIT_EXCEEDED', reason, String(limits.rate.maximum), observed))
  }
  return { refusal: null, ledger, exposureAfter }
}

/** The value that a trade reserves. */
export function reservedNotionalOf(request: Pick<PricedRequest, 'quantity' | 'boundPrice'>): bigint {
  return multiply(request.quantity, request.boundPrice)
}

function checkHalt(
  { tradingState, lossLimit, maxDrawdown }: PortfolioLimits,
  halt: PortfolioStanding['halt'],
): Refusal | null {
  if (tradingState === 'HALTED') return refuse('TRADING_HALTED', 'trading is halted for the portfolio')
  if (!halt) return null
  if (halt.by === 'LOSS_LIMIT') {
    const reason = 'the day has lost more than it may: trading is halted until the trading state is set'
    return refuse('LOSS_LIMIT_EXCEEDED', reason, lossLimit, halt.observed)
  }
  const reason = 'the portfolio has fallen further than it may: trading is halted until the trading state is set'
  return refuse('DRAWDOWN_LIMIT_EXCEEDED', reason, maxDrawdown, halt.observed)
}

function checkStanding(request: PricedRequest, limits: PortfolioLimits, ledger: InstrumentLedger): Refusal | null {
  const { side, quantity } = request
  if (request.quoteCurrency !== limits.currency) {
    const reason = "the instrument is not quoted in the portfolio's currency"
    return refuse('CURRENCY_MISMATCH', reason, limits.currency, request.quoteCurrency)
  }
  if (!onlyReduces(ledger, side, quantity)) {
    const worst = worstQuantity(ledger, side, quantity)
    if (request.reduceOnly) {
      const reason = 'a reduce-only trade would open or turn the position'
      return refuse('REDUCE_ONLY_WOULD_INCREASE_POSITION', reason, 0n, worst)
    }
    if (limits.tradingState === 'REDUCING') {
      return refuse('TRADING_STATE_REDUCING', 'only trades that reduce the position are allowed', 0n, worst)
    }
    if (side === 'SELL' && !request.shortable) {
      return refuse('SHORT_NOT_ALLOWED', 'the instrument cannot be sold short', 0n, worst)
    }
  }
  const limit = positionLimitOf(request, limits)
  const reach = worstReach(ledger, side, quantity)
  if (limit !== null && reach > limit) {
    return refuse('POSITION_LIMIT_EXCEEDED', 'the position with this trade would be above its limit', limit, reach)
  }
  return null
}

/** The lower of the instrument's own limit and the portfolio's. */
function positionLimitOf(request: PricedRequest, limits: PortfolioLimits): bigint | null {
  if (request.maxPositionQty === null) return limits.maxPositionQty
  return limits.maxPositionQty === null
    ? request.maxPositionQty
    : smaller(request.maxPositionQty, limits.maxPositionQty)
}

function refused(refusal: Refusal): PortfolioVerdict {
  return { refusal }
}
