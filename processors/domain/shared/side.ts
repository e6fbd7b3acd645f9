/** Which way a trade goes. */
export type Side = 'BUY' | 'SELL'

/** How a trade is priced. */
export type OrderType = 'MARKET' | 'LIMIT'

/** 1 for BUY, -1 for SELL: what a unit does to the position. */
export function directionOf(side: Side): bigint {
  return side === 'BUY' ? 1n : -1n
}
