import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import type { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import { middlePrice, type Quote } from '../market/quote.ts'
import { absolute, larger } from '../shared/decimal.ts'
import type { PositionState } from './position-fold.ts'

/** The origin of a mark: the market, whose price is common to all portfolios, or the last fill of the position itself. */
export type MarkSource = 'MARKET' | 'FILL'

/** The price of an instrument at which the market values positions. Units: `price` 1e-18, `at` ms of event time. */
export interface MarketMark {
  readonly price: bigint
  readonly at: number
}

/** A position with the mark that values it. */
export interface MarkedPosition extends PositionState {
  readonly markSource: MarkSource | null
}

/** Updates that prices alone give rise to are at least this far apart in event time, for one portfolio. Units: ms. */
export const markUpdateEveryMs = 1_000

/** Exposure must have changed by this part of itself before prices alone give rise to an update: a thousandth. */
const materialPart = 1_000n

/** The market's mark that a position has; undefined: it is marked at its own last fill. */
export function marketMarkOf(position: PositionRow | undefined): MarketMark | undefined {
  const { markSource = null, markPrice = null, markedAt = null } = position ?? {}
  return markSource === 'MARKET' && markPrice !== null && markedAt !== null
    ? { price: markPrice, at: markedAt }
    : undefined
}

/** The mark of a price that a portfolio was told; undefined when there is none. */
export function markOfPrice(told: Quote | undefined) {
  const price = told && middlePrice(told)
  return told === undefined || price === null || price === undefined ? undefined : { price, at: told.at }
}

/** The position at the market's mark, else at its own last fill. */
export function markPosition(state: PositionState, market: MarketMark | undefined): MarkedPosition {
  if (market) return { ...state, markPrice: market.price, markedAt: market.at, markSource: 'MARKET' }
  return { ...state, markSource: state.markPrice === null ? null : 'FILL' }
}

/**
 * Whether a change of prices alone is worth an update: exposure differs from the published one by a thousandth of itself, and
 * the last such update is a second of event time ago. One that came late waits for the next.
 */
export function isMaterial(portfolio: PortfolioRow, at: number): boolean {
  const { publishedMarkAt, publishedGross, publishedNet, grossExposure, netExposure } = portfolio
  if (publishedMarkAt !== null && at - publishedMarkAt < markUpdateEveryMs) return false
  const moved = larger(absolute(grossExposure - (publishedGross ?? 0n)), absolute(netExposure - (publishedNet ?? 0n)))
  return moved > 0n && moved * materialPart >= (publishedGross ?? 0n)
}

/** The portfolio once an update has told its exposure. */
export function published(portfolio: PortfolioRow): PortfolioRow {
  return { ...portfolio, publishedGross: portfolio.grossExposure, publishedNet: portfolio.netExposure }
}
