import * as assert from 'uvu/assert'
import { applyFill, type Books, flat } from '../../processors/domain/books/books.ts'
import { parseExecutionConfig } from '../../processors/domain/execution/execution-config.ts'
import { parseLimits } from '../../processors/domain/risk/limits.ts'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import { signalEvent } from '../../processors/domain/shared/signal-event.ts'
import type { RiskPortfolio } from '../../schemas/trading/generated/risk-portfolio.ts'
import { suite } from '../support/suite.ts'
import { instrument } from './support/arbitraries.ts'
import { Pipeline } from './support/pipeline.ts'

// A long run near the cap: feedback comes late, twice and in any order, while signals go on. The reservation must hold the cap
// at every step. The same run without reservation breaches it, which shows that the check can fail.

const cap = decimalOf('60000')
const names = ['full', 'split', 'part', 'reject']

suite(
  'Ledger simulation',
  test => {
    test('50,000 steps: the cap is breached at none, and every reservation is released in the end', async () => {
      const { steps, breaches, approvals, pipeline } = await simulate({
        signals: 12_000,
        seed: 1,
        backlog: 12,
        forget: false,
      })
      assert.ok(steps >= 50_000, `${steps} steps`)
      assert.ok(approvals > 1_000, `${approvals} approvals`)
      assert.is(breaches, 0)
      const portfolio = pipeline.risk.portfolios.get('p') as RiskPortfolio | undefined
      assert.equal([portfolio!.reserved, portfolio!.openOrders, portfolio!.bufferedReports], [0n, 0, 0])
    })

    test('the same without reservation breaches the cap', async () => {
      const { breaches } = await simulate({ signals: 900, seed: 1, backlog: 400, forget: true })
      assert.ok(breaches > 0)
    })
  },
  { timeoutMs: 180_000 },
)

interface SimulationOptions {
  readonly signals: number
  readonly seed: number
  /** About so many deliveries wait at any time. */
  readonly backlog: number
  /** Drops every reservation at once, as a ledger without them would. */
  readonly forget: boolean
}

/** Each signal posted and each delivery is a step. */
async function simulate({ signals, seed, backlog, forget }: SimulationOptions) {
  const random = generator(seed)
  const pipeline = new Pipeline({
    limits: parseLimits(`
version: 1
slippageTicks: 2
defaults: { currency: USD, exposureCap: '60000' }
portfolios: { p: {} }`),
    execution: parseExecutionConfig(`
defaults: { profile: FULL, slippageTicks: 4, minDelayMs: 0, maxDelayMs: 50 }
instruments: { 'X:split': { profile: SPLIT(5) }, 'X:part': { profile: PARTIAL_EXPIRE }, 'X:reject': { profile: REJECT } }`),
    instruments: names.map(name => instrument(name)),
  })
  let [steps, breaches, posted, seen] = [0, 0, 0, 0]
  // The exchange's knowledge: every fill at once, before any report has told of it.
  const truth = new Map<string, Books>()

  for (;;) {
    if (posted === signals && pipeline.bag.length === 0) await pipeline.settle()
    if (posted === signals && pipeline.bag.length === 0) break
    const post = posted < signals && (pipeline.bag.length < backlog || random(8) === 0)
    if (post) pipeline.post(nextSignal(posted++, random))
    else {
      const [delivery] = pipeline.bag.splice(random(pipeline.bag.length), 1)
      if (random(10) === 0) pipeline.bag.push(delivery!)
      // The books are not looked at here.
      if (delivery!.to === 'reports' || delivery!.to === 'placements') continue
      await pipeline.deliver(delivery!)
    }
    if (forget) forgetReservations(pipeline)
    for (; seen < pipeline.fills.length; seen++) fillTruth(truth, pipeline, seen)
    const cost = [...truth.values()].reduce((sum, books) => sum + books.cost, 0n)
    const portfolio = pipeline.risk.portfolios.get('p') as RiskPortfolio | undefined
    if (cost > cap || (!forget && (portfolio?.exposure ?? 0n) > cap)) breaches++
    steps++
  }
  return { steps, breaches, approvals: pipeline.approved.length, pipeline }
}

function nextSignal(index: number, random: (below: number) => number) {
  return signalEvent(
    {
      signalId: `s${index}`,
      idempotencyKey: `k${index}`,
      strategyId: 'simulation',
      portfolioId: 'p',
      exchange: 'X',
      instrumentId: names[random(names.length)]!,
      side: random(2) === 0 ? 'BUY' : 'SELL',
      quantity: decimalOf('0.5') * BigInt(1 + random(80)),
      orderType: 'MARKET',
      limitPrice: null,
      referencePrice: decimalOf('0.05') * BigInt(1_600 + random(800)),
      reduceOnly: false,
      validUntil: null,
      timeInForce: null,
    },
    index * 10,
    'simulation',
  )
}

function fillTruth(truth: Map<string, Books>, pipeline: Pipeline, index: number): void {
  const { instrumentId, side, lastQty, lastPrice, fee } = pipeline.fills[index]!.payload
  if (lastPrice === null) return
  const fill = { side, quantity: lastQty, price: lastPrice, fee }
  truth.set(instrumentId, applyFill(truth.get(instrumentId) ?? flat, fill))
}

function forgetReservations({ riskStores, risk }: Pipeline): void {
  for (const order of risk.orders.all() as { portfolioId: string; tradeId: string; leaves: bigint }[]) {
    if (order.leaves > 0n) riskStores.orders.put([order.portfolioId, order.tradeId], { ...order, leaves: 0n } as never)
  }
  let exposure = 0n
  for (const ledger of risk.ledgers.all() as { portfolioId: string; instrumentKey: string; cost: bigint }[]) {
    exposure += ledger.cost
    const without = { ...ledger, pendingBuys: '', pendingSells: '', exposure: ledger.cost, reserved: 0n }
    riskStores.ledgers.put([ledger.portfolioId, ledger.instrumentKey], without as never)
  }
  for (const portfolio of risk.portfolios.all() as RiskPortfolio[]) {
    riskStores.portfolios.put(portfolio.portfolioId, { ...portfolio, exposure, reserved: 0n })
  }
}

/** mulberry32: a small seeded generator. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
