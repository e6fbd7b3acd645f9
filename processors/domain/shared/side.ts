/** The direction of a trade. */
export type Side = 'BUY' | 'SELL'

/** The way a trade is priced. */
export type OrderType = 'MARKET' | 'LIMIT'

/** 1 for BUY, -1 for SELL: the effect of a unit on the position. */
export function directionOf(side: Side): bigint {
  return side === 'BUY' ? 1n : -1n
}
