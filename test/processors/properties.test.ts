import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { multiply, signOf } from '../../processors/domain/shared/decimal.ts'
import type { ExecutionReport } from '../../schemas/trading/generated/execution-report.ts'
import type { PortfolioRow } from '../../schemas/trading/generated/portfolio-row.ts'
import type { PositionRow } from '../../schemas/trading/generated/position-row.ts'
import type { RiskLedger } from '../../schemas/trading/generated/risk-ledger.ts'
import type { RiskOrder } from '../../schemas/trading/generated/risk-order.ts'
import type { RiskPortfolio } from '../../schemas/trading/generated/risk-portfolio.ts'
import { suite } from '../support/suite.ts'
import { Chooser, caps, newPipeline, played, schedule, signals } from './support/arbitraries.ts'
import { text } from './support/map-rows.ts'
import type { Pipeline } from './support/pipeline.ts'

// The eleven properties of the trading pipeline, against random signals and random schedules: every delivery may be
// delayed, come twice, and overtake any other. 1,000 cases each.

const runs = { numRuns: 1_000 }

suite(
  'Properties of the trading pipeline',
  test => {
    test('1: exactly one decision per (portfolioId, idempotencyKey)', () =>
      holds(pipeline => {
        const decided = [...pipeline.approved, ...pipeline.rejected].map(
          ({ payload }) => `${payload.portfolioId}/${payload.idempotencyKey}`,
        )
        const asked = pipeline.checked.map(({ payload }) => `${payload.portfolioId}/${payload.idempotencyKey}`)
        assert.equal([...decided].sort(), [...new Set(asked)].sort())
        const eventIds = [...pipeline.approved, ...pipeline.rejected].map(event => event.eventId)
        assert.is(new Set(eventIds).size, decided.length)
      }))

    test('2: exposure <= cap after every approval that grows it, and after every report', () =>
      holdsAtEachStep(pipeline => {
        for (const { portfolioId, exposure } of riskPortfolios(pipeline)) {
          assert.ok(exposure <= (caps[portfolioId] ?? 0n), `${portfolioId}: ${exposure}`)
        }
      }))

    test('3: realisedPnl == cash + sign(q) x cost, exactly, in every position, ledger and portfolio', () =>
      holdsAtEachStep(pipeline => {
        const rows = [...positions(pipeline), ...ledgers(pipeline)]
        for (const { realisedPnl, cash, quantity, cost } of rows) assert.is(realisedPnl, cash + signOf(quantity) * cost)
        for (const { realisedPnl, cash, openCost } of portfolios(pipeline)) assert.is(realisedPnl, cash + openCost)
      }))

    test('4: fills of an order + leaves + expired == quantity, at every report', () =>
      holds(pipeline => {
        assert.is(pipeline.placed.length, pipeline.approved.length)
        for (const { payload: order } of pipeline.placed) {
          const reports = reportsOf(pipeline).filter(report => report.orderId === order.orderId)
          let filled = 0n
          for (const report of reports) {
            filled += report.lastQty
            const expired = report.isTerminal ? order.quantity - filled : 0n
            assert.is(report.cumQty, filled)
            assert.is(filled + report.leavesQty + expired, order.quantity)
          }
          assert.equal(
            reports.map(report => report.isTerminal),
            reports.map((_, index) => index === reports.length - 1),
          )
        }
      }))

    test('5: stateHash is equal for every permutation and duplication of the reports', async () => {
      const cases = fc.asyncProperty(signals, schedule, schedule, async (posted, numbers, other) => {
        const first = await played(posted, numbers)
        const second = newPipeline()
        for (const event of first.placed) second.bag.push({ to: 'placements', event })
        for (const event of first.fills) second.bag.push({ to: 'reports', event })
        const { choose, again } = new Chooser(other)
        await second.run(choose, again)
        assert.equal(second.books.portfolios.dump(), first.books.portfolios.dump())
        assert.equal(second.books.positions.dump(), first.books.positions.dump())
        assert.equal(second.books.orders.dump(), first.books.orders.dump())
        assert.is(second.books.quarantine.dump(), '')
      })
      await fc.assert(cases, runs)
    })

    test('6: rebuilt from the changelog at any point == live, byte for byte', async () => {
      const cases = fc.asyncProperty(signals, schedule, fc.nat({ max: 60 }), async (posted, numbers, crashAt) => {
        const live = await played(posted, numbers)
        const restored = newPipeline()
        for (const event of posted) restored.post(event)
        const { choose, again } = new Chooser(numbers)
        let step = 0
        await restored.run(among => {
          if (step++ === crashAt) restored.rebuild()
          return choose(among)
        }, again)
        restored.rebuild()
        assert.is(restored.dump(), live.dump())
      })
      await fc.assert(cases, runs)
    })

    test("7: portfolio-risk's quantity and cost == the reconciler's at equal execSeq", () =>
      holdsAtEachStep((pipeline, done) => {
        const books = new Map(portfolios(pipeline).map(row => [row.portfolioId, row]))
        const held = new Map(positions(pipeline).map(row => [`${row.portfolioId}/${row.instrumentKey}`, row]))
        for (const risk of riskPortfolios(pipeline)) {
          const row = books.get(risk.portfolioId)
          const same = (row?.throughExecSeq ?? 0n) === risk.feedbackExecSeq && row?.provisional !== true
          assert.ok(same || !done, 'both have everything in the end')
          if (!same) continue
          for (const ledger of ledgers(pipeline).filter(ledger => ledger.portfolioId === risk.portfolioId)) {
            const position = held.get(`${ledger.portfolioId}/${ledger.instrumentKey}`)
            assert.is(ledger.quantity, position?.quantity ?? 0n)
            assert.is(ledger.cost, position?.cost ?? 0n)
          }
        }
      }))

    test('8: reserved == sum of leaves x bound of the open orders', () =>
      holdsAtEachStep((pipeline, done) => {
        const open = (pipeline.risk.orders.all() as RiskOrder[]).filter(order => !order.closed)
        for (const { portfolioId, reserved, openOrders } of riskPortfolios(pipeline)) {
          const own = open.filter(order => order.portfolioId === portfolioId)
          const sum = own.reduce((total, order) => total + multiply(order.leaves, order.boundPrice), 0n)
          assert.is(reserved, sum)
          assert.is(openOrders, own.length)
        }
        if (done) assert.is(open.length, 0, 'every reservation is released in the end')
      }))

    test('9: reading every topic again from offset 0 with state kept adds nothing', async () => {
      const cases = fc.asyncProperty(signals, schedule, schedule, async (posted, numbers, other) => {
        const pipeline = await played(posted, numbers)
        const before = topicsOf(pipeline)
        const state = pipeline.dump()
        for (const event of posted) pipeline.post(event)
        for (const event of pipeline.checked) pipeline.bag.push({ to: 'portfolio-risk', event })
        for (const event of pipeline.approved) pipeline.bag.push({ to: 'execution-sim', event })
        for (const event of pipeline.placed) pipeline.bag.push({ to: 'placements', event })
        for (const event of pipeline.fills) pipeline.bag.push({ to: 'reports', event }, { to: 'feedback', event })
        const { choose, again } = new Chooser(other)
        await pipeline.run(choose, again)
        assert.equal(topicsOf(pipeline), before)
        assert.is(pipeline.dump(), state)
      })
      await fc.assert(cases, runs)
    })

    test('10: two runs of one input give byte-equal topics', async () => {
      const cases = fc.asyncProperty(signals, schedule, async (posted, numbers) => {
        assert.equal(topicsOf(await played(posted, numbers)), topicsOf(await played(posted, numbers)))
      })
      await fc.assert(cases, runs)
    })

    test('11: no fill past its bound price', () =>
      holds(pipeline => {
        const bounds = new Map(pipeline.approved.map(({ payload }) => [payload.tradeId, payload]))
        for (const { tradeId, lastPrice, side } of reportsOf(pipeline)) {
          const trade = bounds.get(tradeId)!
          if (lastPrice === null) continue
          assert.ok(lastPrice > 0n && lastPrice <= trade.boundPrice)
          assert.is(lastPrice % trade.tickSize, 0n)
          if (trade.limitPrice !== null && side === 'BUY') assert.ok(lastPrice <= trade.limitPrice)
          if (trade.limitPrice !== null && side === 'SELL') assert.ok(lastPrice >= trade.limitPrice)
        }
      }))
  },
  { timeoutMs: 180_000 },
)

