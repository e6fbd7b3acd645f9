import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import { SnapshotRow } from '../../../schemas/trading/generated/snapshot-row.ts'
import { pickFields } from '../../../topology/index.ts'
import { unrealisedOf } from './portfolio-totals.ts'

/** The summary of a portfolio's books, to be kept as they are now. */
export function portfolioSnapshot(portfolio: PortfolioRow): SnapshotRow {
  return pickFields(SnapshotRow, portfolio, {
    at: portfolio.asOf ?? 0,
    unrealisedPnl: unrealisedOf(portfolio),
  })
}
