import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { commandEvent } from '../../processors/domain/execution/command-event.ts'
import { multiply, signOf } from '../../processors/domain/shared/decimal.ts'
import { decisionIdOf } from '../../processors/domain/shared/ids.ts'
import {
  type ExecType,
  endedStatuses,
  type OrderStatus,
  statusAfter,
} from '../../processors/domain/shared/order-moves.ts'
import { timesInForce } from '../../processors/domain/shared/time-in-force.ts'
import type { OrderRow } from '../../schemas/trading/generated/order-row.ts'
import type { PortfolioPriceEvent } from '../../schemas/trading/generated/portfolio-price.ts'
import type { PositionRow } from '../../schemas/trading/generated/position-row.ts'
import type { RestingOrderRow } from '../../schemas/trading/generated/resting-order-row.ts'
import type { RiskLedger } from '../../schemas/trading/generated/risk-ledger.ts'
import type { RiskOrder } from '../../schemas/trading/generated/risk-order.ts'
import type { RiskPortfolio } from '../../schemas/trading/generated/risk-portfolio.ts'
import { suite } from '../support/suite.ts'
import { Chooser, newPipeline, schedule, signals } from './support/arbitraries.ts'
import type { Pipeline } from './support/pipeline.ts'

/*
 * Random schedules of signals, prices, cancels and replacements: every delivery may come late, twice and before any other, and
 * rows are built again from their changes at random. A few hundred runs in CI; `ORDER_LIFE_RUNS=20000` for a long proof:
 *   ORDER_LIFE_RUNS=20000 node --import tsx test/processors/order-life-properties.test.ts
 */
const runs = { numRuns: Number(process.env.ORDER_LIFE_RUNS ?? 300) }

const units = 10n ** 17n * 5n
const tick = 10n ** 16n * 5n

const prices = fc.array(
  fc.record({
    portfolioId: fc.constantFrom('p1', 'p2', 'p3'),
    instrumentId: fc.constantFrom('full', 'split', 'part', 'long-only'),
    ticks: fc.integer({ min: 1_700, max: 2_300 }),
    spread: fc.integer({ min: 0, max: 40 }),
    size: fc.option(fc.integer({ min: 0, max: 60 }), { freq: 2 }),
    at: fc.integer({ min: 0, max: 3_000 }),
  }),
  { minLength: 4, maxLength: 24 },
)

const commands = fc.array(
  fc.record({
    /** The place of the order's signal among those posted. */
    signal: fc.nat({ max: 13 }),
    id: fc.nat({ max: 5 }),
    action: fc.constantFrom('CANCEL', 'REPLACE', 'REPLACE'),
    halves: fc.option(fc.integer({ min: 0, max: 60 }), { freq: 3 }),
    ticks: fc.option(fc.integer({ min: 1_700, max: 2_300 })),
    at: fc.integer({ min: 0, max: 3_000 }),
  }),
  { maxLength: 10 },
)

type PriceOf = typeof prices extends fc.Arbitrary<(infer P)[]> ? P : never

function priceOf({ portfolioId, instrumentId, ticks, spread, size, at }: PriceOf): PortfolioPriceEvent {
  const bid = tick * BigInt(ticks)
  const sizes = size === null ? null : units * BigInt(size)
  return {
    eventId: `${portfolioId}/${instrumentId}/${at}`,
    eventType: 'PortfolioPrice',
    schemaVersion: 1,
    occurredAt: at,
    producer: 'test',
    key: portfolioId,
    correlationId: `${at}`,
    payload: {
      portfolioId,
      exchange: 'X',
      instrumentId,
      bid,
      ask: bid + tick * BigInt(spread),
      last: null,
      source: 'test',
      bidSize: sizes,
      askSize: sizes,
    },
  }
}

suite(
  'Properties of the life of orders',
  test => {
    test('every order moves legally and ends, reservations return to zero, and the books agree', async () => {
      const tif = fc.array(fc.constantFrom(null, ...timesInForce), { minLength: 1, maxLength: 5 })
      const crashes = fc.array(fc.nat({ max: 80 }), { maxLength: 2 })
      await fc.assert(
        fc.asyncProperty(
          signals,
          prices,
          commands,
          tif,
          schedule,
          crashes,
          async (posted, quotes, asked, kinds, numbers, at) => {
            const pipeline = newPipeline()
            for (const [index, event] of posted.entries()) {
              const timeInForce = kinds[index % kinds.length] ?? null
              pipeline.post({ ...event, payload: { ...event.payload, timeInForce } })
            }
            for (const [index, quote] of quotes.entries()) {
              const event = priceOf(quote)
              // The first ones are known before any order, so that limits rest.
              if (index % 2 === 0) await pipeline.deliver({ to: 'prices', event })
              else pipeline.bag.push({ to: 'prices', event })
              pipeline.bag.push({ to: 'marks', event })
            }
            for (const { signal, id, action, halves, ticks, at: time } of asked) {
              const { portfolioId, idempotencyKey } = posted[signal % posted.length]!.payload
              send(pipeline, portfolioId, decisionIdOf(portfolioId, idempotencyKey), time, {
                commandId: `c${signal}-${id}`,
                action,
                quantity: halves === null ? null : units * BigInt(halves),
                limitPrice: ticks === null ? null : tick * BigInt(ticks),
              })
            }
            const { choose, again } = new Chooser(numbers)
            let step = 0
            const crashing = (among: number) => {
              if (at.includes(step++)) pipeline.rebuild()
              return choose(among)
            }
            await pipeline.run(crashing, again)
            checkReservations(pipeline)
            // What still rests is cancelled, twice: every order ends.
            for (const { payload } of pipeline.placed)
              for (let copy = 0; copy < 2; copy++)
                send(pipeline, payload.portfolioId, payload.tradeId, 10_000, { commandId: `end-${payload.tradeId}` })
            await pipeline.run(crashing, again)
            check(pipeline)
          },
        ),
        runs,
      )
    })
  },
  { timeoutMs: 3_600_000 },
)

