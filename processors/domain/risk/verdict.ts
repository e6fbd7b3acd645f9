import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'
import type { PortfolioSignal, PortfolioSignalEvent } from '../../../schemas/trading/generated/portfolio-signal.ts'
import type { TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import type { Quote } from '../market/quote.ts'
import { envelope } from '../shared/envelope.ts'
import { verdictIdOf } from '../shared/ids.ts'
import { maybeTermsOf, noTerms } from '../shared/instrument.ts'
import { portfolioKey } from '../shared/keys.ts'
import { producers } from '../shared/producer.ts'
import { expiryOf } from '../shared/time-in-force.ts'
import { checkInstrument, type OrderLimits } from './instrument-checks.ts'
import type { TimeLimits } from './time-checks.ts'

/** The limits of the instrument stage. */
export interface InstrumentLimits extends OrderLimits {
  /** Bands of single instruments, by their key, in place of `priceBand`. Units: 1e-18. */
  readonly priceBands?: ReadonlyMap<string, bigint>
  /** The bounds of signals' and prices' times. Unset: none. */
  readonly time?: TimeLimits
}

/** The `verdict` of a signal that passed every check of the instrument stage. */
export const passed = 'PASS'

/**
 * A signal with the verdict of the instrument stage, the instrument's fields that later stages need, and the market at that
 * moment, where it has prices. Pure.
 */
export function judgeSignal(
  event: TradingSignalEvent,
  instrument: InstrumentRegistered | undefined,
  limits: InstrumentLimits,
  market?: Quote,
): PortfolioSignalEvent {
  const signal = event.payload
  const own = limits.priceBands?.get(event.key)
  const applied = own === undefined ? limits : { ...limits, priceBand: own }
  const { refusal, unlessClosing, boundPrice, worstNotional } = checkInstrument(
    signal,
    event.occurredAt,
    instrument ?? null,
    applied,
    market,
  )
  // Own fields first: V8 makes a large literal that begins with a spread ten times slower.
  const payload: PortfolioSignal = {
    sourceEventId: event.eventId,
    verdict: refusal?.reasonCode ?? passed,
    reason: (refusal ?? unlessClosing)?.reason ?? null,
    details: (refusal ?? unlessClosing)?.details ?? null,
    unlessClosing: refusal ? null : (unlessClosing?.reasonCode ?? null),
    instrumentLimitsVersion: limits.version,
    slippageTicks: limits.slippageTicks,
    maxNotionalPerOrder: limits.maxNotionalPerOrder,
    priceBand: applied.priceBand,
    marketBidSize: market?.bidSize ?? null,
    marketAskSize: market?.askSize ?? null,
    marketBid: market?.bid ?? null,
    marketAsk: market?.ask ?? null,
    marketLast: market?.last ?? null,
    marketAt: market?.at ?? null,
    boundPrice,
    worstNotional,
    expiresAt: expiryOf(signal, event.occurredAt, instrument?.sessionClose ?? null),
    ...signal,
    ...(instrument ? maybeTermsOf(instrument) : noTerms),
  }
  return envelope(
    {
      eventId: verdictIdOf(event.eventId),
      eventType: 'PortfolioSignal',
      producer: producers.instrumentRisk,
      key: portfolioKey(signal.portfolioId),
      occurredAt: event.occurredAt,
      cause: event,
    },
    payload,
  )
}
