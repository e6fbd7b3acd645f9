import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import type { SnapshotRow } from '../../../schemas/trading/generated/snapshot-row.ts'
import { unrealisedOf } from './portfolio-totals.ts'

/** The summary of a portfolio's books, to be kept as they are now. */
export function snapshotOf(portfolio: PortfolioRow): SnapshotRow {
  const { portfolioId, version, cash, realisedPnl, fees, grossExposure, netExposure, openPositions, fills } = portfolio
  const at = portfolio.asOf ?? 0
  const unrealisedPnl = unrealisedOf(portfolio)
  return {
    portfolioId,
    at,
    version,
    cash,
    realisedPnl,
    unrealisedPnl,
    fees,
    grossExposure,
    netExposure,
    openPositions,
    fills,
  }
}
