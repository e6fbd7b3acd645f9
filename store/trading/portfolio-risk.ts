import { boolean, integer, text } from 'drizzle-orm/pg-core'
import { BufferedReportRow } from '../../schemas/trading/generated/buffered-report-row.ts'
import { DecisionRow } from '../../schemas/trading/generated/decision-row.ts'
import { RateWindowRow } from '../../schemas/trading/generated/rate-window-row.ts'
import { RiskLedger } from '../../schemas/trading/generated/risk-ledger.ts'
import { RiskOrder } from '../../schemas/trading/generated/risk-order.ts'
import { RiskPortfolio } from '../../schemas/trading/generated/risk-portfolio.ts'
import { bigint, decimal, timestamp } from '../table-columns.ts'
import { tableStore } from '../table-store.ts'

/** Reserved exposure, cap and sequence numbers of each portfolio. */
export const riskPortfolios = tableStore(
  'risk_portfolios',
  {
    portfolioId: text().notNull(),
    riskSeq: bigint().notNull(),
    feedbackExecSeq: bigint().notNull(),
    bufferedReports: integer().notNull(),
    exposure: decimal().notNull(),
    reserved: decimal().notNull(),
    openOrders: integer().notNull(),
    exposureCap: decimal(),
    limitsVersion: integer().notNull(),
  },
  { key: ['portfolioId'], value: RiskPortfolio },
)

/** The exposure ledger: the position in an instrument, and the pending quantities of approved orders. */
export const ledgers = tableStore(
  'ledgers',
  {
    portfolioId: text().notNull(),
    instrumentKey: text().notNull(),
    quantity: decimal().notNull(),
    cost: decimal().notNull(),
    realisedPnl: decimal().notNull(),
    fees: decimal().notNull(),
    cash: decimal().notNull(),
    pendingBuys: text().notNull(),
    pendingSells: text().notNull(),
    exposure: decimal().notNull(),
    reserved: decimal().notNull(),
  },
  { key: ['portfolioId', 'instrumentKey'], value: RiskLedger },
)

/** The orders of approved trades, with the quantity that they still reserve. */
export const riskOrders = tableStore(
  'risk_orders',
  {
    portfolioId: text().notNull(),
    tradeId: text().notNull(),
    instrumentKey: text().notNull(),
    side: text().$type<'BUY' | 'SELL'>().notNull(),
    quantity: decimal().notNull(),
    filled: decimal().notNull(),
    leaves: decimal().notNull(),
    boundPrice: decimal().notNull(),
    closed: boolean().notNull(),
    lastFillSeq: integer().notNull(),
  },
  { key: ['portfolioId', 'tradeId'], value: RiskOrder },
)

/** The one decision on each idempotency key. */
export const decisions = tableStore(
  'decisions',
  {
    portfolioId: text().notNull(),
    idempotencyKey: text().notNull(),
    decisionId: text().notNull(),
    outcome: text().$type<'APPROVED' | 'REJECTED'>().notNull(),
    stage: text().$type<'INSTRUMENT' | 'PORTFOLIO'>(),
    reasonCode: text(),
    reason: text(),
    limitValue: text(),
    observedValue: text(),
    riskSeq: bigint().notNull(),
    feedbackExecSeq: bigint().notNull(),
    limitsVersion: integer().notNull(),
    instrumentVersion: bigint(),
    signalId: text().notNull(),
    strategyId: text().notNull(),
    exchange: text().notNull(),
    instrumentId: text().notNull(),
    side: text().$type<'BUY' | 'SELL'>().notNull(),
    quantity: decimal().notNull(),
    orderType: text().$type<'MARKET' | 'LIMIT'>().notNull(),
    limitPrice: decimal(),
    referencePrice: decimal(),
    reduceOnly: boolean().notNull(),
    validUntil: timestamp(),
    boundPrice: decimal(),
    reservedNotional: decimal(),
    exposureBefore: decimal(),
    exposureAfter: decimal(),
    exposureCap: decimal(),
    occurredAt: timestamp().notNull(),
    sourceEventId: text().notNull(),
    correlationId: text().notNull(),
  },
  { key: ['portfolioId', 'idempotencyKey'], value: DecisionRow, indexes: [['portfolioId', 'riskSeq']] },
)

/** Reports that wait for an earlier one. */
export const feedbackBuffer = tableStore(
  'feedback_buffer',
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
  },
  { key: ['portfolioId', 'execSeq'], value: BufferedReportRow },
)

/** Approvals by time, for the rate limit. */
export const rateWindows = tableStore(
  'rate_windows',
  {
    portfolioId: text().notNull(),
    windowMs: integer().notNull(),
    bucket: bigint().notNull(),
    approvals: text().notNull(),
  },
  { key: ['portfolioId', 'windowMs', 'bucket'], value: RateWindowRow },
)
