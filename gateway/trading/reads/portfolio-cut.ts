import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { orderIdOf } from '../../../processors/domain/shared/ids.ts'
import { endedStatuses } from '../../../processors/domain/shared/order-moves.ts'
import type { PortfolioRow } from '../../../schemas/trading/generated/portfolio-row.ts'
import type { RiskPortfolio } from '../../../schemas/trading/generated/risk-portfolio.ts'
import { decisions, riskPortfolios } from '../../../store/trading/portfolio-risk.ts'
import { orders, portfolios } from '../../../store/trading/reconciler.ts'
import type { AnyStore } from '../../../topology/index.ts'
import {
  type Checkpoint,
  type Reading,
  readCheckpoints,
  type Snapshot,
  type StoreLocation,
  storesNotReady,
} from '../../index.ts'

/** The partition that store tables have beside the user's columns. */
const partitionColumn = sql<number>`partition`

/** The state of a portfolio in the snapshot: the cut of each of the two tasks that keep it. */
export interface PortfolioCut {
  readonly portfolioId: string
  /** The reconciler's. Undefined: no report has been applied yet. */
  readonly books: Part<PortfolioRow> | undefined
  /** portfolio-risk's. Undefined: no decision was taken yet. */
  readonly risk: Part<RiskPortfolio> | undefined
  /** True if the requested signal is decided and, if approved, its order's last report is in the books. */
  readonly includesSignal: boolean
}

/** True when neither task knows the portfolio: nothing was decided for it, or only that it is unknown. */
export function isUnknownPortfolio({ books, risk }: PortfolioCut): boolean {
  return books === undefined && risk === undefined
}

/** A row, and the partition that has all of the portfolio's rows in stores of the same task. */
interface Part<Row> {
  readonly partition: number
  readonly row: Row
}

/** A question about a portfolio. */
interface PortfolioQuestion {
  readonly location: StoreLocation
  readonly portfolioId: string
  /** Stores of the reconciler and of portfolio-risk that the answer is read from, beside the portfolios' own. */
  readonly stores: readonly AnyStore[]
  /** The idempotency key of a signal that the answer should include. */
  readonly including?: string | undefined
}

const riskStores: readonly AnyStore[] = [riskPortfolios, decisions]

/** Finds the portfolio in both tasks' stores. `not ready` while one that is read from is being rebuilt. */
export async function readCut(snapshot: Snapshot, question: PortfolioQuestion): Promise<Reading<PortfolioCut>> {
  const { location, portfolioId, including } = question
  const stores = [...new Set([portfolios, riskPortfolios, ...question.stores])]
  const checkpoints = await readCheckpoints(snapshot, location, stores)
  const books = await findBooks(snapshot, portfolioId, partitionsOf(checkpoints, portfolios))
  const risk = await findRisk(snapshot, portfolioId, partitionsOf(checkpoints, riskPortfolios))
  const waiting = stores.flatMap(store => {
    const part = riskStores.includes(store) ? risk : books
    return storesNotReady(checkpoints, [store], part?.partition)
  })
  if (waiting.length > 0) return { kind: 'not ready', stores: waiting }
  if (!books && !risk) {
    // A signal of a portfolio without rules is decided, and the portfolio stays unknown.
    const partitions = partitionsOf(checkpoints, riskPortfolios)
    const settled = including !== undefined && (await isDecided(snapshot, portfolioId, including, partitions))
    return settled ? { kind: 'found', value: { portfolioId, books, risk, includesSignal: true } } : { kind: 'absent' }
  }
  const includesSignal = including === undefined || (await isIncluded(snapshot, portfolioId, including, books, risk))
  return { kind: 'found', value: { portfolioId, books, risk, includesSignal } }
}

/** The rows of one portfolio in a store of the task that has this part. */
export function within(part: Part<unknown>, portfolioColumn: PgColumn, portfolioId: string): SQL {
  return and(eq(partitionColumn, part.partition), eq(portfolioColumn, portfolioId)) as SQL
}

/** The primary key begins with the partition: with all of them named, the row is found by it. */
function partitionsOf(checkpoints: readonly Checkpoint[], { name }: AnyStore): readonly number[] {
  return checkpoints.filter(({ store }) => store === name).map(({ partition }) => partition)
}

async function findBooks(
  { db }: Snapshot,
  portfolioId: string,
  partitions: readonly number[],
): Promise<Part<PortfolioRow> | undefined> {
  const { table } = portfolios
  const found = db.select({ partition: partitionColumn, row: table }).from(table)
  return (await found.where(and(inArray(partitionColumn, partitions), eq(table.portfolioId, portfolioId))))[0]
}

async function findRisk(
  { db }: Snapshot,
  portfolioId: string,
  partitions: readonly number[],
): Promise<Part<RiskPortfolio> | undefined> {
  const { table } = riskPortfolios
  const found = db.select({ partition: partitionColumn, row: table }).from(table)
  return (await found.where(and(inArray(partitionColumn, partitions), eq(table.portfolioId, portfolioId))))[0]
}

async function isDecided(
  { db }: Snapshot,
  portfolioId: string,
  idempotencyKey: string,
  partitions: readonly number[],
): Promise<boolean> {
  const { table } = decisions
  const named = and(eq(table.portfolioId, portfolioId), eq(table.idempotencyKey, idempotencyKey))
  const rows = await db
    .select({ outcome: table.outcome })
    .from(table)
    .where(and(inArray(partitionColumn, partitions), named))
  return rows.length > 0
}

async function isIncluded(
  { db }: Snapshot,
  portfolioId: string,
  idempotencyKey: string,
  books: Part<unknown> | undefined,
  risk: Part<unknown> | undefined,
): Promise<boolean> {
  if (!risk) return false
  const decided = decisions.table
  const [decision] = await db
    .select({ outcome: decided.outcome, decisionId: decided.decisionId })
    .from(decided)
    .where(and(within(risk, decided.portfolioId, portfolioId), eq(decided.idempotencyKey, idempotencyKey)))
  if (decision?.outcome !== 'APPROVED') return decision !== undefined
  if (!books) return false
  const [order] = await db
    .select({ status: orders.table.status })
    .from(orders.table)
    .where(
      and(
        within(books, orders.table.portfolioId, portfolioId),
        eq(orders.table.orderId, orderIdOf(decision.decisionId)),
      ),
    )
  return order !== undefined && endedStatuses.some(status => status === order.status)
}
