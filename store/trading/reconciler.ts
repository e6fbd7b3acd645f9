import { int64, string, timestampMs } from '../../schemas/serdes.ts'
import { ExecutionRow } from '../../schemas/trading/generated/execution-row.ts'
import { OrderRow } from '../../schemas/trading/generated/order-row.ts'
import { PortfolioRow } from '../../schemas/trading/generated/portfolio-row.ts'
import { PositionCheckpointRow } from '../../schemas/trading/generated/position-checkpoint-row.ts'
import { PositionRow } from '../../schemas/trading/generated/position-row.ts'
import { QuarantineRow } from '../../schemas/trading/generated/quarantine-row.ts'
import { SnapshotRow } from '../../schemas/trading/generated/snapshot-row.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { tuple } from '../../topology/definition/stores/layout.ts'

/** The books of each portfolio: its summary. */
export const portfolios = keyValueStore('portfolios', {
  key: tuple([['portfolioId', string]]),
  value: PortfolioRow,
})

/** The position in each instrument that a portfolio has traded. */
export const positions = keyValueStore('positions', {
  key: tuple([
    ['portfolioId', string],
    ['instrumentKey', string],
  ]),
  value: PositionRow,
})

/** The orders with what their reports have made of them. */
export const orders = keyValueStore('orders', {
  key: tuple([
    ['portfolioId', string],
    ['orderId', string],
  ]),
  value: OrderRow,
})

/** The executions, append-only: the truth that the books are a fold of. */
export const executions = keyValueStore('executions', {
  key: tuple([
    ['portfolioId', string],
    ['execSeq', int64],
  ]),
  value: ExecutionRow,
})

/** Positions as they were, for a late report to fold on from. */
export const positionCheckpoints = keyValueStore('position_checkpoints', {
  key: tuple([
    ['portfolioId', string],
    ['instrumentKey', string],
    ['execSeq', int64],
  ]),
  value: PositionCheckpointRow,
})

/** Reports that are kept out of the books, and why. */
export const quarantine = keyValueStore('quarantine', {
  key: tuple([
    ['portfolioId', string],
    ['quarantineId', string],
  ]),
  value: QuarantineRow,
})

/** The summary of each portfolio at each version. */
export const portfolioSnapshots = keyValueStore('portfolio_snapshots', {
  key: tuple([
    ['portfolioId', string],
    ['at', timestampMs],
    ['version', int64],
  ]),
  value: SnapshotRow,
})
