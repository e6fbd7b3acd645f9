import type { ExecutionReport, ExecutionReportEvent } from '../../../schemas/trading/generated/execution-report.ts'
import type { ExecutionRow } from '../../../schemas/trading/generated/execution-row.ts'
import type { OrderPlacedEvent } from '../../../schemas/trading/generated/order-placed.ts'
import type { OrderRow } from '../../../schemas/trading/generated/order-row.ts'
import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import { PositionCheckpointRow } from '../../../schemas/trading/generated/position-checkpoint-row.ts'
import { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import { type Awaitable, chain, pickFields, together } from '../../../topology/index.ts'
import { instrumentKey, instrumentOfKey } from '../shared/keys.ts'
import { orderPart, positionPart } from './book-hash.ts'
import { newPortfolioRow } from './book-rows.ts'
import type { BooksStores } from './books-stores.ts'
import { type MarketMark, marketMarkOf, markOfPrice, markPosition, published } from './mark.ts'
import { type OrderChange, placedOrder, reportedOrder, withReport } from './order-row.ts'
import { exchangePosition } from './portfolio-totals.ts'
import { foldExecution, foldExecutions, isCheckpoint, noPosition, type PositionState } from './position-fold.ts'
import { quarantineRow, sameReport } from './quarantine.ts'
import { portfolioSnapshot } from './snapshot.ts'
import { exchangePart, hashText, parseHash } from './state-hash.ts'

/*
 * The books are a fold over the *set* of executions, in execSeq order: average cost depends on order, so only this makes
 * repeated and reordered reports converge. A report that is next costs O(1). A late one folds the tail of its own position
 * again, from the last checkpoint before it. No other position is touched: an order belongs to one instrument.
 */

/** The changes that a report or a price made, for `portfolio.updated`; undefined when the state is the same as before. */
export interface BooksChange {
  readonly portfolio: PortfolioRow
  readonly position: PositionRow | undefined
  /** The id of the price event that alone made the change; unset: a report did. */
  readonly markedBy?: string
}

/** Takes a report into the books. */
export function reconcileReport(stores: BooksStores, event: ExecutionReportEvent): Awaitable<BooksChange | undefined> {
  const report = event.payload
  const { portfolioId } = report
  const key = instrumentKey(report.exchange, report.instrumentId)
  const rows = together([
    stores.portfolios.get(portfolioId),
    stores.positions.get([portfolioId, key]),
    stores.orders.get([portfolioId, report.orderId]),
  ])
  return chain(rows, ([portfolio = newPortfolioRow(portfolioId), position, order]) =>
    chain(marketMark(stores, portfolioId, key, position), market => {
      const at: Standing = { portfolio, position, order, key, market }
      return report.execSeq > portfolio.lastExecSeq ? append(stores, at, event) : insert(stores, at, event)
    }),
  )
}

/** Takes a placement into the books. Reports may have come first; Kafka gives no order between topics. */
export function reconcilePlacement(stores: BooksStores, event: OrderPlacedEvent): Awaitable<BooksChange | undefined> {
  const placed = event.payload
  const { portfolioId, orderId } = placed
  return chain(stores.orders.get([portfolioId, orderId]), order => {
    if (order !== undefined && order.placedAt !== null) return undefined
    const change = placedOrder(placed, order)
    if (change.judged.length === 0) {
      stores.orders.put([portfolioId, orderId], change.row)
      return undefined
    }
    const key = instrumentKey(placed.exchange, placed.instrumentId)
    return chain(
      together([stores.portfolios.get(portfolioId), stores.positions.get([portfolioId, key])]),
      ([portfolio = newPortfolioRow(portfolioId), position]) =>
        chain(marketMark(stores, portfolioId, key, position), market =>
          refoldOrder(stores, { portfolio, position, order, key, market }, change),
        ),
    )
  })
}

/** The rows that a report applies to. */
interface Standing {
  readonly portfolio: PortfolioRow
  readonly position: PositionRow | undefined
  readonly order: OrderRow | undefined
  readonly key: string
  /** The market's price of the instrument; undefined: it has none. */
  readonly market: MarketMark | undefined
}

/** A position has its mark; before the first fill the price waits in the store of marks. */
function marketMark(
  { marks }: BooksStores,
  portfolioId: string,
  key: string,
  position: PositionRow | undefined,
): Awaitable<MarketMark | undefined> {
  if (position !== undefined) return marketMarkOf(position)
  return chain(marks.get([portfolioId, key]), markOfPrice)
}

/** A report later than all others: nothing before it can change. */
function append(stores: BooksStores, at: Standing, event: ExecutionReportEvent): BooksChange | undefined {
  const report = event.payload
  const { portfolioId, execSeq } = report
  const change = withReport(at.order ?? reportedOrder(report), report)
  const verdict = change.judged[0]?.verdict ?? null
  stores.executions.put([portfolioId, execSeq], executionRow(event, at.key, verdict))
  stores.orders.put([portfolioId, report.orderId], change.row)
  const isNext = at.portfolio.throughExecSeq + 1n === execSeq
  const portfolio = received(at.portfolio, report, isNext ? execSeq : at.portfolio.throughExecSeq)
  if (verdict !== null) {
    const row = quarantineRow(report, verdict)
    stores.quarantine.put([portfolioId, row.quarantineId], row)
    stores.portfolios.put(portfolioId, portfolio)
    return undefined
  }
  const before = at.position ?? noPosition
  const after = foldExecution(before, report)
  return settle(stores, { ...at, portfolio }, change, 1n, after, after !== before && isCheckpoint(after) ? [after] : [])
}

/** A report that is not later than all others: one seen before, one that contradicts, or a late one. */
async function insert(
  stores: BooksStores,
  at: Standing,
  event: ExecutionReportEvent,
): Promise<BooksChange | undefined> {
  const report = event.payload
  const { portfolioId, execSeq } = report
  const known = await stores.executions.get([portfolioId, execSeq])
  if (known !== undefined) {
    if (sameReport(known, report)) return undefined
    const row = quarantineRow(report, 'CONTRADICTION')
    stores.quarantine.put([portfolioId, row.quarantineId], row)
    return undefined
  }
  const change = withReport(at.order ?? reportedOrder(report), report)
  stores.executions.put([portfolioId, execSeq], executionRow(event, at.key, 'MALFORMED'))
  const through = await advanceThrough(stores, at.portfolio, execSeq)
  return refoldOrder(stores, { ...at, portfolio: received(at.portfolio, report, through) }, change)
}

/** Settles an order whose verdicts changed, and folds its position again from the first of them. */
async function refoldOrder(stores: BooksStores, at: Standing, change: OrderChange): Promise<BooksChange | undefined> {
  const { portfolioId } = at.portfolio
  const { orderId } = change.row
  let first: bigint | undefined
  for (const { execSeq, verdict } of change.judged) {
    const row = await stores.executions.get([portfolioId, execSeq])
    if (row === undefined) continue
    const { quarantineId } = quarantineRow(row, 'CONTRADICTION')
    stores.executions.put([portfolioId, execSeq], { ...row, quarantine: verdict })
    if (verdict === null) stores.quarantine.delete([portfolioId, quarantineId])
    else stores.quarantine.put([portfolioId, quarantineId], quarantineRow(row, verdict))
    first ??= execSeq
  }
  stores.orders.put([portfolioId, orderId], change.row)
  const { state, checkpoints } = await refoldPosition(stores, at, first ?? 0n)
  const applied = BigInt(change.row.applied - (at.order?.applied ?? 0))
  return settle(stores, at, change, applied, state, checkpoints)
}

/** Folds a position again from the last checkpoint before an execSeq; checkpoints after it are no longer true. */
async function refoldPosition(stores: BooksStores, { portfolio, key }: Standing, execSeq: bigint) {
  const { portfolioId, lastExecSeq } = portfolio
  const earlier = await stores.checkpoints.range([portfolioId, key, 0n], [portfolioId, key, execSeq - 1n])
  const later = await stores.checkpoints.range([portfolioId, key, execSeq], [portfolioId, key, lastExecSeq])
  for (const checkpoint of later) stores.checkpoints.delete([portfolioId, key, checkpoint.value.lastExecSeq])
  const from = earlier.at(-1)?.value ?? noPosition
  const tail = await stores.executions.range([portfolioId, from.lastExecSeq + 1n], [portfolioId, lastExecSeq])
  const executions = tail.map(entry => entry.value).filter(row => row.instrumentKey === key && row.quarantine === null)
  return foldExecutions(from, executions)
}

/** Writes position, portfolio, checkpoints and history after a change, if the state has changed. */
function settle(
  stores: BooksStores,
  at: Standing,
  change: OrderChange,
  applied: bigint,
  state: PositionState,
  checkpoints: readonly PositionState[],
): BooksChange | undefined {
  const { portfolioId } = at.portfolio
  const of = { portfolioId, instrumentKey: at.key, ...instrumentOfKey(at.key) }
  for (const checkpoint of checkpoints) {
    stores.checkpoints.put(
      [portfolioId, at.key, checkpoint.lastExecSeq],
      pickFields(PositionCheckpointRow, checkpoint, of),
    )
  }
  const before = at.position ?? noPosition
  const moved = state.fills !== 0 || before.fills !== 0
  const marked = markPosition(state, at.market)
  const position = moved ? pickFields(PositionRow, marked, of) : undefined
  if (position) stores.positions.put([portfolioId, at.key], position)
  if (position && at.position === undefined && at.market) stores.marks.delete([portfolioId, at.key])

  const withOrder = exchangePart(parseHash(at.portfolio.stateHash), orderPart(at.order), orderPart(change.row))
  const stateHash = hashText(exchangePart(withOrder, positionPart(at.position), positionPart(position)))
  const changed = stateHash !== at.portfolio.stateHash
  const markedAt =
    position && at.market ? Math.max(at.portfolio.markedAt ?? at.market.at, at.market.at) : at.portfolio.markedAt
  const valued: PortfolioRow = {
    ...at.portfolio,
    ...exchangePosition(at.portfolio, before, moved ? marked : state),
    version: at.portfolio.version + applied,
    stateHash,
    markedAt,
  }
  const portfolio = changed ? published(valued) : valued
  stores.portfolios.put(portfolioId, portfolio)
  if (!changed) return undefined
  const snapshot = portfolioSnapshot(portfolio)
  stores.snapshots.put([portfolioId, snapshot.at, snapshot.version], snapshot)
  return { portfolio, position: state === before ? undefined : position }
}

/** The portfolio once a report is in the set, whether it applies or not. */
function received(portfolio: PortfolioRow, report: ExecutionReport, throughExecSeq: bigint): PortfolioRow {
  const lastExecSeq = report.execSeq > portfolio.lastExecSeq ? report.execSeq : portfolio.lastExecSeq
  const asOf = Math.max(portfolio.asOf ?? report.executedAt, report.executedAt)
  return { ...portfolio, throughExecSeq, lastExecSeq, provisional: throughExecSeq < lastExecSeq, asOf }
}

/** The execSeq up to which all reports are in, after one more has come. */
async function advanceThrough(stores: BooksStores, portfolio: PortfolioRow, execSeq: bigint): Promise<bigint> {
  let through = portfolio.throughExecSeq
  if (through + 1n !== execSeq) return through
  do through++
  while (await stores.executions.get([portfolio.portfolioId, through + 1n]))
  return through
}

function executionRow(event: ExecutionReportEvent, key: string, quarantine: ExecutionRow['quarantine']): ExecutionRow {
  return { instrumentKey: key, correlationId: event.correlationId, quarantine, ...event.payload }
}
