import { applyFill, type Books, balances, booksOf, flat } from '../../../../processors/domain/books/books.ts'
import { parseExecutionConfig } from '../../../../processors/domain/execution/execution-config.ts'
import { parseLimits } from '../../../../processors/domain/risk/limits.ts'
import { verifyDecisions } from '../../../../processors/domain/risk/witness-oracle.ts'
import { decimalOf } from '../../../../processors/domain/shared/decimal.ts'
import { instrumentKey } from '../../../../processors/domain/shared/keys.ts'
import { registrationEvent } from '../../../../processors/domain/shared/registration.ts'
import { signalEvent } from '../../../../processors/domain/shared/signal-event.ts'
import * as topics from '../../../../processors/topics.ts'
import { trading as pipeline } from '../../../../processors/trading.ts'
import type { ExecutionReportEvent } from '../../../../schemas/trading/generated/execution-report.ts'
import type { InstrumentRegistered } from '../../../../schemas/trading/generated/instrument-registered.ts'
import type { OrderPlacedEvent } from '../../../../schemas/trading/generated/order-placed.ts'
import type { TradeApprovedEvent } from '../../../../schemas/trading/generated/trade-approved.ts'
import type { TradeRejectedEvent } from '../../../../schemas/trading/generated/trade-rejected.ts'
import { ledgers } from '../../../../store/trading/portfolio-risk.ts'
import { positions } from '../../../../store/trading/reconciler.ts'
import type { TopologyDefinition } from '../../../../topology/definition/definition.ts'
import type { SimulationView } from '../../../../topology/testing/simulation/options.ts'
import { began, below, type Scenario, tallyDifferences } from './scenario.ts'

const limits = parseLimits(`
version: 4
slippageTicks: 1
defaults: { currency: USD, exposureCap: '10000' }
portfolios: { p: {}, q: { exposureCap: '3000' }, r: {} }
`)
const execution = parseExecutionConfig(`
defaults: { profile: FULL, slippageTicks: 0, minDelayMs: 10, maxDelayMs: 40 }
instruments: { 'X:split': { profile: SPLIT(3) }, 'X:part': { profile: PARTIAL_EXPIRE } }
`)

const instruments = ['whole', 'split', 'part']

/** The trading pipeline, with signals that come twice: one decision a key, decided as its witness says, and books that add up. */
export const trading: Scenario = {
  topology: narrowed(pipeline({ limits, execution })),
  compare: 'none',
  spanMs: 8_000,
  input(random) {
    const registered = instruments.map(id => {
      const event = registrationEvent(instrument(id), began, 'sim')
      return { topic: topics.instrumentRegistered.name, key: event.key, value: event, at: began }
    })
    const signals = Array.from({ length: 36 }, (_, index) => {
      const event = signalEvent(signal(random, index), began + 1_000 + index * 50, 'sim')
      return { topic: topics.tradingSignals.name, key: event.key, value: event, at: event.occurredAt }
    })
    // a bot that had no answer sends again
    const twice = signals.flatMap(record => (random() < 0.2 ? [record, record] : [record]))
    return [...registered, ...twice]
  },
  check: view => [...checkDecisions(view), ...checkBooks(view)],
}

/** The same pipeline on two partitions a topic: the simulation looks for faults, and needs no more. */
function narrowed(definition: TopologyDefinition): TopologyDefinition {
  return { ...definition, topics: definition.topics.map(topic => ({ ...topic, partitions: 2 })) }
}

function instrument(instrumentId: string): InstrumentRegistered {
  return {
    exchange: 'X',
    instrumentId,
    baseCurrency: instrumentId,
    quoteCurrency: 'USD',
    pricePrecision: 2,
    sizePrecision: 1,
    tickSize: decimalOf('0.05'),
    lotSize: decimalOf('0.5'),
    minQty: null,
    maxTradeQty: null,
    maxPositionQty: null,
    minNotional: null,
    maxNotional: null,
    takerFeeRate: decimalOf('0.00075'),
    feePrecision: 4,
    shortable: true,
    enabled: true,
    sessionClose: null,
    instrumentVersion: 1n,
  }
}

