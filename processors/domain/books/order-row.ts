import type { ExecutionReport } from '../../../schemas/trading/generated/execution-report.ts'
import type { OrderPlaced } from '../../../schemas/trading/generated/order-placed.ts'
import { OrderRow } from '../../../schemas/trading/generated/order-row.ts'
import { pickFields } from '../../../topology/index.ts'
import { orderReportOf } from '../risk/feedback.ts'
import { formatReports, type JudgedReport, parseReports } from './book-rows.ts'
import { foldOrder } from './order-fold.ts'

/** An order after a change, and its reports whose verdict has changed (the new one among them). */
export interface OrderChange {
  readonly row: OrderRow
  readonly judged: readonly JudgedReport[]
}

/** The order as its first report describes it. */
export function reportedOrder(report: ExecutionReport): OrderRow {
  return pickFields(OrderRow, report, {
    strategyId: null,
    orderType: null,
    limitPrice: null,
    placedLimitPrice: null,
    placedQuantity: null,
    placedAt: null,
    quantity: report.orderQty,
    leaves: report.orderQty,
    updatedAt: report.executedAt,
    status: 'NEW',
    filled: 0n,
    applied: 0,
    reports: '[]',
  })
}

/** The order as its placement describes it; the effects of reports stay. */
export function placedOrder(placed: OrderPlaced, known: OrderRow | undefined): OrderChange {
  const { quantity, placedAt, limitPrice } = placed
  const reports = known?.reports ?? '[]'
  const row = pickFields(OrderRow, placed, {
    placedQuantity: quantity,
    placedLimitPrice: limitPrice,
    status: known?.status ?? 'NEW',
    filled: known?.filled ?? 0n,
    leaves: known?.leaves ?? quantity,
    updatedAt: Math.max(known?.updatedAt ?? placedAt, placedAt),
    applied: known?.applied ?? 0,
    reports,
  })
  return reports === '[]' ? { row, judged: [] } : refold(row, parseReports(reports))
}

/** The order with a report more, at its place in execSeq order. */
export function withReport(order: OrderRow, report: ExecutionReport): OrderChange {
  const before = parseReports(order.reports)
  const at = before.findIndex(known => known.execSeq > report.execSeq)
  const entry: JudgedReport = { ...orderReportOf(report), verdict: 'MALFORMED' }
  const row = { ...order, updatedAt: Math.max(order.updatedAt, report.executedAt) }
  if (!sameOrder(order, report)) {
    const contradicting: JudgedReport = { ...entry, verdict: 'CONTRADICTION' }
    return { row: order, judged: [contradicting] }
  }
  return refold(row, at === -1 ? [...before, entry] : before.toSpliced(at, 0, entry), report.execSeq)
}

/** Judges the reports anew. `added` is the execSeq of one that is new, and so always among the changed. */
function refold(order: OrderRow, reports: readonly JudgedReport[], added?: bigint): OrderChange {
  const { state, verdicts } = foldOrder(order.placedQuantity, reports)
  const after = reports.map((report, index) => ({ ...report, verdict: verdicts[index] ?? null }))
  const judged = after.filter((report, index) => report.execSeq === added || report.verdict !== reports[index]!.verdict)
  const quantity = state.quantity ?? order.quantity
  const placedLimitPrice = order.placedAt === null ? null : (order.placedLimitPrice ?? order.limitPrice)
  const replaced = after.findLast(({ verdict, limitPrice }) => verdict === null && limitPrice !== null)
  const row: OrderRow = {
    ...order,
    quantity,
    limitPrice: replaced?.limitPrice ?? placedLimitPrice,
    placedLimitPrice,
    status: state.status,
    filled: state.filled,
    leaves: state.closed ? 0n : quantity - state.filled,
    applied: verdicts.filter(verdict => verdict === null).length,
    reports: formatReports(after),
  }
  return { row, judged }
}

function sameOrder(order: OrderRow, report: ExecutionReport): boolean {
  const { exchange, instrumentId, side, tradeId } = order
  return (
    exchange === report.exchange &&
    instrumentId === report.instrumentId &&
    side === report.side &&
    tradeId === report.tradeId
  )
}