/** Checks at the end of random runs. */
async function holds(check: (pipeline: Pipeline) => void): Promise<void> {
  const cases = fc.asyncProperty(signals, schedule, async (posted, numbers) => check(await played(posted, numbers)))
  await fc.assert(cases, runs)
}

/** Checks after every delivery of random runs; `done` when nothing waits any more. */
async function holdsAtEachStep(check: (pipeline: Pipeline, done: boolean) => void): Promise<void> {
  const cases = fc.asyncProperty(signals, schedule, async (posted, numbers) => {
    const pipeline = newPipeline()
    for (const event of posted) pipeline.post(event)
    const { choose, again } = new Chooser(numbers)
    await pipeline.run(among => {
      check(pipeline, false)
      return choose(among)
    }, again)
    check(pipeline, true)
  })
  await fc.assert(cases, runs)
}

function topicsOf({ approved, rejected, placed, fills, updates }: Pipeline): string[] {
  return [...approved, ...rejected, ...placed, ...fills, ...updates].map(text)
}

function reportsOf(pipeline: Pipeline): ExecutionReport[] {
  return pipeline.fills.map(event => event.payload)
}

const riskPortfolios = (pipeline: Pipeline) => pipeline.risk.portfolios.all() as RiskPortfolio[]
const ledgers = (pipeline: Pipeline) => pipeline.risk.ledgers.all() as RiskLedger[]
const portfolios = (pipeline: Pipeline) => pipeline.books.portfolios.all() as PortfolioRow[]
const positions = (pipeline: Pipeline) => pipeline.books.positions.all() as PositionRow[]
