import { boolean, integer, text } from 'drizzle-orm/pg-core'
import { ExecutionRow } from '../../schemas/trading/generated/execution-row.ts'
import { OrderRow } from '../../schemas/trading/generated/order-row.ts'
import { PortfolioRow } from '../../schemas/trading/generated/portfolio-row.ts'
import { PositionCheckpointRow } from '../../schemas/trading/generated/position-checkpoint-row.ts'
import { PositionRow } from '../../schemas/trading/generated/position-row.ts'
import { QuarantineRow } from '../../schemas/trading/generated/quarantine-row.ts'
import { SnapshotRow } from '../../schemas/trading/generated/snapshot-row.ts'
import { bigint, decimal, timestamp } from '../table-columns.ts'
import { tableStore } from '../table-store.ts'

/** The books of each portfolio: its summary. */
export const portfolios = tableStore(
  'portfolios',
  {
    portfolioId: text().notNull(),
    version: bigint().notNull(),
    throughExecSeq: bigint().notNull(),
    lastExecSeq: bigint().notNull(),
    provisional: boolean().notNull(),
    stateHash: text().notNull(),
    asOf: timestamp(),
    cash: decimal().notNull(),
    realisedPnl: decimal().notNull(),
    fees: decimal().notNull(),
    grossExposure: decimal().notNull(),
    netExposure: decimal().notNull(),
    openCost: decimal().notNull(),
    openPositions: integer().notNull(),
    fills: bigint().notNull(),
  },
  { key: ['portfolioId'], value: PortfolioRow },
)

/** The position in each instrument that a portfolio has traded. */
export const positions = tableStore(
  'positions',
  {
    portfolioId: text().notNull(),
    instrumentKey: text().notNull(),
    exchange: text().notNull(),
    instrumentId: text().notNull(),
    quantity: decimal().notNull(),
    cost: decimal().notNull(),
    realisedPnl: decimal().notNull(),
    fees: decimal().notNull(),
    cash: decimal().notNull(),
    fills: integer().notNull(),
    lastExecSeq: bigint().notNull(),
    markPrice: decimal(),
    markedAt: timestamp(),
  },
  { key: ['portfolioId', 'instrumentKey'], value: PositionRow },
)

/** The orders, as their reports have changed them. */
export const orders = tableStore(
  'orders',
  {
    portfolioId: text().notNull(),
    orderId: text().notNull(),
    tradeId: text().notNull(),
    strategyId: text(),
    exchange: text().notNull(),
    instrumentId: text().notNull(),
    side: text().$type<'BUY' | 'SELL'>().notNull(),
    orderType: text().$type<'MARKET' | 'LIMIT'>(),
    limitPrice: decimal(),
    quantity: decimal().notNull(),
    placedQuantity: decimal(),
    status: text().notNull(),
    filled: decimal().notNull(),
    leaves: decimal().notNull(),
    placedAt: timestamp(),
    updatedAt: timestamp().notNull(),
    applied: integer().notNull(),
    reports: text().notNull(),
  },
  { key: ['portfolioId', 'orderId'], value: OrderRow, indexes: [['portfolioId', 'placedAt', 'orderId']] },
)

/** The executions, append-only: the books are a fold of them. */
export const executions = tableStore(
  'executions',
  {
    portfolioId: text().notNull(),
    exchange: text().notNull(),
    instrumentId: text().notNull(),
    side: text().$type<'BUY' | 'SELL'>().notNull(),
    orderQty: decimal().notNull(),
    executionId: text().notNull(),
    execType: text().notNull(),
    orderId: text().notNull(),
    tradeId: text().notNull(),
    fillId: text(),
    fillSeq: integer().notNull(),
    execSeq: bigint().notNull(),
    lastQty: decimal().notNull(),
    lastPrice: decimal(),
    cumQty: decimal().notNull(),
    leavesQty: decimal().notNull(),
    fee: decimal().notNull(),
    isTerminal: boolean().notNull(),
    executedAt: timestamp().notNull(),
    sourceEventId: text().notNull(),
    instrumentKey: text().notNull(),
    correlationId: text().notNull(),
    quarantine: text(),
  },
  { key: ['portfolioId', 'execSeq'], value: ExecutionRow },
)

/** Earlier states of positions, from which a late report can be folded on. */
export const positionCheckpoints = tableStore(
  'position_checkpoints',
  {
    portfolioId: text().notNull(),
    instrumentKey: text().notNull(),
    exchange: text().notNull(),
    instrumentId: text().notNull(),
    quantity: decimal().notNull(),
    cost: decimal().notNull(),
    realisedPnl: decimal().notNull(),
    fees: decimal().notNull(),
    cash: decimal().notNull(),
    fills: integer().notNull(),
    lastExecSeq: bigint().notNull(),
    markPrice: decimal(),
    markedAt: timestamp(),
  },
  { key: ['portfolioId', 'instrumentKey', 'lastExecSeq'], value: PositionCheckpointRow },
)

/** Reports that are kept out of the books, and why. */
export const quarantine = tableStore(
  'quarantine',
  {
    portfolioId: text().notNull(),
    quarantineId: text().notNull(),
    execSeq: bigint().notNull(),
    executionId: text().notNull(),
    orderId: text().notNull(),
    reason: text().notNull(),
    report: text().notNull(),
    executedAt: timestamp().notNull(),
  },
  { key: ['portfolioId', 'quarantineId'], value: QuarantineRow },
)

/** The summary of each portfolio at each version: a table that only grows, hence split by time. */
export const portfolioSnapshots = tableStore(
  'portfolio_snapshots',
  {
    portfolioId: text().notNull(),
    at: timestamp().notNull(),
    version: bigint().notNull(),
    cash: decimal().notNull(),
    realisedPnl: decimal().notNull(),
    unrealisedPnl: decimal().notNull(),
    fees: decimal().notNull(),
    grossExposure: decimal().notNull(),
    netExposure: decimal().notNull(),
    openPositions: integer().notNull(),
    fills: bigint().notNull(),
  },
  {
    key: ['portfolioId', 'at', 'version'],
    value: SnapshotRow,
    partitionBy: { field: 'at', every: 'month' },
    indexes: [['portfolioId', 'version']],
  },
)
