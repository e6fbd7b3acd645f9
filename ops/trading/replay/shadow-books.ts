import { type Books, booksOf, flat } from '../../../processors/domain/books/books.ts'
import { foldExecutions, noPosition } from '../../../processors/domain/books/position-fold.ts'
import { instrumentKey } from '../../../processors/domain/shared/keys.ts'
import type { ExecutionReport } from '../../../schemas/trading/generated/execution-report.ts'
import type { ExecutionRow } from '../../../schemas/trading/generated/execution-row.ts'
import type { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import { formatDecimal } from '../../../topology/index.ts'

/** One difference between the shadow and the live books. Shape of `about`: `alpha-01 XNAS:MSFT`. */
export interface BooksDifference {
  readonly about: string
  readonly what: string
  readonly shadow: string
  readonly live: string
}

/** The results of a shadow copy of the books. */
export interface ShadowBooks {
  /** Reports of the window, each once. */
  readonly reports: number
  readonly differences: readonly BooksDifference[]
  /** Ids of executions that the live books lack. */
  readonly missing: ReadonlySet<string>
  /** Differences that do not come of missing executions: reading these again does not end them. */
  readonly incurable: readonly BooksDifference[]
}

/**
 * Folds a window of reports into a shadow copy of the books and compares it with the live ones. The shadow of a position is
 * the live executions outside the window with the window's reports in place of the rest, in execSeq order; quarantined
 * ones stay out, as they do in the live books.
 */
export function shadowBooks(
  reports: readonly ExecutionReport[],
  executions: readonly ExecutionRow[],
  positions: readonly PositionRow[],
): ShadowBooks {
  const window = new Map(reports.map(report => [report.executionId, report]))
  const known = new Map(executions.map(execution => [execution.executionId, execution]))
  const missing = new Set([...window.keys()].filter(id => !known.has(id)))
  const differences: BooksDifference[] = []
  for (const [id, report] of window) {
    const about = `${report.portfolioId} ${instrumentKey(report.exchange, report.instrumentId)}`
    const live = known.get(id)
    if (live === undefined)
      differences.push({ about, what: `execution ${id}`, shadow: textOf(report), live: 'nothing' })
    else if (textOf(report) !== textOf(live))
      differences.push({ about, what: `execution ${id}`, shadow: textOf(report), live: textOf(live) })
  }
  const lacking = new Set([...missing].map(id => keyOf(window.get(id)!)))
  const incurable = differences.filter(({ live }) => live !== 'nothing')
  for (const key of new Set([...window.values()].map(keyOf))) {
    const found = position(key, window, executions, positions)
    differences.push(...found)
    if (!lacking.has(key)) incurable.push(...found)
  }
  return { reports: window.size, differences, missing, incurable }
}

function position(
  key: string,
  window: ReadonlyMap<string, ExecutionReport>,
  executions: readonly ExecutionRow[],
  positions: readonly PositionRow[],
): readonly BooksDifference[] {
  const kept = executions.filter(
    execution => execution.quarantine === null && keyOf(execution) === key && !window.has(execution.executionId),
  )
  const quarantined = new Set(
    executions.filter(({ quarantine }) => quarantine !== null).map(({ executionId }) => executionId),
  )
  const replayed = [...window.values()].filter(report => keyOf(report) === key && !quarantined.has(report.executionId))
  const ordered = [...kept, ...replayed].sort((a, b) => (a.execSeq < b.execSeq ? -1 : 1))
  const shadow = booksOf(foldExecutions(noPosition, ordered).state)
  const live = positions.find(row => `${row.portfolioId} ${row.instrumentKey}` === key)
  const books = booksOf(live ?? flat)
  return (Object.keys(shadow) as (keyof Books)[])
    .filter(field => shadow[field] !== books[field])
    .map(field => ({
      about: key,
      what: field,
      shadow: formatDecimal(shadow[field]),
      live: formatDecimal(books[field]),
    }))
}

function keyOf({ portfolioId, exchange, instrumentId }: ExecutionReport | ExecutionRow): string {
  return `${portfolioId} ${instrumentKey(exchange, instrumentId)}`
}

function textOf({ side, execSeq, lastQty, lastPrice, fee, isTerminal }: ExecutionReport | ExecutionRow): string {
  const price = lastPrice === null ? '-' : formatDecimal(lastPrice)
  return `#${execSeq} ${side} ${formatDecimal(lastQty)} at ${price} fee ${formatDecimal(fee)}${isTerminal ? ' terminal' : ''}`
}
