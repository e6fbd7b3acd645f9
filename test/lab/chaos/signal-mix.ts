import type { TimedSignal } from '../../../ops/trading/demo/strategy.ts'
import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'
import type { TradingSignal } from '../../../schemas/trading/generated/trading-signal.ts'
import { seededRandom } from '../../../topology/testing/random.ts'

/** The options of a mix. */
export interface MixOptions {
  readonly seed: number
  readonly signals: number
  readonly portfolioIds: readonly string[]
  readonly instruments: readonly InstrumentRegistered[]
  /** Share of signals that are sent a second time. Shape: `0.1`. */
  readonly duplicates: number
  /** Event time of the first signal. Units: ms. */
  readonly from: number
}

const one = 10n ** 18n

/**
 * Random signals over instruments and portfolios: some sent twice, event times out of order by up to a minute, sizes from
 * harmless to refused. The same seed gives the same mix.
 */
export function signalMix({
  seed,
  signals,
  portfolioIds,
  instruments,
  duplicates,
  from,
}: MixOptions): readonly TimedSignal[] {
  const random = seededRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const fresh = Math.round(signals / (1 + duplicates))
  const mix = Array.from({ length: fresh }, (_, index): TimedSignal => {
    const instrument = instruments[below(instruments.length)]!
    const at = from + index * 1_000 + below(60_000)
    return { at, signal: signalOf(index, seed, instrument, portfolioIds[below(portfolioIds.length)]!, below) }
  })
  for (let extra = signals - fresh; extra > 0; extra--) {
    const again = below(mix.length)
    mix.splice(Math.min(mix.length, again + 1 + below(200)), 0, mix[again]!)
  }
  return mix
}

function signalOf(
  index: number,
  seed: number,
  { exchange, instrumentId, lotSize, tickSize }: InstrumentRegistered,
  portfolioId: string,
  below: (limit: number) => number,
): TradingSignal {
  const price = ((BigInt(20 + below(180)) * one) / tickSize) * tickSize
  const limit = below(3) === 0
  return {
    signalId: `mix-${seed}-${index}`,
    idempotencyKey: `mix-${seed}-${index}`,
    strategyId: 'mix',
    portfolioId,
    exchange,
    instrumentId,
    side: below(2) === 0 ? 'BUY' : 'SELL',
    quantity: ((BigInt(1 + below(120)) * one) / lotSize) * lotSize,
    orderType: limit ? 'LIMIT' : 'MARKET',
    limitPrice: limit ? price : null,
    referencePrice: price,
    reduceOnly: below(10) === 0,
    validUntil: null,
    timeInForce: null,
  }
}
