import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { parseExecutionConfig } from '../../processors/domain/execution/execution-config.ts'
import { priceEvent } from '../../processors/domain/market/price-event.ts'
import { controlEvents } from '../../processors/domain/risk/control-event.ts'
import { parseLimits } from '../../processors/domain/risk/limits.ts'
import { verifyDecisions } from '../../processors/domain/risk/witness-oracle.ts'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import { registrationEvent } from '../../processors/domain/shared/registration.ts'
import * as topics from '../../processors/topics.ts'
import { trading } from '../../processors/trading.ts'
import type { TradingSignal } from '../../schemas/trading/generated/trading-signal.ts'
import { decisions, riskPortfolios } from '../../store/trading/portfolio-risk.ts'
import { portfolios } from '../../store/trading/reconciler.ts'
import { type TestDriver, testDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'
import { instrument } from './support/arbitraries.ts'
import { marketSignal } from './support/signal.ts'

const topology = trading({
  limits: parseLimits(`
version: 3
slippageTicks: 1
defaults: { currency: USD, exposureCap: '50000' }
portfolios: { p: {}, day: { lossLimit: '500' }, fall: { maxDrawdown: '800' } }
`),
  execution: parseExecutionConfig(`
defaults: { profile: FULL, slippageTicks: 0, minDelayMs: 10, maxDelayMs: 10 }
`),
})

const day = 86_400_000

async function openDriver(): Promise<TestDriver> {
  const driver = await testDriver(topology)
  for (const id of ['a', 'b']) {
    const event = registrationEvent(instrument(id, { takerFeeRate: 0n }), 0, 'test')
    await driver.pipe(topics.instrumentRegistered, event.key, event, { at: 0 })
  }
  return driver
}

async function price(driver: TestDriver, value: string, at: number, instrumentId = 'a'): Promise<void> {
  const last = decimalOf(value)
  const event = priceEvent(
    { exchange: 'X', instrumentId, bid: null, ask: null, last, bidSize: null, askSize: null, source: 'test' },
    at,
    'test',
  )
  await driver.pipe(topics.marketPrices, event.key, event, { at })
}

/** Posts a signal and answers with its decision. Shape: `APPROVED`, or the reason code. */
async function decided(driver: TestDriver, idempotencyKey: string, at: number, changes: Partial<TradingSignal> = {}) {
  const signalId = `${changes.portfolioId}-${idempotencyKey}`
  const event = marketSignal(idempotencyKey, { signalId, quantity: decimalOf('100'), ...changes }, at)
  await driver.pipe(topics.tradingSignals, event.key, event, { at })
  // What is under way happens.
  await driver.advanceWallClock('1h')
  const row = driver.store(decisions).get([event.payload.portfolioId, idempotencyKey])
  return row && (row.reasonCode ?? row.outcome)
}

function risk(driver: TestDriver, portfolioId = 'p') {
  return driver.store(riskPortfolios).get(portfolioId)!
}

/** The decisions that the oracle does not reach. */
function disagreements(driver: TestDriver) {
  const values = <V>(records: readonly { readonly value: V }[]) => records.map(({ value }) => value)
  return verifyDecisions({
    approved: values(driver.read(topics.tradesApproved)),
    rejected: values(driver.read(topics.tradesRejected)),
    reports: values(driver.read(topics.ordersFills)),
    prices: values(driver.read(topics.portfolioPrices)),
  })
}

suite('Losses', test => {
  test('sell 100 at 100, price 1000: exposure is 100,000, and more is refused', async () => {
    const driver = await openDriver()
    await price(driver, '100', 500)
    assert.is(await decided(driver, 'k1', 1_000, { side: 'SELL' }), 'APPROVED')
    assert.is(risk(driver).exposure, decimalOf('10000'))
    await price(driver, '1000', 2_000)
    assert.is(risk(driver).exposure, decimalOf('100000'))
    assert.is(risk(driver).pnl, decimalOf('-90000'))
    const more = { quantity: decimalOf('1'), referencePrice: decimalOf('1000') }
    assert.is(await decided(driver, 'more', 3_000, { ...more, side: 'SELL' }), 'EXPOSURE_CAP_EXCEEDED')
    assert.is(await decided(driver, 'other', 3_000, { ...more, instrumentId: 'b' }), 'EXPOSURE_CAP_EXCEEDED')
    assert.is(await decided(driver, 'less', 3_000, more), 'APPROVED', 'what reduces it passes')
    assert.is(risk(driver).exposure, decimalOf('99000'))
    assert.equal(disagreements(driver), [])
  })

  test('without prices exposure is cost, as before', async () => {
    const driver = await openDriver()
    await decided(driver, 'k1', 1_000)
    assert.equal([risk(driver).exposure, risk(driver).pnl], [decimalOf('10000'), 0n])
  })

  test('risk and the books see the same profit and loss', async () => {
    const driver = await openDriver()
    await price(driver, '100', 500)
    await decided(driver, 'k1', 1_000)
    await decided(driver, 'k2', 2_000, { side: 'SELL', quantity: decimalOf('30') })
    await price(driver, '90.05', 3_000)
    const books = driver.store(portfolios).get('p')!
    assert.is(risk(driver).pnl, decimalOf('-696.5'), '70 x -9.95')
    assert.is(risk(driver).pnl, books.realisedPnl + books.netExposure - books.openCost)
  })

  test('a day that loses more than it may halts the portfolio until its trading state is set', async () => {
    const driver = await openDriver()
    const own = { portfolioId: 'day' }
    await price(driver, '100', 500)
    await decided(driver, 'k1', 1_000, own)
    await price(driver, '95', 2_000)
    const small = { ...own, quantity: decimalOf('1'), referencePrice: decimalOf('95') }
    assert.is(await decided(driver, 'equal', 2_500, small), 'APPROVED', 'a loss equal to the limit passes')
    await price(driver, '94.9', 3_000)
    assert.is(await decided(driver, 'k2', 3_500, small), 'LOSS_LIMIT_EXCEEDED')
    await price(driver, '100', 4_000)
    assert.is(await decided(driver, 'k3', 4_500, { ...small, side: 'SELL', reduceOnly: true }), 'LOSS_LIMIT_EXCEEDED')
    const details = driver.read(topics.tradesRejected).map(({ value }) => value.payload)
    assert.equal(
      details.map(({ haltedBy, details: seen }) => [haltedBy, seen?.limit]),
      [
        ['LOSS_LIMIT', '500'],
        ['LOSS_LIMIT', '500'],
      ],
    )
    await resume(driver, 'day', { lossLimit: decimalOf('500') })
    assert.is(await decided(driver, 'k4', 5_000, { ...small, referencePrice: decimalOf('100') }), 'APPROVED')
  })

  test('a new day begins without losses', async () => {
    const driver = await openDriver()
    const own = { portfolioId: 'day' }
    await price(driver, '100', 500)
    await decided(driver, 'k1', 1_000, own)
    await price(driver, '96', 2_000)
    await price(driver, '92', day + 1_000)
    const small = { ...own, quantity: decimalOf('1'), referencePrice: decimalOf('92') }
    assert.is(await decided(driver, 'k2', day + 2_000, small), 'APPROVED', '400 on each of two days')
    await price(driver, '90', day + 3_000)
    assert.is(await decided(driver, 'k3', day + 4_000, small), 'LOSS_LIMIT_EXCEEDED')
  })

  test('a fall from the best moment halts, on whatever day', async () => {
    const driver = await openDriver()
    const own = { portfolioId: 'fall' }
    await price(driver, '100', 500)
    await decided(driver, 'k1', 1_000, own)
    await price(driver, '110', 2_000)
    await price(driver, '102', day)
    const small = { ...own, quantity: decimalOf('1'), referencePrice: decimalOf('102') }
    assert.is(await decided(driver, 'k2', day + 500, small), 'APPROVED', '800 below the best')
    await price(driver, '101.9', day + 1_000)
    assert.is(await decided(driver, 'k3', day + 2_000, small), 'DRAWDOWN_LIMIT_EXCEEDED')
  })

  test('decisions along random prices are reached again by their witness, and the cap holds when it grows', async () => {
    const step = fc.record({
      price: fc.option(fc.integer({ min: 50, max: 400 })),
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      instrumentId: fc.constantFrom('a', 'b'),
      quantity: fc.integer({ min: 1, max: 150 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async steps => {
        const driver = await openDriver()
        for (const [index, { price: value, side, instrumentId, quantity }] of steps.entries()) {
          const at = 1_000 * (index + 1)
          if (value !== null) await price(driver, String(value), at, instrumentId)
          const order = { side, instrumentId, quantity: decimalOf(String(quantity)) }
          await decided(driver, `k${index}`, at + 500, { ...order, referencePrice: decimalOf(String(value ?? 100)) })
        }
        const approved = driver.read(topics.tradesApproved)
        for (const { value } of approved) {
          const { exposureBefore, exposureAfter, exposureCap } = value.payload
          assert.ok(exposureAfter <= exposureBefore || exposureAfter <= exposureCap!)
        }
        const rejected = driver.read(topics.tradesRejected).map(({ value }) => value)
        const reports = driver.read(topics.ordersFills).map(({ value }) => value)
        const prices = driver.read(topics.portfolioPrices).map(({ value }) => value)
        assert.equal(verifyDecisions({ approved: approved.map(({ value }) => value), rejected, reports, prices }), [])
      }),
      { numRuns: 8 },
    )
  })
})

async function resume(driver: TestDriver, portfolioId: string, changes: { readonly lossLimit: bigint }): Promise<void> {
  const events = controlEvents(
    {
      ...{ portfolioId, controlVersion: 1n, tradingState: 'ACTIVE', currency: 'USD', exposureCap: null },
      ...{ maxPositionQty: null, rateMaximum: null, rateWindowMs: null, maxDrawdown: null, ...changes },
      ...{ flattenVersion: 0n, stateVersion: 1n, actor: 'ann', reason: 'looked at it' },
    },
    5_000,
    'test',
  )
  for (const event of events) await driver.pipe(topics.portfolioControls, event.key, event, { at: 0 })
}
