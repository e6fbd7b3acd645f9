import type { ExecutionReport } from '../../schemas/trading/generated/execution-report.ts'
import type { QuarantineRow } from '../../schemas/trading/generated/quarantine-row.ts'
import { format } from './decimal.ts'
import { quarantineIdOf } from './ids.ts'
import type { QuarantineReason } from './order-fold.ts'

/** The row that shows a report that is kept out of the books. The same report gives the same row. */
export function quarantineRow(report: ExecutionReport, reason: QuarantineReason): QuarantineRow {
  const said = reportJson(report)
  const { portfolioId, execSeq, executionId, orderId, executedAt } = report
  const quarantineId = quarantineIdOf(portfolioId, said)
  return { portfolioId, quarantineId, execSeq, executionId, orderId, reason, report: said, executedAt }
}

/** Whether two reports of one execSeq say the same. */
export function sameReport(a: ExecutionReport, b: ExecutionReport): boolean {
  return (
    a.executionId === b.executionId &&
    a.orderId === b.orderId &&
    a.tradeId === b.tradeId &&
    a.exchange === b.exchange &&
    a.instrumentId === b.instrumentId &&
    a.side === b.side &&
    a.orderQty === b.orderQty &&
    a.execType === b.execType &&
    a.fillSeq === b.fillSeq &&
    a.lastQty === b.lastQty &&
    a.lastPrice === b.lastPrice &&
    a.cumQty === b.cumQty &&
    a.leavesQty === b.leavesQty &&
    a.fee === b.fee &&
    a.isTerminal === b.isTerminal &&
    a.executedAt === b.executedAt
  )
}

/** The report as JSON, decimals as text. */
function reportJson(report: ExecutionReport): string {
  const { execSeq, ...rest } = report
  const fields = Object.entries(rest).map(([name, value]) => [name, typeof value === 'bigint' ? format(value) : value])
  return JSON.stringify({ execSeq: execSeq.toString(), ...Object.fromEntries(fields) })
}
