import Table from 'cli-table3'
import { tradingSignals } from '../../../processors/topics.ts'
import type { PortfolioView } from './portfolios.ts'
import type { DemoResults } from './results.ts'

/** The tables that the demo prints when it has settled: decisions, fills, positions. */
export function printTables(results: DemoResults, portfolios: readonly PortfolioView[]): string {
  return [decisions(results), books(portfolios), `records: ${counts(results)}`].join('\n\n')
}

function decisions({ signals, decisions: { approved, reasons, total }, fills, counts: records }: DemoResults): string {
  const table = new Table({ head: ['decision', 'signals'], style: plain, chars: lines, colAligns: ['left', 'right'] })
  table.push(['approved', approved])
  for (const [reason, count] of Object.entries(reasons).sort(([, a], [, b]) => b - a))
    table.push([`rejected ${reason}`, count])
  const repeated = (records[tradingSignals.name] ?? 0) - signals
  const again = repeated > 0 ? ` (${repeated} sent again)` : ''
  return `${signals} signals${again}, ${total} decisions, ${fills} fills\n${table}`
}

function books(portfolios: readonly PortfolioView[]): string {
  const head = ['portfolio', 'open positions', 'gross exposure', 'cap', 'realised', 'unrealised', 'fees', 'fills']
  const table = new Table({
    head,
    style: plain,
    chars: lines,
    colAligns: ['left', 'left', ...head.slice(2).map(() => 'right' as const)],
  })
  for (const { id, summary, positions } of portfolios) {
    const open = positions.map(({ instrumentId, quantity }) => `${instrumentId} ${short(quantity)}`).join('  ')
    const money = [summary.grossExposure, summary.exposureCap, summary.realisedPnl, summary.unrealisedPnl, summary.fees]
    table.push([id, open, ...money.map(cents), summary.fillCount])
  }
  return `${table}`
}

function counts({ counts: records }: DemoResults): string {
  return Object.entries(records)
    .map(([topic, count]) => `${topic} ${count}`)
    .join('  ')
}

/** Money cut to cents: precise enough for a person; the API and `--json` have all eighteen places. */
function cents(decimal: string | null): string {
  if (decimal === null) return ''
  const [whole = '0', fraction = ''] = decimal.split('.')
  return `${grouped(whole)}.${fraction.padEnd(2, '0').slice(0, 2)}`
}

/** A quantity as it is, its thousands grouped. */
function short(decimal: string): string {
  const [whole = '0', fraction] = decimal.split('.')
  return fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',')
}

const plain = { head: [], border: [] }

/** Lines around the table and under its head only. */
const lines = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }
