import type { Reading } from '../../../../gateway/reads/reading.ts'
import type { PortfolioCut } from '../../../../gateway/trading/reads/portfolio-cut.ts'
import type { TradingReads } from '../../../../gateway/trading/reads/trading-reads.ts'
import { DecisionRow } from '../../../../schemas/trading/generated/decision-row.ts'
import { ExecutionRow } from '../../../../schemas/trading/generated/execution-row.ts'
import { InstrumentRow } from '../../../../schemas/trading/generated/instrument-row.ts'
import type { MarketPriceRow } from '../../../../schemas/trading/generated/market-price-row.ts'
import { OrderCommandRow } from '../../../../schemas/trading/generated/order-command-row.ts'
import { OrderRow } from '../../../../schemas/trading/generated/order-row.ts'
import { PortfolioRow } from '../../../../schemas/trading/generated/portfolio-row.ts'
import { PositionRow } from '../../../../schemas/trading/generated/position-row.ts'
import type { QuarantineRow } from '../../../../schemas/trading/generated/quarantine-row.ts'
import { RiskPortfolio } from '../../../../schemas/trading/generated/risk-portfolio.ts'
import { SnapshotRow } from '../../../../schemas/trading/generated/snapshot-row.ts'
import { nulls } from './nulls.ts'

/*
 * One portfolio, small enough to work out by hand: two buys of 10 MSFT at 28.50 and 28.70, fee 0.1425 and 0.1435.
 *   cost = 285 + 287 = 572      fees = 0.286       cash = -572.286
 *   mark = 28.70                value = 574        unrealised = 574 - 572 = 2
 *   realised = -fees = -0.286   equity = 2 - 0.286 = 1.714 = cash + value
 */

const one = 10n ** 18n
const cents = one / 100n
const at = Date.parse('2010-03-01T14:30:00.000Z')

/** Decimals of cents. */
const c = (value: number) => BigInt(value) * cents
/** Decimals of 1e-4. */
const bp = (value: number) => BigInt(value) * (one / 10_000n)

const keys = { portfolioId: 'alpha-01', instrumentKey: 'XNAS:MSFT', exchange: 'XNAS', instrumentId: 'MSFT' } as const

/** Its cut. */
export const cut: PortfolioCut = {
  portfolioId: 'alpha-01',
  includesSignal: true,
  books: {
    partition: 1,
    row: {
      ...nulls(PortfolioRow),
      portfolioId: 'alpha-01',
      version: 2n,
      throughExecSeq: 2n,
      lastExecSeq: 2n,
      provisional: false,
      stateHash: 'hash',
      asOf: at + 60_000,
      markedAt: at + 60_000,
      cash: bp(-5_722_860),
      realisedPnl: bp(-2_860),
      fees: bp(2_860),
      grossExposure: c(57_400),
      netExposure: c(57_400),
      openCost: c(57_200),
      openPositions: 1,
      fills: 2n,
    },
  },
  risk: {
    partition: 1,
    row: {
      ...nulls(RiskPortfolio),
      portfolioId: 'alpha-01',
      riskSeq: 3n,
      feedbackExecSeq: 2n,
      bufferedReports: 0,
      exposure: c(57_200),
      reserved: 0n,
      openOrders: 0,
      exposureCap: c(10_000_000),
      limitsVersion: 1,
      priceSeq: 0n,
      currency: 'USD',
    },
  },
}

/** Its position. */
export const position: PositionRow = {
  ...nulls(PositionRow),
  ...keys,
  markSource: 'MARKET',
  quantity: 20n * one,
  cost: c(57_200),
  realisedPnl: bp(-2_860),
  fees: bp(2_860),
  cash: bp(-5_722_860),
  fills: 2,
  lastExecSeq: 2n,
  markPrice: c(2_870),
  markedAt: at + 60_000,
}

/** Its fills, newest first. */
export const fills: readonly ExecutionRow[] = [fill(2n, c(2_870), bp(1_435)), fill(1n, c(2_850), bp(1_425))]

function fill(execSeq: bigint, lastPrice: bigint, fee: bigint): ExecutionRow {
  const id = `0000000${execSeq}-0000-5000-8000-000000000000`
  return {
    ...nulls(ExecutionRow),
    ...keys,
    side: 'BUY',
    orderQty: 10n * one,
    executionId: id,
    execType: 'FILL',
    orderId: `1${id.slice(1)}`,
    tradeId: `2${id.slice(1)}`,
    fillId: id,
    fillSeq: 1,
    execSeq,
    lastQty: 10n * one,
    lastPrice,
    cumQty: 10n * one,
    leavesQty: 0n,
    fee,
    isTerminal: true,
    executedAt: at + Number(execSeq - 1n) * 60_000,
    sourceEventId: `2${id.slice(1)}`,
    correlationId: `3${id.slice(1)}`,
  }
}

