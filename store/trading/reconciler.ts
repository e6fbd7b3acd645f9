import { ExecutionRow } from '../../schemas/trading/generated/execution-row.ts'
import { OrderRow } from '../../schemas/trading/generated/order-row.ts'
import { PortfolioPriceRow } from '../../schemas/trading/generated/portfolio-price-row.ts'
import { PortfolioRow } from '../../schemas/trading/generated/portfolio-row.ts'
import { PositionCheckpointRow } from '../../schemas/trading/generated/position-checkpoint-row.ts'
import { PositionRow } from '../../schemas/trading/generated/position-row.ts'
import { QuarantineRow } from '../../schemas/trading/generated/quarantine-row.ts'
import { SnapshotRow } from '../../schemas/trading/generated/snapshot-row.ts'
import { columnsOf, store } from '../../topology/index.ts'

/** The books of each portfolio: its summary. */
export const portfolios = store.table('portfolios', columnsOf(PortfolioRow), {
  key: ['portfolioId'],
  value: PortfolioRow,
})

/** The position in each instrument that a portfolio has traded. */
export const positions = store.table('positions', columnsOf(PositionRow), {
  key: ['portfolioId', 'instrumentKey'],
  value: PositionRow,
})

/** Market prices of instruments that a portfolio has asked to trade and not traded yet. */
export const portfolioMarks = store.table('portfolio_marks', columnsOf(PortfolioPriceRow), {
  key: ['portfolioId', 'instrumentKey'],
  value: PortfolioPriceRow,
})

/** The orders, as their reports have changed them. */
export const orders = store.table('orders', columnsOf(OrderRow), {
  key: ['portfolioId', 'orderId'],
  value: OrderRow,
  indexes: [['portfolioId', 'placedAt', 'orderId']],
})

/** The executions, append-only: the books are a fold of them. */
export const executions = store.table('executions', columnsOf(ExecutionRow), {
  key: ['portfolioId', 'execSeq'],
  value: ExecutionRow,
})

/** Earlier states of positions, from which a late report can be folded on. */
export const positionCheckpoints = store.table('position_checkpoints', columnsOf(PositionCheckpointRow), {
  key: ['portfolioId', 'instrumentKey', 'lastExecSeq'],
  value: PositionCheckpointRow,
})

/** Reports that are kept out of the books, and why. */
export const quarantine = store.table('quarantine', columnsOf(QuarantineRow), {
  key: ['portfolioId', 'quarantineId'],
  value: QuarantineRow,
})

/** The summary of each portfolio at each version: a table that only grows, hence split by time. */
export const portfolioSnapshots = store.table('portfolio_snapshots', columnsOf(SnapshotRow), {
  key: ['portfolioId', 'at', 'version'],
  value: SnapshotRow,
  partitionBy: { field: 'at', every: 'month' },
  indexes: [['portfolioId', 'version']],
})
