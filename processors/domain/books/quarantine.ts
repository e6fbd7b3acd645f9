import type { ExecutionReport } from '../../../schemas/trading/generated/execution-report.ts'
import type { QuarantineRow } from '../../../schemas/trading/generated/quarantine-row.ts'
import { format } from '../shared/decimal.ts'
import { quarantineIdOf } from '../shared/ids.ts'
import type { QuarantineReason } from './order-fold.ts'

/** The row that shows a report that is kept out of the books. The same report gives the same row. */
export function quarantineRow(report: ExecutionReport, reason: QuarantineReason): QuarantineRow {
  const text = reportJson(report)
  const { portfolioId, execSeq, executionId, orderId, executedAt } = report
  const quarantineId = quarantineIdOf(portfolioId, text)
  return { portfolioId, quarantineId, execSeq, executionId, orderId, reason, report: text, executedAt }
}

/** Whether two reports of one execSeq have the same content. */
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

const said = [
  'portfolioId',
  'executionId',
  'execType',
  'orderId',
  'tradeId',
  'exchange',
  'instrumentId',
  'side',
  'orderQty',
  'fillSeq',
  'lastQty',
  'lastPrice',
  'cumQty',
  'leavesQty',
  'fee',
  'isTerminal',
  'executedAt',
] as const satisfies readonly (keyof ExecutionReport)[]

/** The content of the report as JSON, decimals as text; also out of a row that holds more than the report. */
function reportJson(report: ExecutionReport): string {
  const fields = said.map(name => {
    const value = report[name]
    return [name, typeof value === 'bigint' ? format(value) : value]
  })
  return JSON.stringify({ execSeq: report.execSeq.toString(), ...Object.fromEntries(fields) })
}
