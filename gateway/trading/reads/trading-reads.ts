import type { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import type { ExecutionRow } from '../../../schemas/trading/generated/execution-row.ts'
import type { InstrumentRow } from '../../../schemas/trading/generated/instrument-row.ts'
import type { MarketPriceRow } from '../../../schemas/trading/generated/market-price-row.ts'
import type { OrderCommandRow } from '../../../schemas/trading/generated/order-command-row.ts'
import type { OrderRow } from '../../../schemas/trading/generated/order-row.ts'
import type { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import type { QuarantineRow } from '../../../schemas/trading/generated/quarantine-row.ts'
import type { SnapshotRow } from '../../../schemas/trading/generated/snapshot-row.ts'
import { decisions, riskPortfolios } from '../../../store/trading/portfolio-risk.ts'
import {
  executions,
  orders,
  portfolioSnapshots,
  portfolios,
  positions,
  quarantine,
} from '../../../store/trading/reconciler.ts'
import type { AnyStore } from '../../../topology/index.ts'
import { type Reading, type ReadParts, type Snapshot, unchanged } from '../../index.ts'
import { type ControlsInForce, readControls } from './control-reads.ts'
import { type PortfolioHistory, readHistory, readVersionsAfter, type SeenBooks } from './history-reads.ts'
import { type InstrumentsFilter, listInstruments, listPrices, readInstrument } from './instrument-reads.ts'
import { type CommandOf, type OrderOf, readOrder, readOrderCommand } from './order-reads.ts'
import { type PortfolioCut, readCut } from './portfolio-cut.ts'
import {
  type FillFilter,
  listFills,
  listOrders,
  listPositions,
  listQuarantined,
  listTrades,
  type OrderFilter,
  type OrderKey,
  type PageOf,
  type PositionFilter,
  type TradeFilter,
} from './portfolio-lists.ts'
import { type Portfolio, type PortfolioSummary, readPortfolio, readPortfolios } from './portfolio-reads.ts'
import { readQuarantined } from './quarantine-reads.ts'
import { type DecidedSignal, type DecisionKey, readDecided, readDecision } from './trace-reads.ts'

/** A portfolio that is asked for, and the idempotency key of a signal that the answer should include. */
interface PortfolioAsked {
  readonly portfolioId: string
  readonly including?: string | undefined
}

/** Rows of a portfolio, with the cut they belong to. */
interface OfCut<T> {
  readonly cut: PortfolioCut
  readonly value: T
}

/** Reads a page of one kind of rows. */
export type ListRead<Row, Filter, Key> = (
  asked: PortfolioAsked,
  filter: Filter,
  page: PageOf<Key>,
) => Promise<Reading<OfCut<readonly Row[]>>>

/** The reads of the trading application's stores. Each call is one snapshot. */
export interface TradingReads {
  /** The same object as the last time while nothing in it has changed. */
  portfolio(asked: PortfolioAsked): Promise<Reading<Portfolio>>
  portfolios(page: PageOf<string>): Promise<Reading<readonly PortfolioSummary[]>>
  readonly positions: ListRead<PositionRow, PositionFilter, string>
  readonly orders: ListRead<OrderRow, OrderFilter, OrderKey>
  readonly fills: ListRead<ExecutionRow, FillFilter, bigint>
  readonly trades: ListRead<DecisionRow, TradeFilter, bigint>
  history(asked: PortfolioAsked, points: number): Promise<Reading<OfCut<PortfolioHistory>>>
  /** States of the books after one, oldest first. */
  versionsAfter(asked: PortfolioAsked, seen: SeenBooks, limit: number): Promise<Reading<OfCut<readonly SnapshotRow[]>>>
  /** The number of reports in quarantine, by reason. */
  quarantined(): Promise<ReadonlyMap<string, number>>
  readonly quarantine: ListRead<QuarantineRow, object, string>
  instrument(instrumentKey: string): Promise<Reading<InstrumentRow>>
  instruments(filter: InstrumentsFilter, page: PageOf<string>): Promise<Reading<readonly InstrumentRow[]>>
  /** The newest market prices; of one instrument, or of all. */
  prices(instrumentKey: string | undefined, page: PageOf<string>): Promise<Reading<readonly MarketPriceRow[]>>
  order(key: OrderOf): Promise<Reading<OrderRow>>
  /** A command to an order, as execution-sim has taken it. */
  orderCommand(key: CommandOf): Promise<Reading<OrderCommandRow>>
  /** The decision on an idempotency key. */
  decision(key: DecisionKey): Promise<Reading<DecisionRow>>
  /** The decisions that an id leads to, and all that came of them. None: an empty list. With its `key` one is found at once. */
  decided(id: string, key?: DecisionKey): Promise<Reading<readonly DecidedSignal[]>>
  /** The rules that were set at run time for a portfolio and for every one; null: for every one alone. */
  controls(portfolioId: string | null): Promise<Reading<ControlsInForce>>
}

/** The reads on Postgres. */
export function tradingReads({ snapshots, location }: Pick<ReadParts, 'snapshots' | 'location'>): TradingReads {
  const ofCut = <T>(
    { portfolioId, including }: PortfolioAsked,
    stores: readonly AnyStore[],
    read: (snapshot: Snapshot, cut: PortfolioCut) => Promise<T>,
  ): Promise<Reading<OfCut<T>>> =>
    snapshots.read(async snapshot => {
      const reading = await readCut(snapshot, { location, portfolioId, stores, including })
      if (reading.kind !== 'found') return reading
      return { kind: 'found', value: { cut: reading.value, value: await read(snapshot, reading.value) } }
    })
  const whole = unchanged({
    snapshots,
    location,
    rows: [portfolios, riskPortfolios],
    stores: [portfolios, riskPortfolios, positions, executions, decisions],
    limit: 500,
    read: (snapshot, portfolioId) => readPortfolio(snapshot, location, portfolioId),
  })
  return {
    portfolio: ({ portfolioId, including }) =>
      including === undefined
        ? whole.read(portfolioId)
        : snapshots.read(snapshot => readPortfolio(snapshot, location, portfolioId, including)),
    portfolios: page => snapshots.read(snapshot => readPortfolios(snapshot, location, page)),
    positions: (asked, filter, page) => ofCut(asked, [positions], (...at) => listPositions(...at, filter, page)),
    orders: (asked, filter, page) => ofCut(asked, [orders], (...at) => listOrders(...at, filter, page)),
    fills: (asked, filter, page) => ofCut(asked, [executions], (...at) => listFills(...at, filter, page)),
    trades: (asked, filter, page) => ofCut(asked, [decisions], (...at) => listTrades(...at, filter, page)),
    history: (asked, points) =>
      ofCut(asked, [portfolioSnapshots, executions, decisions], (...at) => readHistory(...at, points)),
    versionsAfter: (asked, seen, limit) =>
      ofCut(asked, [portfolioSnapshots], (...at) => readVersionsAfter(...at, seen, limit)),
    quarantined: () => snapshots.read(readQuarantined),
    decision: key => snapshots.read(snapshot => readDecision(snapshot, location, key)),
    order: key => snapshots.read(snapshot => readOrder(snapshot, location, key)),
    orderCommand: key => snapshots.read(snapshot => readOrderCommand(snapshot, location, key)),
    controls: portfolioId => snapshots.read(snapshot => readControls(snapshot, location, portfolioId)),
    quarantine: (asked, filter, page) => ofCut(asked, [quarantine], (...at) => listQuarantined(...at, filter, page)),
    instruments: (filter, page) => snapshots.read(snapshot => listInstruments(snapshot, location, filter, page)),
    prices: (key, page) => snapshots.read(snapshot => listPrices(snapshot, location, key, page)),
    instrument: key => snapshots.read(snapshot => readInstrument(snapshot, location, key)),
    decided: (id, key) => snapshots.read(snapshot => readDecided(snapshot, location, id, key)),
  }
}
