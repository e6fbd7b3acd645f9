import type { ExecutionReport } from '../../schemas/trading/generated/execution-report.ts'
import type { OrderReport, OrderStatus, QuarantineReason } from './order-fold.ts'
import type { PositionState } from './position-fold.ts'
import { noPosition } from './position-fold.ts'
import type { PortfolioTotals } from './portfolio-totals.ts'
import { noTotals } from './portfolio-totals.ts'

/** The books of a portfolio, as a row. Decimals count 1e-18; times are ms. */
export interface PortfolioRow extends PortfolioTotals {
  readonly portfolioId: string
  /** Count of the distinct reports applied. */
  readonly version: bigint
  /** All reports up to this one are in. */
  readonly throughExecSeq: bigint
  /** The latest report that is in; above `throughExecSeq` while one is missing. */
  readonly lastExecSeq: bigint
  readonly provisional: boolean
  readonly stateHash: string
  /** Latest executedAt of a report; null before any. */
  readonly asOf: number | null
}

/** The position of a (portfolio, instrument), as a row. */
export interface PositionRow {
  readonly portfolioId: string
  readonly instrumentKey: string
  readonly exchange: string
  readonly instrumentId: string
  readonly quantity: bigint
  readonly cost: bigint
  readonly realisedPnl: bigint
  readonly fees: bigint
  readonly cash: bigint
  readonly fills: number
  readonly lastExecSeq: bigint
  readonly markPrice: bigint | null
  readonly markedAt: number | null
}

/** A position as it was after the fill of that execSeq. */
export type CheckpointRow = PositionRow

/** An order, as a row. What only its placement says is null until that has come. */
export interface OrderRow {
  readonly portfolioId: string
  readonly orderId: string
  readonly tradeId: string
  readonly strategyId: string | null
  readonly exchange: string
  readonly instrumentId: string
  readonly side: 'BUY' | 'SELL'
  readonly orderType: 'MARKET' | 'LIMIT' | null
  readonly limitPrice: bigint | null
  readonly quantity: bigint
  /** As its placement says; null as long as only reports are known. */
  readonly placedQuantity: bigint | null
  readonly status: OrderStatus
  readonly filled: bigint
  readonly leaves: bigint
  readonly placedAt: number | null
  readonly updatedAt: number
  /** Reports that apply. */
  readonly applied: number
  /** Its reports in execSeq order, as JSON: what the order's fold needs. */
  readonly reports: string
}

/** An execution: a report as it came, and why it is kept out of the books, if it is. Appended, never changed otherwise. */
export interface ExecutionRow extends Omit<ExecutionReport, 'sourceEventId'> {
  readonly sourceEventId: string
  readonly instrumentKey: string
  readonly correlationId: string
  readonly quarantine: QuarantineReason | null
}

/** A report that is kept out of the books. */
export interface QuarantineRow {
  readonly portfolioId: string
  readonly quarantineId: string
  readonly execSeq: bigint
  readonly executionId: string
  readonly orderId: string
  readonly reason: QuarantineReason
  /** What it said, as JSON. */
  readonly report: string
  readonly executedAt: number
}

/** A report in the fold of its order, with the verdict on it. */
export interface JudgedReport extends OrderReport {
  readonly verdict: QuarantineReason | null
}

/** The books of a portfolio before its first report. */
export function newPortfolioRow(portfolioId: string): PortfolioRow {
  return {
    portfolioId,
    version: 0n,
    throughExecSeq: 0n,
    lastExecSeq: 0n,
    provisional: false,
    stateHash: '0'.repeat(64),
    asOf: null,
    ...noTotals,
  }
}

/** The position as the fold computes with it. */
export function positionStateOf(row: PositionRow | undefined): PositionState {
  if (row === undefined) return noPosition
  const { quantity, cost, realisedPnl, fees, cash, fills, lastExecSeq, markPrice, markedAt } = row
  return { quantity, cost, realised: realisedPnl, fees, cash, fills, lastExecSeq, markPrice, markedAt }
}

/** The row of a position. */
export function positionRow(
  of: Pick<PositionRow, 'portfolioId' | 'instrumentKey' | 'exchange' | 'instrumentId'>,
  { realised, ...state }: PositionState,
): PositionRow {
  const { portfolioId, instrumentKey, exchange, instrumentId } = of
  return { portfolioId, instrumentKey, exchange, instrumentId, realisedPnl: realised, ...state }
}

/** The reports of an order row. */
export function parseReports(text: string): readonly JudgedReport[] {
  const list = JSON.parse(text) as readonly WireReport[]
  return list.map(([execSeq, fillSeq, execType, orderQty, lastQty, hasPrice, isTerminal, verdict]) => ({
    execSeq: BigInt(execSeq),
    fillSeq,
    execType,
    orderQty: BigInt(orderQty),
    lastQty: BigInt(lastQty),
    hasPrice,
    isTerminal,
    verdict,
  }))
}

/** The reports as the text of an order row. */
export function formatReports(reports: readonly JudgedReport[]): string {
  const list: WireReport[] = reports.map(report => [
    report.execSeq.toString(),
    report.fillSeq,
    report.execType,
    report.orderQty.toString(),
    report.lastQty.toString(),
    report.hasPrice,
    report.isTerminal,
    report.verdict,
  ])
  return JSON.stringify(list)
}

type WireReport = [string, number, string, string, string, boolean, boolean, QuarantineReason | null]

/** The books of a portfolio as they were at a version: their history. */
export interface SnapshotRow {
  readonly portfolioId: string
  /** Units: ms. */
  readonly at: number
  readonly version: bigint
  readonly cash: bigint
  readonly realisedPnl: bigint
  readonly unrealisedPnl: bigint
  readonly fees: bigint
  readonly grossExposure: bigint
  readonly netExposure: bigint
  readonly openPositions: number
  readonly fills: bigint
}
