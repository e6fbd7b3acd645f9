import type { ExecutionReport } from '../../../schemas/trading/generated/execution-report.ts'
import { QuarantineRow } from '../../../schemas/trading/generated/quarantine-row.ts'
import { pickFields } from '../../../topology/index.ts'
import { format } from '../shared/decimal.ts'
import { quarantineIdOf } from '../shared/ids.ts'
import type { QuarantineReason } from './order-fold.ts'

/** The row that shows a report that is kept out of the books. The same report gives the same row. */
export function quarantineRow(report: ExecutionReport, reason: QuarantineReason): QuarantineRow {
  const text = reportJson(report)
  const quarantineId = quarantineIdOf(report.portfolioId, text)
  return pickFields(QuarantineRow, report, { quarantineId, reason, report: text })
}

/** The content of a report, field by field, in the order of its JSON; execSeq goes before them, and the limit of a replacement last. */
const content = [
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

/** Whether two reports of one execSeq have the same content. */
export function sameReport(a: ExecutionReport, b: ExecutionReport): boolean {
  return a.limitPrice === b.limitPrice && content.every(name => a[name] === b[name])
}

/** The content of the report as JSON, decimals as text; also out of a row that holds more than the report. */
function reportJson(report: ExecutionReport): string {
  const fields = content.map(name => {
    const value = report[name]
    return [name, typeof value === 'bigint' ? format(value) : value]
  })
  const limit = report.limitPrice === null ? {} : { limitPrice: format(report.limitPrice) }
  return JSON.stringify({ execSeq: report.execSeq.toString(), ...Object.fromEntries(fields), ...limit })
}
