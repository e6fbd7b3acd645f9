import type { DecisionRow } from '../../schemas/trading/generated/decision-row.ts'
import type { ExecutionRow } from '../../schemas/trading/generated/execution-row.ts'
import type { InstrumentRow } from '../../schemas/trading/generated/instrument-row.ts'
import type { OrderRow } from '../../schemas/trading/generated/order-row.ts'
import type { PositionRow } from '../../schemas/trading/generated/position-row.ts'
import type { SnapshotRow } from '../../schemas/trading/generated/snapshot-row.ts'
import { decisions } from '../../store/trading/portfolio-risk.ts'
import { executions, orders, portfolioSnapshots, positions } from '../../store/trading/reconciler.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import { type PortfolioHistory, readHistory, readVersionsAfter } from '../trading/reads/history-reads.ts'
import { readInstrument } from '../trading/reads/instrument-reads.ts'
import { type PortfolioCut, readCut } from '../trading/reads/portfolio-cut.ts'
import {
  type FillFilter,
  listFills,
  listOrders,
  listPositions,
  listTrades,
  type OrderFilter,
  type OrderKey,
  type PageOf,
  type PositionFilter,
  type TradeFilter,
} from '../trading/reads/portfolio-lists.ts'
import {
  type Portfolio,
  type PortfolioSummary,
  readPortfolio,
  readPortfolios,
} from '../trading/reads/portfolio-reads.ts'
import { readQuarantined } from '../trading/reads/quarantine-reads.ts'
import type { Reading } from './reading.ts'
import type { Snapshot, SnapshotPool } from './snapshot-pool.ts'
import { readStore, type StoreAnswer } from './store-reads.ts'
import { type Checkpoint, readCheckpoints, type StoreLocation } from './store-state.ts'

/** Which portfolio, and the idempotency key of a signal that the answer should include. */
export interface PortfolioAsked {
  readonly portfolioId: string
  readonly including?: string | undefined
}

/** What was read of a portfolio, with the cut it belongs to. */
export interface OfCut<T> {
  readonly cut: PortfolioCut
  readonly value: T
}

/** Reads a page of one kind of rows. */
export type ListRead<Row, Filter, Key> = (
  asked: PortfolioAsked,
  filter: Filter,
  page: PageOf<Key>,
) => Promise<Reading<OfCut<readonly Row[]>>>

/** What the resources ask of the database. Each call is one snapshot. */
export interface Reads {
  portfolio(asked: PortfolioAsked, recent: number): Promise<Reading<Portfolio>>
  portfolios(page: PageOf<string>): Promise<Reading<readonly PortfolioSummary[]>>
  readonly positions: ListRead<PositionRow, PositionFilter, string>
  readonly orders: ListRead<OrderRow, OrderFilter, OrderKey>
  readonly fills: ListRead<ExecutionRow, FillFilter, bigint>
  readonly trades: ListRead<DecisionRow, TradeFilter, bigint>
  history(asked: PortfolioAsked, points: number): Promise<Reading<OfCut<PortfolioHistory>>>
  /** Versions of the books after one, oldest first. */
  versionsAfter(asked: PortfolioAsked, version: bigint, limit: number): Promise<Reading<OfCut<readonly SnapshotRow[]>>>
  /** How many reports are in quarantine, by reason. */
  quarantined(): Promise<ReadonlyMap<string, number>>
  instrument(instrumentKey: string): Promise<Reading<InstrumentRow>>
  storeRow(definition: AnyStore, keyTexts: readonly string[]): Promise<Reading<StoreAnswer>>
  checkpoints(definitions: readonly AnyStore[]): Promise<readonly Checkpoint[]>
  /** Resolves when the database answers. Errors: RetriableError. */
  ping(): Promise<void>
}

/** The reads on Postgres. */
export function postgresReads(pool: SnapshotPool, location: StoreLocation): Reads {
  const ofCut = <T>(
    { portfolioId, including }: PortfolioAsked,
    stores: readonly AnyStore[],
    read: (snapshot: Snapshot, cut: PortfolioCut) => Promise<T>,
  ): Promise<Reading<OfCut<T>>> =>
    pool.read(async snapshot => {
      const reading = await readCut(snapshot, { location, portfolioId, stores, including })
      if (reading.kind !== 'found') return reading
      return { kind: 'found', value: { cut: reading.value, value: await read(snapshot, reading.value) } }
    })
  return {
    portfolio: ({ portfolioId, including }, recent) =>
      pool.read(snapshot => readPortfolio(snapshot, location, portfolioId, recent, including)),
    portfolios: page => pool.read(snapshot => readPortfolios(snapshot, location, page)),
    positions: (asked, filter, page) => ofCut(asked, [positions], (...at) => listPositions(...at, filter, page)),
    orders: (asked, filter, page) => ofCut(asked, [orders], (...at) => listOrders(...at, filter, page)),
    fills: (asked, filter, page) => ofCut(asked, [executions], (...at) => listFills(...at, filter, page)),
    trades: (asked, filter, page) => ofCut(asked, [decisions], (...at) => listTrades(...at, filter, page)),
    history: (asked, points) =>
      ofCut(asked, [portfolioSnapshots, executions, decisions], (...at) => readHistory(...at, points)),
    versionsAfter: (asked, version, limit) =>
      ofCut(asked, [portfolioSnapshots], (...at) => readVersionsAfter(...at, version, limit)),
    quarantined: () => pool.read(readQuarantined),
    instrument: key => pool.read(snapshot => readInstrument(snapshot, location, key)),
    storeRow: (definition, keyTexts) => pool.read(snapshot => readStore(snapshot, location, definition, keyTexts)),
    checkpoints: definitions => pool.read(snapshot => readCheckpoints(snapshot, location, definitions)),
    ping: () => pool.read(async ({ sql }) => void (await sql.unsafe('select 1'))),
  }
}
