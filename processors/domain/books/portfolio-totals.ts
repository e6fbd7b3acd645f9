import { absolute, multiply, signOf } from '../shared/decimal.ts'
import type { PositionState } from './position-fold.ts'

/** Sums over the positions of a portfolio. Decimals count 1e-18. */
interface PortfolioTotals {
  readonly cash: bigint
  /** Net of fees. */
  readonly realisedPnl: bigint
  readonly fees: bigint
  /** Sum of |quantity| x mark. */
  readonly grossExposure: bigint
  /** Sum of quantity x mark. */
  readonly netExposure: bigint
  /** Sum of the costs of open positions, short ones negative. */
  readonly openCost: bigint
  readonly openPositions: number
  readonly fills: bigint
}

/** The totals of a portfolio that has not traded. */
export const noTotals: PortfolioTotals = {
  cash: 0n,
  realisedPnl: 0n,
  fees: 0n,
  grossExposure: 0n,
  netExposure: 0n,
  openCost: 0n,
  openPositions: 0,
  fills: 0n,
}

/** The totals with one position exchanged; the others need not be read. */
export function exchangePosition(
  totals: PortfolioTotals,
  before: PositionState,
  after: PositionState,
): PortfolioTotals {
  const [netBefore, netAfter] = [marketValueOf(before), marketValueOf(after)]
  return {
    cash: totals.cash - before.cash + after.cash,
    realisedPnl: totals.realisedPnl - before.realisedPnl + after.realisedPnl,
    fees: totals.fees - before.fees + after.fees,
    grossExposure: totals.grossExposure - absolute(netBefore) + absolute(netAfter),
    netExposure: totals.netExposure - netBefore + netAfter,
    openCost: totals.openCost - openCostOf(before) + openCostOf(after),
    openPositions: totals.openPositions - isOpen(before) + isOpen(after),
    fills: totals.fills + BigInt(after.fills - before.fills),
  }
}

/** Profit and loss of the open positions, at their marks. */
export function unrealisedOf(totals: Pick<PortfolioTotals, 'netExposure' | 'openCost'>): bigint {
  return totals.netExposure - totals.openCost
}

/** Quantity x mark; signed. */
function marketValueOf(position: PositionState): bigint {
  return position.markPrice === null ? 0n : multiply(position.quantity, position.markPrice)
}

function openCostOf(position: PositionState): bigint {
  return signOf(position.quantity) * position.cost
}

function isOpen(position: PositionState): number {
  return position.quantity === 0n ? 0 : 1
}