function send(
  pipeline: Pipeline,
  portfolioId: string,
  tradeId: string,
  at: number,
  {
    commandId,
    action = 'CANCEL',
    quantity = null,
    limitPrice = null,
  }: {
    readonly commandId: string
    readonly action?: string
    readonly quantity?: bigint | null
    readonly limitPrice?: bigint | null
  },
): void {
  const payload = { commandId, portfolioId, tradeId, action, quantity, limitPrice, actor: null, reason: null }
  pipeline.bag.push({ to: 'commands', event: commandEvent(payload, at, 'test') })
}

/** Once every report has come, risk reserves exactly what the orders that rest may still fill. */
function checkReservations(pipeline: Pipeline): void {
  const resting = pipeline.sim.resting.all() as RestingOrderRow[]
  for (const { portfolioId, tradeId, quantity, filled } of resting) {
    const order = pipeline.risk.orders.get([portfolioId, tradeId]) as RiskOrder
    assert.is(order.leaves, quantity - (filled ?? 0n))
  }
  for (const { portfolioId, reserved, openOrders } of pipeline.risk.portfolios.all() as RiskPortfolio[]) {
    const own = resting.filter(order => order.portfolioId === portfolioId)
    const value = own.reduce(
      (sum, { quantity, filled, boundPrice }) => sum + multiply(quantity - (filled ?? 0n), boundPrice),
      0n,
    )
    assert.equal([reserved, openOrders], [value, own.length])
  }
}

function check(pipeline: Pipeline): void {
  const approvals = new Map(pipeline.approved.map(({ payload }) => [payload.tradeId, payload]))
  const orders = new Map((pipeline.books.orders.all() as OrderRow[]).map(row => [row.orderId, row]))
  assert.is(pipeline.placed.length, pipeline.approved.length)
  const last = new Map<string, bigint>()
  for (const { payload: report } of pipeline.fills) {
    const before = last.get(report.portfolioId) ?? 0n
    assert.is(report.execSeq, before + 1n, 'execSeq has no gap')
    last.set(report.portfolioId, report.execSeq)
  }
  for (const { payload: order } of pipeline.placed) {
    const trade = approvals.get(order.tradeId)!
    let status: OrderStatus = 'NEW'
    let filled = 0n
    let quantity = order.quantity
    let time = 0
    for (const { payload: report } of pipeline.fills.filter(({ payload }) => payload.orderId === order.orderId)) {
      const next = statusAfter(status, report.execType as ExecType)
      assert.ok(next !== undefined, `${status} ${report.execType}`)
      status = next!
      filled += report.lastQty
      assert.ok(report.orderQty <= quantity, 'a replacement adds nothing')
      quantity = report.orderQty
      assert.is(report.cumQty, filled)
      assert.ok(filled <= quantity)
      assert.is(report.leavesQty, report.isTerminal ? 0n : quantity - filled)
      assert.is(report.isTerminal, endedStatuses.includes(status))
      assert.ok(report.executedAt >= time, 'time does not go back')
      time = report.executedAt
      if (report.lastPrice !== null) assert.ok(report.lastPrice <= trade.boundPrice)
    }
    assert.ok(endedStatuses.includes(status), `order ends, but is ${status}`)
    assert.is(orders.get(order.orderId)?.status, status, 'the books have its state')
    assert.is(orders.get(order.orderId)?.filled, filled)
  }
  assert.is(pipeline.sim.resting.all().length, 0)
  assert.is(pipeline.books.quarantine.dump(), '')
  for (const { reserved, openOrders } of pipeline.risk.portfolios.all() as RiskPortfolio[])
    assert.equal([reserved, openOrders], [0n, 0])
  const positions = pipeline.books.positions.all() as PositionRow[]
  const held = new Map(positions.map(row => [`${row.portfolioId}/${row.instrumentKey}`, row]))
  for (const { realisedPnl, cash, quantity, cost } of positions) assert.is(realisedPnl, cash + signOf(quantity) * cost)
  for (const ledger of pipeline.risk.ledgers.all() as RiskLedger[]) {
    const position = held.get(`${ledger.portfolioId}/${ledger.instrumentKey}`)
    assert.equal([ledger.quantity, ledger.cost], [position?.quantity ?? 0n, position?.cost ?? 0n])
  }
}