/** One order of it. */
export const order: OrderRow = {
  ...nulls(OrderRow),
  portfolioId: 'alpha-01',
  orderId: '10000002-0000-5000-8000-000000000000',
  tradeId: '20000002-0000-5000-8000-000000000000',
  strategyId: 'ma-2-5',
  exchange: 'XNAS',
  instrumentId: 'MSFT',
  side: 'BUY',
  orderType: 'LIMIT',
  limitPrice: c(2_875),
  quantity: 10n * one,
  placedQuantity: 10n * one,
  status: 'FILLED',
  filled: 10n * one,
  leaves: 0n,
  placedAt: at + 59_000,
  updatedAt: at + 60_000,
  applied: 1,
  reports: '[]',
}

/** Another one, which rests. */
export const openOrder: OrderRow = {
  ...order,
  orderId: '10000004-0000-5000-8000-000000000000',
  tradeId: '20000004-0000-5000-8000-000000000000',
  status: 'NEW',
  filled: 0n,
  leaves: 10n * one,
  applied: 0,
}

/** A command to it that was refused. */
export const refused: OrderCommandRow = {
  ...nulls(OrderCommandRow),
  portfolioId: 'alpha-01',
  tradeId: openOrder.tradeId,
  commandId: 'replace-0',
  action: 'REPLACE',
  quantity: 20n * one,
  at: at + 61_000,
  outcome: 'REFUSED',
  reasonCode: 'REPLACE_NEEDS_APPROVAL',
  actor: 'ann',
  reason: 'more of it',
  correlationId: '70000001-0000-5000-8000-000000000000',
}

/** A rejection. */
export const trade: DecisionRow = {
  ...nulls(DecisionRow),
  portfolioId: 'alpha-01',
  idempotencyKey: 'ma-2-5:MSFT:2010-03-01',
  decisionId: '20000003-0000-5000-8000-000000000000',
  outcome: 'REJECTED',
  stage: 'PORTFOLIO',
  reasonCode: 'EXPOSURE_CAP_EXCEEDED',
  reason: 'the exposure would exceed the cap',
  limitValue: '100000',
  observedValue: '100572',
  riskSeq: 3n,
  feedbackExecSeq: 2n,
  limitsVersion: 1,
  controlVersion: 0n,
  killSwitchVersion: 0n,
  instrumentVersion: 1n,
  signalId: 'ma-2-5:MSFT:2010-03-01',
  strategyId: 'ma-2-5',
  exchange: 'XNAS',
  instrumentId: 'MSFT',
  side: 'BUY',
  quantity: 4_000n * one,
  orderType: 'LIMIT',
  limitPrice: c(2_500),
  referencePrice: c(2_500),
  reduceOnly: false,
  boundPrice: c(2_500),
  exposureBefore: c(57_200),
  exposureAfter: c(10_057_200),
  exposureCap: c(10_000_000),
  occurredAt: at + 120_000,
  sourceEventId: '40000003-0000-5000-8000-000000000000',
  correlationId: '40000003-0000-5000-8000-000000000000',
}

/** The approval of the second fill's order. */
export const approval: DecisionRow = {
  ...trade,
  stage: null,
  reasonCode: null,
  reason: null,
  limitValue: null,
  observedValue: null,
  idempotencyKey: 'ma-2-5:MSFT:2010-02-26',
  signalId: 'ma-2-5:MSFT:2010-02-26',
  decisionId: order.tradeId,
  outcome: 'APPROVED',
  riskSeq: 2n,
  feedbackExecSeq: 1n,
  quantity: 10n * one,
  limitPrice: c(2_875),
  referencePrice: c(2_870),
  boundPrice: c(2_875),
  reservedNotional: c(28_750),
  exposureBefore: c(28_500),
  exposureAfter: c(57_250),
  occurredAt: at + 58_000,
  sourceEventId: '40000002-0000-5000-8000-000000000000',
  correlationId: '40000002-0000-5000-8000-000000000000',
}

