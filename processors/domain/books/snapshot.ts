import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import { SnapshotRow } from '../../../schemas/trading/generated/snapshot-row.ts'
import { pickFields } from '../../../topology/index.ts'
import { unrealisedOf } from './portfolio-totals.ts'

/**
 * The moment of a portfolio's newest snapshot. Those to come are not before it: a report or a price that came late makes no
 * snapshot in a month that has passed, and changes none. Units: ms.
 */
export function newestSnapshotAt({ asOf, publishedMarkAt }: Pick<PortfolioRow, 'asOf' | 'publishedMarkAt'>): number {
  return Math.max(asOf ?? 0, publishedMarkAt ?? 0)
}

/** The summary of a portfolio's books, to be kept as they are now. */
export function portfolioSnapshot(portfolio: PortfolioRow): SnapshotRow {
  return pickFields(SnapshotRow, portfolio, {
    at: newestSnapshotAt(portfolio),
    unrealisedPnl: unrealisedOf(portfolio),
  })
}
