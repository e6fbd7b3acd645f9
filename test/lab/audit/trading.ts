import type { Sql } from 'postgres'
import { auditDecisions, disagreementLine } from '../../../ops/trading/decisions/verify-decisions.ts'
import { applyFill, type Books, balances, booksOf, flat } from '../../../processors/domain/books/books.ts'
import { instrumentKey } from '../../../processors/domain/shared/keys.ts'
import {
  ordersFills,
  ordersPlaced,
  topics,
  tradesApproved,
  tradesRejected,
  tradingSignals,
} from '../../../processors/topics.ts'
import type { ExecutionReport } from '../../../schemas/trading/generated/execution-report.ts'
import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import type { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import { readStoreRows } from '../../../store/queries.ts'
import { portfolios, positions } from '../../../store/trading/reconciler.ts'
import { readTopics } from '../../../topology/app/topics/read-topics.ts'
import type { Tailed } from '../../../topology/app/topics/topic-tail.ts'
import type { AnyStore } from '../../../topology/definition/store.ts'
import type { TablesAt } from './tables.ts'

/** The findings of an audit of the pipeline. Empty `problems`: none. */
export interface TradingAudit {
  readonly signals: number
  readonly decisions: number
  readonly orders: number
  readonly reports: number
  readonly problems: readonly string[]
}

interface Identified {
  readonly portfolioId: string
  readonly idempotencyKey: string
}

/**
 * Checks the topics and tables of the trading pipeline against its promises, from outside: one decision a key, no order and
 * no report twice, execSeq without gaps, fills that sum up, books that balance and equal a single-threaded fold of
 * orders.fills. The workers must have come to rest.
 */
export async function auditTrading(at: TablesAt): Promise<TradingAudit> {
  return auditTradingRecords(await readTopics(topics, at), at)
}

/** The same for topics that have been read. */
export async function auditTradingRecords(records: readonly Tailed[], at: TablesAt): Promise<TradingAudit> {
  const payloads = <T>(topic: { readonly name: string }) => payloadsOf<T>(records, topic.name)
  const signals = payloads<Identified>(tradingSignals)
  const decisions = [...payloads<Identified>(tradesApproved), ...payloads<Identified>(tradesRejected)]
  const approved = payloads<{ readonly tradeId: string }>(tradesApproved)
  const placed = payloads<{ readonly orderId: string; readonly tradeId: string }>(ordersPlaced)
  const reports = payloads<ExecutionReport>(ordersFills)
  const problems = [
    ...once(decisions.map(identity), 'decision on'),
    ...same(decisions.map(identity), signals.map(identity), 'decided', 'signalled'),
    ...once(
      placed.map(order => order.orderId),
      'order',
    ),
    ...same(
      placed.map(order => order.tradeId),
      approved.map(trade => trade.tradeId),
      'ordered',
      'approved',
    ),
    ...once(
      reports.map(report => report.executionId),
      'report',
    ),
    ...contiguous(reports),
    ...complete(reports),
    ...auditDecisions(records).disagreements.map(disagreementLine),
    ...(await books(reports, at)),
  ]
  return {
    signals: signals.length,
    decisions: decisions.length,
    orders: placed.length,
    reports: reports.length,
    problems,
  }
}

function payloadsOf<T>(records: readonly Tailed[], topic: string): readonly T[] {
  return records
    .filter(record => record.topic === topic)
    .map(record => (record.value as { readonly payload: T }).payload)
}

function identity({ portfolioId, idempotencyKey }: Identified): string {
  return JSON.stringify([portfolioId, idempotencyKey])
}

function once(ids: readonly string[], what: string): readonly string[] {
  const seen = new Map<string, number>()
  for (const id of ids) seen.set(id, (seen.get(id) ?? 0) + 1)
  return [...seen].filter(([, count]) => count > 1).map(([id, count]) => `${what} ${id} stands ${count} times`)
}

function same(ids: readonly string[], others: readonly string[], is: string, should: string): readonly string[] {
  const left = new Set(ids)
  const right = new Set(others)
  return [
    ...[...right].filter(id => !left.has(id)).map(id => `${id} was ${should} but never ${is}`),
    ...[...left].filter(id => !right.has(id)).map(id => `${id} was ${is} but never ${should}`),
  ]
}

/** execSeq of each portfolio: 1, 2, 3, ... */
function contiguous(reports: readonly ExecutionReport[]): readonly string[] {
  const problems: string[] = []
  for (const [portfolioId, own] of grouped(reports, report => report.portfolioId)) {
    const sequence = own.map(report => report.execSeq).sort((a, b) => (a < b ? -1 : 1))
    const broken = sequence.findIndex((execSeq, index) => execSeq !== BigInt(index + 1))
    if (broken >= 0) problems.push(`execSeq of ${portfolioId} breaks at ${sequence[broken]}`)
  }
  return problems
}

/**
 * For each order: the fills sum up to the last report's total, and with the rest to the quantity; the last report is
 * terminal.
 */
function complete(reports: readonly ExecutionReport[]): readonly string[] {
  const problems: string[] = []
  for (const [orderId, own] of grouped(reports, report => report.orderId)) {
    const last = own.reduce((a, b) => (b.execSeq > a.execSeq ? b : a))
    const filled = own.reduce((sum, report) => sum + report.lastQty, 0n)
    if (!last.isTerminal || own.filter(report => report.isTerminal).length !== 1)
      problems.push(`order ${orderId} has no one end`)
    if (filled !== last.cumQty || filled > last.orderQty) problems.push(`fills of order ${orderId} do not sum up`)
  }
  return problems
}

async function books(reports: readonly ExecutionReport[], at: TablesAt): Promise<readonly string[]> {
  const problems: string[] = []
  const folded = new Map<string, Books>()
  const ordered = [...reports].sort((a, b) => (a.execSeq < b.execSeq ? -1 : 1))
  for (const { portfolioId, exchange, instrumentId, side, lastQty, lastPrice, fee } of ordered) {
    if (lastPrice === null || lastQty === 0n) continue
    const key = JSON.stringify([portfolioId, instrumentKey(exchange, instrumentId)])
    folded.set(key, applyFill(folded.get(key) ?? flat, { side, quantity: lastQty, price: lastPrice, fee }))
  }
  const rows = await valuesOf<PositionRow>(positions, at)
  const stored = new Map(rows.map(row => [JSON.stringify([row.portfolioId, row.instrumentKey]), row]))
  for (const key of new Set([...folded.keys(), ...stored.keys()])) {
    const should = folded.get(key) ?? flat
    const row = stored.get(key)
    const is = booksOf(row ?? flat)
    if (!balances(is)) problems.push(`books of ${key} do not balance`)
    if (Object.keys(should).some(field => should[field as keyof Books] !== is[field as keyof Books]))
      problems.push(`books of ${key} differ from the fold of ${ordersFills.name}`)
  }
  for (const row of await valuesOf<PortfolioRow>(portfolios, at)) {
    const own = ordered.filter(report => report.portfolioId === row.portfolioId)
    const cash = rows
      .filter(position => position.portfolioId === row.portfolioId)
      .reduce((sum, position) => sum + position.cash, 0n)
    if (row.throughExecSeq !== BigInt(own.length) || row.provisional)
      problems.push(`portfolio ${row.portfolioId} lacks reports`)
    if (row.cash !== cash) problems.push(`cash of portfolio ${row.portfolioId} is not that of its positions`)
  }
  return problems
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

async function valuesOf<V>(
  definition: AnyStore,
  { sql, schema }: { readonly sql: Sql; readonly schema?: string },
): Promise<readonly V[]> {
  const location = { application: 'trading', definition, ...(schema && { schema }) }
  const rows = await readStoreRows(sql, location, Number.MAX_SAFE_INTEGER)
  return rows.map(({ key, value }) => definition.value.join(value, key) as V)
}
