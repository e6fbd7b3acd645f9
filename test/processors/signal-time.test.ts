import * as assert from 'uvu/assert'
import { parseExecutionConfig } from '../../processors/domain/execution/execution-config.ts'
import { priceEvent } from '../../processors/domain/market/price-event.ts'
import { parseLimits } from '../../processors/domain/risk/limits.ts'
import { verifyDecisions } from '../../processors/domain/risk/witness-oracle.ts'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import { registrationEvent } from '../../processors/domain/shared/registration.ts'
import { signalEvent } from '../../processors/domain/shared/signal-event.ts'
import * as topics from '../../processors/topics.ts'
import { trading } from '../../processors/trading.ts'
import { decisions } from '../../store/trading/portfolio-risk.ts'
import { type TestDriver, testDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'
import { instrument } from './support/arbitraries.ts'

const now = Date.parse('2026-03-02T10:00:00Z')
const minute = 60_000

async function openDriver(clock: 'event' | 'live'): Promise<TestDriver> {
  const topology = trading({
    limits: parseLimits(`
version: 1
slippageTicks: 1
time: { clock: ${clock}, maxAge: 10m, maxAhead: 1m }
defaults: { currency: USD, exposureCap: '100000' }
portfolios: { p: {}, q: {} }
`),
    execution: parseExecutionConfig('defaults: { profile: FULL, slippageTicks: 0, minDelayMs: 10, maxDelayMs: 10 }'),
  })
  const driver = await testDriver(topology, { now })
  const event = registrationEvent(instrument('a'), 0, 'test')
  await driver.pipe(topics.instrumentRegistered, event.key, event, { at: 0 })
  return driver
}

/** Posts a signal of a time and answers with its decision. Shape: `APPROVED`, or the reason code. */
async function decided(driver: TestDriver, idempotencyKey: string, at: number): Promise<string | undefined> {
  const event = signalEvent(
    {
      ...{ signalId: idempotencyKey, idempotencyKey, strategyId: 'test', portfolioId: 'p', exchange: 'X' },
      ...{ instrumentId: 'a', side: 'BUY', quantity: decimalOf('1'), orderType: 'MARKET', limitPrice: null },
      ...{ referencePrice: decimalOf('100'), reduceOnly: false, validUntil: null, timeInForce: null },
    },
    at,
    'test',
  )
  await driver.pipe(topics.tradingSignals, event.key, event, { at })
  const row = driver.store(decisions).get(['p', idempotencyKey])
  return row && (row.reasonCode ?? row.outcome)
}

function disagreements(driver: TestDriver) {
  const values = <V>(records: readonly { readonly value: V }[]) => records.map(({ value }) => value)
  const [approved, rejected] = [values(driver.read(topics.tradesApproved)), values(driver.read(topics.tradesRejected))]
  return verifyDecisions({ approved, rejected, reports: values(driver.read(topics.ordersFills)) })
}

suite('The time of a signal', test => {
  test('one bad clock is refused and changes nothing for the signals after it', async () => {
    for (const clock of ['event', 'live'] as const) {
      const driver = await openDriver(clock)
      assert.is(await decided(driver, 'k1', now), 'APPROVED')
      assert.is(await decided(driver, 'edge', now + minute), 'APPROVED', 'equal to the tolerance')
      assert.is(await decided(driver, 'future', now + minute + 1), 'SIGNAL_FROM_FUTURE')
      assert.is(await decided(driver, '2099', Date.parse('2099-01-01T00:00:00Z')), 'SIGNAL_FROM_FUTURE')
      assert.is(await decided(driver, 'k2', now + 1), 'APPROVED')
      assert.equal(disagreements(driver), [])
    }
  })

  test('live, a signal that waited out an outage is not carried out late', async () => {
    const driver = await openDriver('live')
    assert.is(await decided(driver, 'old', now - 10 * minute - 1), 'SIGNAL_TOO_OLD')
    assert.is(await decided(driver, 'edge', now - 10 * minute), 'APPROVED')
    const [rejected] = driver.read(topics.tradesRejected)
    const { decidedAt, details, stage } = rejected!.value.payload
    assert.equal(
      [decidedAt, details, stage],
      [now, { limit: String(now - 10 * minute), observed: String(now - 10 * minute - 1) }, 'PORTFOLIO'],
    )
  })

  test('in event time only the portfolio’s own signals say what is old: backtests of any year run', async () => {
    const driver = await openDriver('event')
    const year = Date.parse('2001-01-01T00:00:00Z')
    assert.is(await decided(driver, 'k1', year), 'APPROVED')
    assert.is(await decided(driver, 'k2', year + 20 * minute), 'APPROVED')
    assert.is(await decided(driver, 'old', year + 10 * minute - 1), 'SIGNAL_TOO_OLD')
    assert.is(await decided(driver, 'late', year + 10 * minute), 'APPROVED')
    const recorded = driver.read(topics.tradesApproved).map(({ value }) => value.payload.decidedAt)
    assert.equal(recorded, [null, null, null], 'no wall clock: two runs give the same bytes')
  })

  test('a price of the future is dead-lettered, and later ones count', async () => {
    const driver = await openDriver('event')
    const price = async (at: number) => {
      const last = decimalOf('100')
      const event = priceEvent(
        { exchange: 'X', instrumentId: 'a', bid: null, ask: null, last, bidSize: null, askSize: null, source: 'test' },
        at,
        'test',
      )
      await driver.pipe(topics.marketPrices, event.key, event, { at })
    }
    await price(now + 2 * minute)
    assert.match(driver.deadLetters()[0]!.headers['millrace.dlq.error.message']!, 'PRICE_FROM_FUTURE')
    await decided(driver, 'k1', now)
    await price(now + 10)
    assert.is(driver.read(topics.portfolioPrices).length, 1)
  })

  test('durations are read, and others are refused', () => {
    const read = (time: string) => parseLimits(`version: 1\ntime: ${time}\nportfolios: {}\n`).time
    assert.equal(read('{ clock: live, maxAge: 5m }'), { live: true, maxAgeMs: 5 * minute, maxAheadMs: null })
    assert.throws(() => read('{ clock: live, maxAge: soon }'), /write a duration as '5m'/)
  })
})
