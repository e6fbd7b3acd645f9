import { larger, roundDownTo, roundUpTo, smaller } from '../shared/decimal.ts'
import type { Side } from '../shared/side.ts'

/** The prices of an instrument at one moment. Decimals count 1e-18; `at` in ms of event time. */
export interface Quote {
  /** The best price at which the market buys. */
  readonly bid: bigint | null
  /** The best price at which the market sells. */
  readonly ask: bigint | null
  readonly last: bigint | null
  readonly at: number
  /** Units that the market buys at the bid, or sells at the ask; null or unset: any number. */
  readonly bidSize?: bigint | null
  readonly askSize?: bigint | null
}

/** The market as a signal and its decision record it; undefined: it had no prices then. */
export function recordedQuote(recorded: {
  readonly marketBid: bigint | null
  readonly marketAsk: bigint | null
  readonly marketLast: bigint | null
  readonly marketAt: number | null
  readonly marketBidSize: bigint | null
  readonly marketAskSize: bigint | null
}): Quote | undefined {
  const { marketBid: bid, marketAsk: ask, marketLast: last, marketAt: at } = recorded
  const { marketBidSize: bidSize, marketAskSize: askSize } = recorded
  return at === null ? undefined : { bid, ask, last, at, bidSize, askSize }
}

/** The price at which an order is taken: a buy at the ask, a sell at the bid, either at the last trade where that is all there is. */
export function takingPrice({ bid, ask, last }: Quote, side: Side): bigint | null {
  return (side === 'BUY' ? ask : bid) ?? last
}

/** The price that others are measured by: that of the last trade, else the middle of bid and ask, else the one there is. */
export function middlePrice({ bid, ask, last }: Pick<Quote, 'bid' | 'ask' | 'last'>): bigint | null {
  if (last !== null) return last
  return bid !== null && ask !== null ? (bid + ask) / 2n : (bid ?? ask)
}

/** Whether the market has reached a limit: it sells at no more, or buys at no less. */
export function reaches(limit: bigint, price: bigint, side: Side): boolean {
  return side === 'BUY' ? price <= limit : price >= limit
}

/**
 * The price of a fill at the market: on the tick, rounded against the trader, and never past the bound that the approval
 * reserves for.
 */
export function priceAtMarket(
  price: bigint,
  { side, tickSize, boundPrice }: { readonly side: Side; readonly tickSize: bigint; readonly boundPrice: bigint },
): bigint {
  const onTick = side === 'BUY' ? roundUpTo(tickSize, price) : larger(tickSize, roundDownTo(tickSize, price))
  return smaller(boundPrice, onTick)
}

/** The things that are wrong with the prices of an event. Empty: nothing. */
export function quoteProblems({ bid, ask, last, bidSize, askSize }: Omit<Quote, 'at'>): readonly string[] {
  const problems: string[] = []
  if (bid === null && ask === null && last === null) problems.push('it has neither bid nor ask nor last')
  for (const [name, price] of Object.entries({ bid, ask, last }))
    if (price !== null && price <= 0n) problems.push(`its ${name} is not positive`)
  if (bid !== null && ask !== null && bid > ask) problems.push('its bid is above its ask')
  for (const [name, size] of Object.entries({ bidSize, askSize }))
    if (size !== null && size !== undefined && size < 0n) problems.push(`its ${name} is negative`)
  return problems
}
