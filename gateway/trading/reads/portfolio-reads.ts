import { and, asc, desc, eq, gt, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import type { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import type { ExecutionRow } from '../../../schemas/trading/generated/execution-row.ts'
import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import type { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import type { RiskPortfolio } from '../../../schemas/trading/generated/risk-portfolio.ts'
import { decisions, riskPortfolios } from '../../../store/trading/portfolio-risk.ts'
import { executions, portfolios, positions } from '../../../store/trading/reconciler.ts'
import { type Reading, readCheckpoints, type Snapshot, type StoreLocation, storesNotReady } from '../../index.ts'
import { type PortfolioCut, readCut, within } from './portfolio-cut.ts'

/** A portfolio at one moment: the cuts of two tasks, each consistent in itself. */
export interface Portfolio {
  readonly cut: PortfolioCut
  /** Open ones, by instrument. */
  readonly positions: readonly PositionRow[]
  /** Newest first. */
  readonly fills: readonly ExecutionRow[]
  /** Newest first. */
  readonly trades: readonly DecisionRow[]
}

/** The summaries of a portfolio in a list. One of the two is there. */
export interface PortfolioSummary {
  readonly books: PortfolioRow | null
  readonly risk: RiskPortfolio | null
}

/** Number of fills and trades that are shown with the summary. */
const recent = 20

/** The portfolio with its open positions and the newest fills and trades. */
export async function readPortfolio(
  snapshot: Snapshot,
  location: StoreLocation,
  portfolioId: string,
  including?: string,
): Promise<Reading<Portfolio>> {
  const stores = [positions, executions, decisions]
  const reading = await readCut(snapshot, { location, portfolioId, stores, including })
  if (reading.kind !== 'found') return reading
  const cut = reading.value
  return {
    kind: 'found',
    value: {
      cut,
      positions: await openPositions(snapshot, cut),
      fills: await recentFills(snapshot, cut),
      trades: await recentTrades(snapshot, cut),
    },
  }
}

/** Portfolios that were decided on or traded, by id. `not ready` while some of them are being rebuilt. */
export async function readPortfolios(
  snapshot: Snapshot,
  location: StoreLocation,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<Reading<readonly PortfolioSummary[]>> {
  const { db } = snapshot
  const stores = [portfolios, riskPortfolios]
  const waiting = storesNotReady(await readCheckpoints(snapshot, location, stores), stores, undefined)
  if (waiting.length > 0) return { kind: 'not ready', stores: waiting }
  const [books, risk] = [portfolios.table, riskPortfolios.table]
  const id = sql<string>`coalesce(${books.portfolioId}, ${risk.portfolioId})`
  const rows = await db
    .select({ books, risk })
    .from(books)
    .fullJoin(risk, eq(books.portfolioId, risk.portfolioId))
    .where(after === undefined ? undefined : gt(id, after))
    .orderBy(id)
    .limit(limit)
  return { kind: 'found', value: rows }
}

async function openPositions({ db }: Snapshot, { books, portfolioId }: PortfolioCut): Promise<readonly PositionRow[]> {
  const { table } = positions
  if (!books) return []
  return db
    .select()
    .from(table)
    .where(and(within(books, table.portfolioId, portfolioId), ne(table.quantity, 0n)))
    .orderBy(asc(table.instrumentKey))
}

async function recentFills({ db }: Snapshot, { books, portfolioId }: PortfolioCut): Promise<readonly ExecutionRow[]> {
  const { table } = executions
  if (!books) return []
  return db
    .select()
    .from(table)
    .where(and(within(books, table.portfolioId, portfolioId), isNotNull(table.fillId), isNull(table.quarantine)))
    .orderBy(desc(table.execSeq))
    .limit(recent)
}

async function recentTrades({ db }: Snapshot, { risk, portfolioId }: PortfolioCut): Promise<readonly DecisionRow[]> {
  const { table } = decisions
  if (!risk) return []
  return db
    .select()
    .from(table)
    .where(within(risk, table.portfolioId, portfolioId))
    .orderBy(desc(table.riskSeq))
    .limit(recent)
}
