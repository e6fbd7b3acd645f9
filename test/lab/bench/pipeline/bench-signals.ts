import { signalEvent } from '../../../../processors/domain/shared/signal-event.ts'
import type { InstrumentRegistered } from '../../../../schemas/trading/generated/instrument-registered.ts'
import type { TradingSignalEvent } from '../../../../schemas/trading/generated/trading-signal.ts'
import { seededRandom } from '../../../../topology/testing/random.ts'

const one = 10n ** 18n
const from = Date.UTC(2024, 0, 2)
/** Event time between two signals: a rate limit of 20 in an hour lets most of twenty portfolios' signals through. Units: ms. */
const gapMs = 12_000

/** The signals of the pipeline's bench. */
export interface SignalsOptions {
  readonly seed: number
  /** The number of the first signal; their ids and times go on from there. */
  readonly first: number
  readonly count: number
  readonly portfolioIds: readonly string[]
  readonly instruments: readonly InstrumentRegistered[]
}

/**
 * Signals over portfolios and instruments at random: positions open and close in turn, so that most are approved; a tenth is of any
 * size, so that some are refused. A third is limit orders. The same options give the same signals.
 */
export function benchSignals({
  seed,
  first,
  count,
  portfolioIds,
  instruments,
}: SignalsOptions): readonly TradingSignalEvent[] {
  const random = seededRandom(seed + first)
  const below = (limit: number) => Math.floor(random() * limit)
  const sides = new Map<string, 'BUY' | 'SELL'>()
  const opening = new Map(instruments.map(({ instrumentId }) => [instrumentId, 22 + below(30)]))
  return Array.from({ length: count }, (_, index) => {
    const { exchange, instrumentId, tickSize, lotSize } = instruments[below(instruments.length)]!
    const portfolioId = portfolioIds[below(portfolioIds.length)]!
    const isLimit = below(3) === 0
    const price = wholeSteps(BigInt(opening.get(instrumentId)! * 100 + below(100)) * (one / 100n), tickSize)
    const place = `${portfolioId} ${instrumentId}`
    const side = sides.get(place) === 'BUY' ? 'SELL' : 'BUY'
    const isUsual = below(10) > 0
    if (isUsual) sides.set(place, side)
    const id = `bench-${first + index}`
    const signal = {
      signalId: id,
      idempotencyKey: id,
      strategyId: 'bench',
      portfolioId,
      exchange,
      instrumentId,
      side,
      quantity: wholeSteps(BigInt(isUsual ? 5 : 5 + below(60)) * one, lotSize),
      orderType: isLimit ? 'LIMIT' : 'MARKET',
      limitPrice: isLimit ? price : null,
      referencePrice: price,
      reduceOnly: false,
      validUntil: null,
      timeInForce: null,
    } as const
    return signalEvent(signal, from + (first + index) * gapMs, 'bench')
  })
}

function wholeSteps(value: bigint, step: bigint): bigint {
  return (value / step) * step
}
