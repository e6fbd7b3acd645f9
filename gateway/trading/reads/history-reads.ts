import { and, asc, eq, getTableColumns, gt, gte, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { newestSnapshotAt } from '../../../processors/domain/books/snapshot.ts'
import type { SnapshotRow } from '../../../schemas/trading/generated/snapshot-row.ts'
import { decisions } from '../../../store/trading/portfolio-risk.ts'
import { executions, portfolioSnapshots } from '../../../store/trading/reconciler.ts'
import type { Snapshot } from '../../index.ts'
import { type PortfolioCut, within } from './portfolio-cut.ts'

/** The exposure that risk held against the cap after a decision. Decimals count 1e-18; units of `at`: ms. */
interface ExposurePoint {
  readonly at: number
  readonly exposure: bigint
  readonly cap: bigint | null
}

/** The time of a fill, and its effect. Decimals count 1e-18; units of `at`: ms. */
interface FillPoint {
  readonly at: number
  readonly side: 'BUY' | 'SELL'
  readonly quantity: bigint
  readonly price: bigint
  readonly instrumentId: string
}

/** A portfolio over time, each series thinned to at most `points`, its first and last kept. */
export interface PortfolioHistory {
  readonly books: readonly SnapshotRow[]
  readonly exposure: readonly ExposurePoint[]
  readonly fills: readonly FillPoint[]
}

/** The three series, oldest first. */
export async function readHistory(snapshot: Snapshot, cut: PortfolioCut, points: number): Promise<PortfolioHistory> {
  return {
    books: await bookPoints(snapshot, cut, points),
    exposure: await exposurePoints(snapshot, cut, points),
    fills: await fillPoints(snapshot, cut, points),
  }
}

/** A state of the books that was seen: its version, and the time until which prices had moved it. Units of `at`: ms. */
export interface SeenBooks {
  readonly version: bigint
  readonly at: number
}

/**
 * States of the books after one, in order: the next items of a stream of updates. A version has more than one where prices alone
 * moved it. If there are none, the row of the portfolio, which the cut has read by its key, shows that.
 */
export async function readVersionsAfter(
  { db }: Snapshot,
  { books, portfolioId }: PortfolioCut,
  { version, at }: SeenBooks,
  limit: number,
): Promise<readonly SnapshotRow[]> {
  const { table } = portfolioSnapshots
  if (!books || books.row.version < version) return []
  if (books.row.version === version && newestSnapshotAt(books.row) <= at) return []
  // A bound of the version alone is one that the index has: an "or" of both parts would read each partition whole.
  const newer = and(gte(table.version, version), or(gt(table.version, version), gt(table.at, at)))
  return db
    .select()
    .from(table)
    .where(and(within(books, table.portfolioId, portfolioId), newer))
    .orderBy(asc(table.version), asc(table.at))
    .limit(limit)
}

async function bookPoints({ db }: Snapshot, { books, portfolioId }: PortfolioCut, points: number) {
  const { table } = portfolioSnapshots
  if (!books) return []
  const numbered = db
    .select({ ...getTableColumns(table), ...numbering(table.at, table.version) })
    .from(table)
    .where(within(books, table.portfolioId, portfolioId))
    .as('numbered')
  return db.select().from(numbered).where(thinned(numbered, points)).orderBy(numbered.n)
}

async function exposurePoints({ db }: Snapshot, { risk, portfolioId }: PortfolioCut, points: number) {
  const { table } = decisions
  if (!risk) return []
  const numbered = db
    .select({
      at: table.occurredAt,
      exposure: table.exposureAfter,
      cap: table.exposureCap,
      ...numbering(table.riskSeq),
    })
    .from(table)
    .where(
      and(within(risk, table.portfolioId, portfolioId), isNotNull(table.exposureAfter), eq(table.outcome, 'APPROVED')),
    )
    .as('numbered')
  const rows = await db.select().from(numbered).where(thinned(numbered, points)).orderBy(numbered.n)
  return rows.map(({ at, exposure, cap }) => ({ at, exposure: exposure ?? 0n, cap }))
}

async function fillPoints({ db }: Snapshot, { books, portfolioId }: PortfolioCut, points: number) {
  const { table } = executions
  if (!books) return []
  const numbered = db
    .select({
      at: table.executedAt,
      side: table.side,
      quantity: table.lastQty,
      price: table.lastPrice,
      instrumentId: table.instrumentId,
      ...numbering(table.execSeq),
    })
    .from(table)
    .where(and(within(books, table.portfolioId, portfolioId), isNotNull(table.fillId), isNull(table.quarantine)))
    .as('numbered')
  const rows = await db.select().from(numbered).where(thinned(numbered, points)).orderBy(numbered.n)
  return rows.map(({ price, n, total, ...row }) => ({ ...row, price: price ?? 0n }))
}

/** Each row's place in the series, and how many there are. */
function numbering(...order: readonly PgColumn[]) {
  const by = sql.join([...order], sql`, `)
  return {
    n: sql<number>`(row_number() over (order by ${by}))::int`.as('n'),
    total: sql<number>`(count(*) over ())::int`.as('total'),
  }
}

/** Every nth row, and the last. */
function thinned({ n, total }: { n: SQL.Aliased<number>; total: SQL.Aliased<number> }, points: number): SQL {
  const step = sql`greatest(1, ceil(${total}::numeric / ${points}::int)::int)`
  return or(eq(n, total), sql`(${n} - 1) % ${step} = 0`) as SQL
}
