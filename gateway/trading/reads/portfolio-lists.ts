import {
  and,
  asc,
  desc,
  eq,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  ne,
  notInArray,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import { endedStatuses } from '../../../processors/domain/shared/order-moves.ts'
import type { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import type { ExecutionRow } from '../../../schemas/trading/generated/execution-row.ts'
import type { OrderRow } from '../../../schemas/trading/generated/order-row.ts'
import type { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import type { QuarantineRow } from '../../../schemas/trading/generated/quarantine-row.ts'
import { decisions } from '../../../store/trading/portfolio-risk.ts'
import { executions, orders, positions, quarantine } from '../../../store/trading/reconciler.ts'
import type { Snapshot } from '../../index.ts'
import { type PortfolioCut, within } from './portfolio-cut.ts'

/*
 * Lists of one portfolio, by keyset: a page goes on after the last row's key, so rows that come in between are neither
 * repeated nor skipped.
 */

/** A page to be read. `after`: the key of the row before it. */
export interface PageOf<Key> {
  readonly limit: number
  readonly after: Key | undefined
}

/** A filter by the instrument that a row is about. */
interface InstrumentFilter {
  readonly exchange?: string | undefined
  readonly instrumentId?: string | undefined
}

/** A filter by time, both ends inclusive. Units: ms. */
interface TimeFilter {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** A filter of positions. */
export interface PositionFilter extends InstrumentFilter {
  readonly open?: boolean | undefined
}

/** A filter of orders. Times are of placement. */
export interface OrderFilter extends InstrumentFilter, TimeFilter {
  readonly status?: string | undefined
  readonly open?: boolean | undefined
  readonly side?: 'BUY' | 'SELL' | undefined
  readonly strategyId?: string | undefined
  readonly tradeId?: string | undefined
}

/** A filter of fills. Times are of execution. */
export interface FillFilter extends InstrumentFilter, TimeFilter {
  readonly side?: 'BUY' | 'SELL' | undefined
  readonly orderId?: string | undefined
  readonly tradeId?: string | undefined
}

/** A filter of decisions. Times are of the signal. */
export interface TradeFilter extends InstrumentFilter, TimeFilter {
  readonly outcome?: 'APPROVED' | 'REJECTED' | undefined
  readonly reasonCode?: string | undefined
  readonly side?: 'BUY' | 'SELL' | undefined
  readonly strategyId?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/** An order's place in its list: newest placement first; one that is known only from its reports comes before all. */
export interface OrderKey {
  /** Units: ms. Null: not placed yet. */
  readonly placedAt: number | null
  readonly orderId: string
}

/** By instrument key. */
export async function listPositions(
  { db }: Snapshot,
  { books, portfolioId }: PortfolioCut,
  { exchange, instrumentId, open }: PositionFilter,
  { limit, after }: PageOf<string>,
): Promise<readonly PositionRow[]> {
  const { table } = positions
  if (!books) return []
  return db
    .select()
    .from(table)
    .where(
      and(
        within(books, table.portfolioId, portfolioId),
        given(exchange, value => eq(table.exchange, value)),
        given(instrumentId, value => eq(table.instrumentId, value)),
        given(open, value => (value ? ne(table.quantity, 0n) : eq(table.quantity, 0n))),
        given(after, value => gt(table.instrumentKey, value)),
      ),
    )
    .orderBy(asc(table.instrumentKey))
    .limit(limit)
}

/** Newest placement first. */
export async function listOrders(
  { db }: Snapshot,
  { books, risk, portfolioId }: PortfolioCut,
  filter: OrderFilter,
  { limit, after }: PageOf<OrderKey>,
): Promise<readonly OrderRow[]> {
  const { table } = orders
  // Before its first report a portfolio has no row in the books; its orders are on the partition of its decisions.
  const part = books ?? risk
  if (!part) return []
  return db
    .select()
    .from(table)
    .where(
      and(
        within(part, table.portfolioId, portfolioId),
        given(filter.exchange, value => eq(table.exchange, value)),
        given(filter.instrumentId, value => eq(table.instrumentId, value)),
        given(filter.status, value => eq(table.status, value)),
        given(filter.open, value => (value ? notInArray : inArray)(table.status, [...endedStatuses])),
        given(filter.side, value => eq(table.side, value)),
        given(filter.strategyId, value => eq(table.strategyId, value)),
        given(filter.tradeId, value => eq(table.tradeId, value)),
        given(filter.from, value => gte(table.placedAt, value)),
        given(filter.to, value => lte(table.placedAt, value)),
        given(after, orderAfter),
      ),
    )
    .orderBy(sql`${table.placedAt} desc nulls first`, desc(table.orderId))
    .limit(limit)
}

/** The index of the orders has null last, so null comes first in the list, which is read backwards. */
function orderAfter({ placedAt, orderId }: OrderKey): SQL {
  const { table } = orders
  if (placedAt === null) return or(isNotNull(table.placedAt), lt(table.orderId, orderId)) as SQL
  return sql`(${table.placedAt}, ${table.orderId}) < (${sql.param(placedAt, table.placedAt)}::timestamptz, ${orderId})`
}

/** Newest first, by execSeq. */
export async function listFills(
  { db }: Snapshot,
  { books, portfolioId }: PortfolioCut,
  filter: FillFilter,
  { limit, after }: PageOf<bigint>,
): Promise<readonly ExecutionRow[]> {
  const { table } = executions
  if (!books) return []
  return db
    .select()
    .from(table)
    .where(
      and(
        within(books, table.portfolioId, portfolioId),
        isNotNull(table.fillId),
        isNull(table.quarantine),
        given(filter.exchange, value => eq(table.exchange, value)),
        given(filter.instrumentId, value => eq(table.instrumentId, value)),
        given(filter.side, value => eq(table.side, value)),
        given(filter.orderId, value => eq(table.orderId, value)),
        given(filter.tradeId, value => eq(table.tradeId, value)),
        given(filter.from, value => gte(table.executedAt, value)),
        given(filter.to, value => lte(table.executedAt, value)),
        given(after, value => lt(table.execSeq, value)),
      ),
    )
    .orderBy(desc(table.execSeq))
    .limit(limit)
}

/** Newest first, by riskSeq. */
export async function listTrades(
  { db }: Snapshot,
  { risk, portfolioId }: PortfolioCut,
  filter: TradeFilter,
  { limit, after }: PageOf<bigint>,
): Promise<readonly DecisionRow[]> {
  const { table } = decisions
  if (!risk) return []
  return db
    .select()
    .from(table)
    .where(
      and(
        within(risk, table.portfolioId, portfolioId),
        given(filter.exchange, value => eq(table.exchange, value)),
        given(filter.instrumentId, value => eq(table.instrumentId, value)),
        given(filter.outcome, value => eq(table.outcome, value)),
        given(filter.reasonCode, value => eq(table.reasonCode, value)),
        given(filter.side, value => eq(table.side, value)),
        given(filter.strategyId, value => eq(table.strategyId, value)),
        given(filter.idempotencyKey, value => eq(table.idempotencyKey, value)),
        given(filter.from, value => gte(table.occurredAt, value)),
        given(filter.to, value => lte(table.occurredAt, value)),
        given(after, value => lt(table.riskSeq, value)),
      ),
    )
    .orderBy(desc(table.riskSeq))
    .limit(limit)
}

/** Reports that are kept out of the books, by id. */
export async function listQuarantined(
  { db }: Snapshot,
  { books, portfolioId }: PortfolioCut,
  _: object,
  { limit, after }: PageOf<string>,
): Promise<readonly QuarantineRow[]> {
  const { table } = quarantine
  if (!books) return []
  return db
    .select()
    .from(table)
    .where(
      and(
        within(books, table.portfolioId, portfolioId),
        given(after, value => gt(table.quarantineId, value)),
      ),
    )
    .orderBy(asc(table.quarantineId))
    .limit(limit)
}

function given<T>(value: T | undefined, condition: (value: T) => SQL | undefined): SQL | undefined {
  return value === undefined ? undefined : condition(value)
}