/** The books after the second fill. */
export const snapshot: SnapshotRow = {
  ...nulls(SnapshotRow),
  portfolioId: 'alpha-01',
  at: at + 60_000,
  version: 2n,
  cash: bp(-5_722_860),
  realisedPnl: bp(-2_860),
  unrealisedPnl: 2n * one,
  fees: bp(2_860),
  grossExposure: c(57_400),
  netExposure: c(57_400),
  openPositions: 1,
  fills: 2n,
}

/** The instrument. */
export const instrument: InstrumentRow = {
  ...nulls(InstrumentRow),
  instrumentKey: 'XNAS:MSFT',
  exchange: 'XNAS',
  instrumentId: 'MSFT',
  baseCurrency: 'MSFT',
  quoteCurrency: 'USD',
  pricePrecision: 2,
  sizePrecision: 0,
  tickSize: c(1),
  lotSize: one,
  maxTradeQty: 5_000n * one,
  takerFeeRate: bp(5),
  feePrecision: 8,
  shortable: true,
  enabled: true,
  instrumentVersion: 1n,
}

/** Its market price. */
const marketPrice: MarketPriceRow = {
  instrumentKey: 'XNAS:MSFT',
  bid: c(2_869),
  ask: c(2_871),
  last: null,
  source: 'feed',
  at,
  bidSize: null,
  askSize: null,
}

/** A report that was kept out of the books. */
const quarantined: QuarantineRow = {
  portfolioId: 'alpha-01',
  quarantineId: '60000001-0000-5000-8000-000000000000',
  execSeq: 3n,
  executionId: '50000003-0000-5000-8000-000000000000',
  orderId: order.orderId,
  reason: 'OVERFILL',
  report: '{}',
  executedAt: at,
}

const found = async <T>(value: T): Promise<Reading<T>> => ({ kind: 'found', value })

/** Reads that know this portfolio and nothing else. `more` takes the place of some. */
export function stubReads(more: Partial<TradingReads> = {}): TradingReads {
  const of = <T>(portfolioId: string, value: T): Promise<Reading<{ cut: PortfolioCut; value: T }>> =>
    portfolioId === 'alpha-01' ? found({ cut, value }) : Promise.resolve({ kind: 'absent' })
  return {
    portfolio: async ({ portfolioId }) =>
      portfolioId === 'alpha-01' ? found({ cut, positions: [position], fills, trades: [trade] }) : { kind: 'absent' },
    decision: async ({ idempotencyKey }) =>
      idempotencyKey === trade.idempotencyKey ? found(trade) : { kind: 'absent' },
    order: async ({ portfolioId, orderId }) => {
      const row = [order, openOrder].find(one => one.orderId === orderId)
      return row && portfolioId === 'alpha-01' ? found(row) : { kind: 'absent' }
    },
    orderCommand: async ({ commandId }) => (commandId === refused.commandId ? found(refused) : { kind: 'absent' }),
    controls: () => found({ own: undefined, every: undefined, risk: cut.risk?.row }),
    portfolios: () => found([{ books: cut.books?.row ?? null, risk: cut.risk?.row ?? null }]),
    positions: ({ portfolioId }) => of(portfolioId, [position]),
    orders: ({ portfolioId }) => of(portfolioId, [order]),
    fills: ({ portfolioId }, _, { limit, after }) =>
      of(portfolioId, fills.filter(({ execSeq }) => after === undefined || execSeq < after).slice(0, limit)),
    trades: ({ portfolioId }) => of(portfolioId, [trade]),
    history: ({ portfolioId }) =>
      of(portfolioId, {
        books: [snapshot],
        exposure: [{ at, exposure: c(57_200), cap: c(10_000_000) }],
        fills: fills.map(({ executedAt, side, lastQty, lastPrice, instrumentId }) => ({
          at: executedAt,
          side,
          quantity: lastQty,
          price: lastPrice ?? 0n,
          instrumentId,
        })),
      }),
    versionsAfter: ({ portfolioId }, { version }) => of(portfolioId, version < 2n ? [snapshot] : []),
    quarantined: async () => new Map([['OVERFILL', 2]]),
    decided: id =>
      found(
        [approval.idempotencyKey, approval.correlationId, approval.sourceEventId, approval.decisionId].includes(id)
          ? [{ decision: approval, order, reports: [fills[0]!], books: snapshot }]
          : [],
      ),
    quarantine: ({ portfolioId }) => of(portfolioId, [quarantined]),
    instruments: () => found([instrument]),
    prices: key => found(key === undefined || key === 'XNAS:MSFT' ? [marketPrice] : []),
    instrument: async key => (key === 'XNAS:MSFT' ? found(instrument) : { kind: 'absent' }),
    ...more,
  }
}
