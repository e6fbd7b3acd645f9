import type { TradingSignal } from '../../../schemas/trading/generated/trading-signal.ts'
import { parseDecimal } from '../../../topology/index.ts'
import { exchangeOf, type Price } from './prices.ts'

/** A signal of the demo, and its event time. Units: ms. */
export interface TimedSignal {
  readonly at: number
  readonly signal: TradingSignal
}

/** One portfolio's moving-average strategy. `fast` and `slow` count prices; `quantity` is a decimal. */
export interface Strategy {
  readonly portfolioId: string
  readonly fast: number
  readonly slow: number
  readonly quantity: string
  /** True if it sells what it does not hold when the averages cross downwards. */
  readonly shorts: boolean
  readonly limitOrders: boolean
}

const quantities = ['10', '25', '60', '150', '400'] as const
const averages = [
  [2, 5],
  [2, 7],
  [3, 10],
  [4, 12],
] as const

/** A strategy for each portfolio: pairs of averages and sizes in turn, some that go short, some with limit orders. */
export function strategiesOf(portfolioIds: readonly string[]): readonly Strategy[] {
  return portfolioIds.map((portfolioId, index) => {
    const [fast, slow] = averages[index % averages.length]!
    const quantity = quantities[index % quantities.length]!
    return { portfolioId, fast, slow, quantity, shorts: index % 3 === 1, limitOrders: index % 4 === 2 }
  })
}

/**
 * The signals of all strategies over the prices: a buy where the fast average crosses over the slow one, a sell where it
 * crosses under. Deterministic: the same prices give the same signals. Oldest first.
 */
export function signalsOf(prices: readonly Price[], of: readonly Strategy[]): readonly TimedSignal[] {
  return of.flatMap(strategy => signalsOfStrategy(prices, strategy)).sort((a, b) => a.at - b.at)
}

function signalsOfStrategy(prices: readonly Price[], strategy: Strategy): readonly TimedSignal[] {
  const seen = new Map<string, Price[]>()
  const sides = new Map<string, TradingSignal['side']>()
  const signals: TimedSignal[] = []
  for (const price of prices) {
    const history = seen.get(price.instrumentId) ?? []
    seen.set(price.instrumentId, history)
    history.push(price)
    if (history.length < strategy.slow) continue
    const side = average(history, strategy.fast) >= average(history, strategy.slow) ? 'BUY' : 'SELL'
    const before = sides.get(price.instrumentId)
    sides.set(price.instrumentId, side)
    if (side === before || (before === undefined && side === 'SELL' && !strategy.shorts)) continue
    signals.push({ at: price.at, signal: signalOf(strategy, price, side) })
  }
  return signals
}

function signalOf(strategy: Strategy, { instrumentId, at, price }: Price, side: TradingSignal['side']): TradingSignal {
  const day = new Date(at).toISOString().slice(0, 10)
  const idempotencyKey = `${strategy.portfolioId}:${instrumentId}:${day}`
  return {
    signalId: idempotencyKey,
    idempotencyKey,
    strategyId: `ma-${strategy.fast}-${strategy.slow}`,
    portfolioId: strategy.portfolioId,
    exchange: exchangeOf(instrumentId),
    instrumentId,
    side,
    quantity: parseDecimal(strategy.quantity)!,
    orderType: strategy.limitOrders ? 'LIMIT' : 'MARKET',
    limitPrice: strategy.limitOrders ? price : null,
    referencePrice: price,
    reduceOnly: false,
    validUntil: null,
    timeInForce: null,
  }
}

/** Of the last `count` prices, exact up to one unit of 1e-18. */
function average(history: readonly Price[], count: number): bigint {
  return history.slice(-count).reduce((sum, { price }) => sum + price, 0n) / BigInt(count)
}