function signal(random: () => number, index: number) {
  return {
    signalId: `s${index}`,
    idempotencyKey: `k${index}`,
    strategyId: 'sim',
    portfolioId: ['p', 'q', 'r'][below(random, 3)]!,
    exchange: 'X',
    instrumentId: [...instruments, 'unknown'][below(random, 4)]!,
    side: random() < 0.6 ? ('BUY' as const) : ('SELL' as const),
    quantity: decimalOf(String(1 + below(random, 9))),
    orderType: 'MARKET' as const,
    limitPrice: null,
    referencePrice: decimalOf(String(95 + below(random, 11))),
    reduceOnly: false,
    validUntil: null,
    timeInForce: null,
  }
}

/** Every signal has one decision, every approval one order, and an oracle that follows the witness decides the same. */
function checkDecisions({ input, topics: written }: SimulationView): readonly string[] {
  const of = <T>(name: string) => (written[name] ?? []).map(({ value }) => value as T)
  const approved = of<TradeApprovedEvent>(topics.tradesApproved.name)
  const rejected = of<TradeRejectedEvent>(topics.tradesRejected.name)
  const placed = of<OrderPlacedEvent>(topics.ordersPlaced.name)
  const reports = of<ExecutionReportEvent>(topics.ordersFills.name)
  const signalled = new Set(
    input
      .filter(({ topic }) => topic === topics.tradingSignals.name)
      .map(({ value }) => (value as ReturnType<typeof signalEvent>).payload.idempotencyKey),
  )
  return [
    ...tallyDifferences(
      [...approved, ...rejected].map(({ payload }) => payload.idempotencyKey),
      signalled,
    ),
    ...tallyDifferences(
      placed.map(({ payload }) => payload.tradeId),
      approved.map(({ payload }) => payload.tradeId),
    ),
    ...verifyDecisions({ approved, rejected, reports }).map(
      ({ idempotencyKey, expected, found }) => `decision on ${idempotencyKey} is ${found}, the oracle says ${expected}`,
    ),
  ]
}

/** Positions equal a fold of the fills on one thread, they balance, and risk holds the same quantities and costs. */
function checkBooks({ topics: written, stores }: SimulationView): readonly string[] {
  const wrong: string[] = []
  const folded = new Map<string, Books>()
  const reports = (written[topics.ordersFills.name] ?? []).map(({ value }) => (value as ExecutionReportEvent).payload)
  for (const { portfolioId, exchange, instrumentId, side, lastQty, lastPrice, fee } of reports) {
    if (lastPrice === null || lastQty === 0n) continue
    const key = `${portfolioId} ${instrumentKey(exchange, instrumentId)}`
    folded.set(key, applyFill(folded.get(key) ?? flat, { side, quantity: lastQty, price: lastPrice, fee }))
  }
  const rowsOf = (store: string) =>
    new Map(
      (stores[store] ?? []).map(({ value }) => {
        const row = value as { portfolioId: string; instrumentKey: string } & Books
        return [`${row.portfolioId} ${row.instrumentKey}`, row]
      }),
    )
  const held = rowsOf(positions.name)
  const risked = rowsOf(ledgers.name)
  for (const [key, should] of folded) {
    const row = held.get(key)
    const is = row && booksOf(row)
    if (is === undefined || !balances(is)) wrong.push(`books of ${key} do not balance`)
    else if (Object.keys(should).some(field => should[field as keyof Books] !== is[field as keyof Books]))
      wrong.push(`books of ${key} differ from the fold of the fills`)
    const risk = risked.get(key)
    if (risk?.quantity !== should.quantity || risk.cost !== should.cost)
      wrong.push(
        `risk holds ${risk?.quantity} of ${key} at ${risk?.cost}, the books ${should.quantity} at ${should.cost}`,
      )
  }
  return wrong
}
