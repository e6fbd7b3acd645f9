import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import { SnapshotRow } from '../../../schemas/trading/generated/snapshot-row.ts'
import { pickFields } from '../../../topology/index.ts'
import { unrealisedOf } from './portfolio-totals.ts'

/** The summary of a portfolio's books, to be kept as they are now. `at`: of a price that came after the reports. Units: ms. */
export function portfolioSnapshot(portfolio: PortfolioRow, at = 0): SnapshotRow {
  return pickFields(SnapshotRow, portfolio, {
    at: Math.max(portfolio.asOf ?? 0, at),
    unrealisedPnl: unrealisedOf(portfolio),
  })
}
