import { and, asc, desc, eq, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import type { DecisionRow } from '../../schemas/trading/generated/decision-row.ts'
import type { ExecutionRow } from '../../schemas/trading/generated/execution-row.ts'
import type { PortfolioRow } from '../../schemas/trading/generated/portfolio-row.ts'
import type { PositionRow } from '../../schemas/trading/generated/position-row.ts'
import type { RiskPortfolio } from '../../schemas/trading/generated/risk-portfolio.ts'
import { decisions, riskPortfolios } from '../../store/trading/portfolio-risk.ts'
import { executions, portfolios, positions } from '../../store/trading/reconciler.ts'
import type { Snapshot } from './snapshot-pool.ts'
import { readCheckpoints, type StoreLocation, storesNotReady } from './store-state.ts'

/** A portfolio at one moment: the cuts of two tasks, each consistent in itself. */
export interface Portfolio {
  readonly portfolioId: string
  /** Undefined: no report has been applied yet. */
  readonly books: PortfolioRow | undefined
  /** Undefined: no decision was taken yet. */
  readonly risk: RiskPortfolio | undefined
  /** Open ones, by instrument. */
  readonly positions: readonly PositionRow[]
  /** Newest first. */
  readonly fills: readonly ExecutionRow[]
  /** Newest first. */
  readonly trades: readonly DecisionRow[]
}

/** What was found; `not ready` names the stores that are being rebuilt or were never opened. */
export type Reading<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'not ready'; readonly stores: readonly string[] }

/** The partition that store tables have beside the user's columns. */
export const partitionColumn = sql<number>`partition`

const booksStores = [portfolios, positions, executions]
const riskStores = [riskPortfolios, decisions]

/** The portfolio with its open positions and the newest `recent` fills and trades. */
export async function readPortfolio(
  snapshot: Snapshot,
  location: StoreLocation,
  portfolioId: string,
  recent: number,
): Promise<Reading<Portfolio>> {
  const checkpoints = await readCheckpoints(snapshot, location, [...booksStores, ...riskStores])
  const waiting = (stores: typeof booksStores | typeof riskStores, partition: number | undefined) =>
    storesNotReady(checkpoints, stores, partition)
  if (checkpoints.length === 0)
    return { kind: 'not ready', stores: [...waiting(booksStores, 0), ...waiting(riskStores, 0)] }
  const books = await findBooks(snapshot, portfolioId)
  const risk = await findRisk(snapshot, portfolioId)
  const stores = [...waiting(booksStores, books?.partition), ...waiting(riskStores, risk?.partition)]
  if (stores.length > 0) return { kind: 'not ready', stores }
  if (!books && !risk) return { kind: 'absent' }
  return {
    kind: 'found',
    value: {
      portfolioId,
      books: books?.row,
      risk: risk?.row,
      positions: books ? await openPositions(snapshot, books.partition, portfolioId) : [],
      fills: books ? await recentFills(snapshot, books.partition, portfolioId, recent) : [],
      trades: risk ? await recentTrades(snapshot, risk.partition, portfolioId, recent) : [],
    },
  }
}

async function findBooks({ db }: Snapshot, portfolioId: string) {
  const { table } = portfolios
  const [found] = await db
    .select({ partition: partitionColumn, row: table })
    .from(table)
    .where(eq(table.portfolioId, portfolioId))
  return found
}

async function findRisk({ db }: Snapshot, portfolioId: string) {
  const { table } = riskPortfolios
  const [found] = await db
    .select({ partition: partitionColumn, row: table })
    .from(table)
    .where(eq(table.portfolioId, portfolioId))
  return found
}

function openPositions({ db }: Snapshot, partition: number, portfolioId: string): Promise<PositionRow[]> {
  const { table } = positions
  return db
    .select()
    .from(table)
    .where(and(eq(partitionColumn, partition), eq(table.portfolioId, portfolioId), ne(table.quantity, 0n)))
    .orderBy(asc(table.instrumentKey))
}

function recentFills({ db }: Snapshot, partition: number, portfolioId: string, limit: number): Promise<ExecutionRow[]> {
  const { table } = executions
  return db
    .select()
    .from(table)
    .where(
      and(
        eq(partitionColumn, partition),
        eq(table.portfolioId, portfolioId),
        isNotNull(table.fillId),
        isNull(table.quarantine),
      ),
    )
    .orderBy(desc(table.execSeq))
    .limit(limit)
}

function recentTrades({ db }: Snapshot, partition: number, portfolioId: string, limit: number): Promise<DecisionRow[]> {
  const { table } = decisions
  return db
    .select()
    .from(table)
    .where(and(eq(partitionColumn, partition), eq(table.portfolioId, portfolioId)))
    .orderBy(desc(table.riskSeq))
    .limit(limit)
}
