import { and, asc, eq, inArray, or, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { orderIdOf } from '../../../processors/domain/shared/ids.ts'
import type { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import type { ExecutionRow } from '../../../schemas/trading/generated/execution-row.ts'
import type { OrderRow } from '../../../schemas/trading/generated/order-row.ts'
import type { SnapshotRow } from '../../../schemas/trading/generated/snapshot-row.ts'
import { decisions } from '../../../store/trading/portfolio-risk.ts'
import { executions, orders, portfolioSnapshots } from '../../../store/trading/reconciler.ts'
import { type Reading, readCheckpoints, type Snapshot, type StoreLocation, storesNotReady } from '../../index.ts'

/** A decision, and all that came of it. */
export interface DecidedSignal {
  readonly decision: DecisionRow
  readonly order: OrderRow | null
  /** Its reports, by execSeq. */
  readonly reports: readonly ExecutionRow[]
  /** The version of the books that took in the last of the reports. */
  readonly books: SnapshotRow | null
}

/** The rows of these stores are read. */
const stores = [decisions, orders, executions, portfolioSnapshots]

/** The key of a decision: its row is found by it without a look at others. */
export interface DecisionKey {
  readonly portfolioId: string
  readonly idempotencyKey: string
}

/**
 * The decisions that an id leads to: an idempotency key, a correlation id, the event id of a signal, a decision (or trade), an
 * order or an execution. An idempotency key may be of several portfolios. The one of `key`, if there is one, is the answer at
 * once; without it all decisions are looked at. `not ready` while a store is being rebuilt.
 */
export async function readDecided(
  snapshot: Snapshot,
  location: StoreLocation,
  id: string,
  key?: DecisionKey,
): Promise<Reading<readonly DecidedSignal[]>> {
  const checkpoints = await readCheckpoints(snapshot, location, stores)
  const waiting = storesNotReady(checkpoints, stores, undefined)
  if (waiting.length > 0) return { kind: 'not ready', stores: waiting }
  const found: DecidedSignal[] = []
  const partitions = [...new Set(checkpoints.map(({ partition }) => partition))]
  const keyed = key === undefined ? [] : await decisionOfKey(snapshot, key, partitions)
  for (const decision of keyed.length > 0 ? keyed : await decisionsOf(snapshot, id))
    found.push(await outcomeOf(snapshot, decision, partitions))
  return { kind: 'found', value: found }
}

/** The decision on an idempotency key. */
export async function readDecision(
  snapshot: Snapshot,
  location: StoreLocation,
  key: DecisionKey,
): Promise<Reading<DecisionRow>> {
  const checkpoints = await readCheckpoints(snapshot, location, [decisions])
  const waiting = storesNotReady(checkpoints, [decisions], undefined)
  if (waiting.length > 0) return { kind: 'not ready', stores: waiting }
  const partitions = checkpoints.map(({ partition }) => partition)
  const [row] = await decisionOfKey(snapshot, key, partitions)
  return row ? { kind: 'found', value: row } : { kind: 'absent' }
}

async function decisionOfKey({ db }: Snapshot, key: DecisionKey, partitions: readonly number[]) {
  const { table } = decisions
  const named = and(eq(table.portfolioId, key.portfolioId), eq(table.idempotencyKey, key.idempotencyKey))
  return db
    .select()
    .from(table)
    .where(and(inPartitions(partitions), named))
}

/** Primary keys begin with the partition: with all of them named, a row is found by its key. */
export function inPartitions(partitions: readonly number[]): SQL {
  return inArray(sql<number>`partition`, partitions)
}

async function decisionsOf({ db }: Snapshot, id: string): Promise<readonly DecisionRow[]> {
  const { table } = decisions
  const named = await db
    .select()
    .from(table)
    .where(or(eq(table.idempotencyKey, id), eq(table.correlationId, id)))
    .orderBy(asc(table.portfolioId))
  if (named.length > 0) return named
  const events = await db
    .select()
    .from(table)
    .where(or(eq(table.sourceEventId, id), eq(table.decisionId, id)))
  if (events.length > 0) return events
  const tradeId =
    (await tradeOf(db, executions.table, executions.table.executionId, id)) ??
    (await tradeOf(db, orders.table, orders.table.orderId, id))
  return tradeId === undefined ? [] : db.select().from(table).where(eq(table.decisionId, tradeId))
}

async function tradeOf(
  db: Snapshot['db'],
  table: typeof executions.table | typeof orders.table,
  column: PgColumn,
  id: string,
): Promise<string | undefined> {
  const [row] = await db.select({ tradeId: table.tradeId }).from(table).where(eq(column, id)).limit(1)
  return row?.tradeId
}

async function outcomeOf(
  { db }: Snapshot,
  decision: DecisionRow,
  partitions: readonly number[],
): Promise<DecidedSignal> {
  const anywhere = inArray(sql<number>`partition`, partitions)
  const { portfolioId, decisionId } = decision
  const [order = null] = await db
    .select()
    .from(orders.table)
    .where(and(anywhere, eq(orders.table.portfolioId, portfolioId), eq(orders.table.orderId, orderIdOf(decisionId))))
  const { table } = executions
  const reports = await db
    .select()
    .from(table)
    .where(and(anywhere, eq(table.portfolioId, portfolioId), eq(table.tradeId, decisionId)))
    .orderBy(asc(table.execSeq))
  const last = reports.findLast(({ quarantine }) => quarantine === null)
  const { table: versions } = portfolioSnapshots
  // The version counts the reports that are in, so with none missing it is the execSeq of the last.
  const [books = null] = last
    ? await db
        .select()
        .from(versions)
        .where(and(anywhere, eq(versions.portfolioId, portfolioId), eq(versions.version, last.execSeq)))
    : []
  return { decision, order, reports, books }
}
