import * as assert from 'uvu/assert'
import { parseExecutionConfig } from '../../processors/domain/execution/execution-config.ts'
import { priceEvent } from '../../processors/domain/market/price-event.ts'
import { controlEvents, everyPartitionKeys } from '../../processors/domain/risk/control-event.ts'
import { parseLimits } from '../../processors/domain/risk/limits.ts'
import { verifyDecisions } from '../../processors/domain/risk/witness-oracle.ts'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import { registrationEvent } from '../../processors/domain/shared/registration.ts'
import * as topics from '../../processors/topics.ts'
import { trading } from '../../processors/trading.ts'
import type { PortfolioControl } from '../../schemas/trading/generated/portfolio-control.ts'
import { decisions, portfolioControlRules, riskPortfolios } from '../../store/trading/portfolio-risk.ts'
import { positions } from '../../store/trading/reconciler.ts'
import { partitionOf } from '../../topology/runtime/partitioner.ts'
import { type TestDriver, testDriver } from '../../topology/testing/driver.ts'
import { simulate } from '../../topology/testing.ts'
import { suite } from '../support/suite.ts'
import { instrument } from './support/arbitraries.ts'
import { marketSignal } from './support/signal.ts'

const topology = trading({
  limits: parseLimits(`
version: 3
slippageTicks: 1
defaults: { currency: USD, exposureCap: '100000' }
portfolios: { p: {}, q: {} }
`),
  execution: parseExecutionConfig(`
defaults: { profile: FULL, slippageTicks: 0, minDelayMs: 10, maxDelayMs: 10 }
`),
})

async function openDriver(): Promise<TestDriver> {
  const driver = await testDriver(topology)
  await register(driver)
  return driver
}

async function register(driver: TestDriver, changes: Parameters<typeof instrument>[1] = {}): Promise<void> {
  const event = registrationEvent(instrument('a', changes), 0, 'test')
  await driver.pipe(topics.instrumentRegistered, event.key, event, { at: 0 })
}

/** The decisions that the oracle does not reach. */
function disagreements(driver: TestDriver) {
  const values = <V>(records: readonly { readonly value: V }[]) => records.map(({ value }) => value)
  return verifyDecisions({
    approved: values(driver.read(topics.tradesApproved)),
    rejected: values(driver.read(topics.tradesRejected)),
    reports: values(driver.read(topics.ordersFills)),
  })
}

/** Rules of a portfolio; null: of every one. */
function rules(portfolioId: string | null, controlVersion: bigint, changes: Partial<PortfolioControl> = {}) {
  const payload: PortfolioControl = {
    portfolioId,
    controlVersion,
    tradingState: 'ACTIVE',
    currency: portfolioId === null ? null : 'USD',
    exposureCap: portfolioId === null ? null : decimalOf('100000'),
    maxPositionQty: null,
    rateMaximum: null,
    rateWindowMs: null,
    lossLimit: null,
    maxDrawdown: null,
    flattenVersion: 0n,
    stateVersion: 0n,
    actor: 'ann',
    reason: 'test',
    ...changes,
  }
  return controlEvents(payload, 5_000, 'test')
}

async function set(driver: TestDriver, events: ReturnType<typeof rules>): Promise<void> {
  for (const event of events) await driver.pipe(topics.portfolioControls, event.key, event, { at: event.occurredAt })
}

async function post(driver: TestDriver, ...events: ReturnType<typeof marketSignal>[]): Promise<void> {
  for (const event of events) {
    await driver.pipe(topics.tradingSignals, event.key, event, { at: event.occurredAt })
    await driver.advanceWallClock('1h')
  }
}

/** The decision on a signal. Shape: `APPROVED`, or the reason code. */
function decided(driver: TestDriver, idempotencyKey: string, portfolioId = 'p'): string | undefined {
  const row = driver.store(decisions).get([portfolioId, idempotencyKey])
  return row && (row.reasonCode ?? row.outcome)
}

function held(driver: TestDriver): bigint | undefined {
  return driver.store(positions).get(['p', 'X:a'])?.quantity
}

suite('Limits at run time', test => {
  test('a halt holds from the record after it, and each decision says which rules it saw', async () => {
    const driver = await openDriver()
    await post(driver, marketSignal('before'))
    await set(driver, rules('p', 1n, { tradingState: 'HALTED' }))
    await post(driver, marketSignal('halted'), marketSignal('other', { portfolioId: 'q' }))
    await set(driver, rules('p', 2n))
    await post(driver, marketSignal('after'))
    assert.equal(
      ['before', 'halted', 'after'].map(key => decided(driver, key)),
      ['APPROVED', 'TRADING_HALTED', 'APPROVED'],
    )
    assert.is(decided(driver, 'other', 'q'), 'APPROVED', 'one portfolio only')
    const seen = ['before', 'halted', 'after'].map(key => driver.store(decisions).get(['p', key]))
    assert.equal(
      seen.map(row => [row?.limitsVersion, row?.controlVersion]),
      [
        [3, 0n],
        [3, 1n],
        [3, 2n],
      ],
    )
    const row = driver.store(portfolioControlRules).get('p')
    assert.equal([row?.actor, row?.reason, row?.changedAt], ['ann', 'test', 5_000])
  })

  test('cap, position limit and rate of a control take the place of the file’s', async () => {
    const driver = await openDriver()
    await set(driver, rules('p', 1n, { exposureCap: decimalOf('1500'), maxPositionQty: decimalOf('12') }))
    await post(
      driver,
      marketSignal('k1'),
      marketSignal('cap', { quantity: decimalOf('12') }),
      marketSignal('position', { quantity: decimalOf('2.5') }),
    )
    assert.equal(
      ['k1', 'cap', 'position'].map(key => decided(driver, key)),
      ['APPROVED', 'POSITION_LIMIT_EXCEEDED', 'POSITION_LIMIT_EXCEEDED'],
    )
    await set(driver, rules('p', 2n, { exposureCap: decimalOf('1500'), rateMaximum: 1, rateWindowMs: 1_000n }))
    await post(
      driver,
      marketSignal('k2', { quantity: decimalOf('1') }, 9_000),
      marketSignal('k3', { quantity: decimalOf('1') }, 9_001),
    )
    await post(driver, marketSignal('k4', {}, 20_000))
    assert.equal(
      ['k2', 'k3', 'k4'].map(key => decided(driver, key)),
      ['APPROVED', 'RATE_LIMIT_EXCEEDED', 'EXPOSURE_CAP_EXCEEDED'],
    )
  })

  test('a portfolio that the file does not name begins with its first control', async () => {
    const driver = await openDriver()
    await post(
      driver,
      marketSignal('k1', { portfolioId: 'new' }),
      marketSignal('k1b', { portfolioId: 'new', instrumentId: 'none' }),
    )
    assert.is(driver.store(riskPortfolios).get('new'), undefined, 'an unknown portfolio becomes no row')
    assert.equal(
      ['k1', 'k1b'].map(key => driver.store(decisions).get(['new', key])?.riskSeq),
      [0n, 0n],
    )
    await set(driver, rules('new', 1n))
    await post(driver, marketSignal('k2', { portfolioId: 'new' }))
    assert.equal(
      ['k1', 'k2'].map(key => decided(driver, key, 'new')),
      ['PORTFOLIO_NOT_FOUND', 'APPROVED'],
    )
    assert.is(driver.store(decisions).get(['new', 'k2'])?.riskSeq, 1n)
    assert.equal(disagreements(driver), [])
  })

  test('the kill switch reaches every partition, and the stricter of two states holds', async () => {
    assert.equal(
      everyPartitionKeys.map(key => partitionOf(Buffer.from(key), topics.portfolioControls.partitions!)),
      [0, 1, 2, 3, 4, 5],
    )
    const driver = await openDriver()
    await set(driver, rules(null, 1n, { tradingState: 'HALTED' }))
    const names = ['p', 'q', 'a', 'b', 'c', 'd', 'e', 'f', 'g']
    for (const name of names.slice(2)) await set(driver, rules(name, 1n))
    await post(driver, ...names.map(portfolioId => marketSignal('k', { portfolioId })))
    assert.equal(new Set(names.map(name => decided(driver, 'k', name))), new Set(['TRADING_HALTED']))
    assert.is(driver.store(decisions).get(['p', 'k'])?.killSwitchVersion, 1n)
    await set(driver, rules('p', 1n, { tradingState: 'REDUCING' }))
    await set(driver, rules(null, 2n))
    await post(driver, marketSignal('k2'), marketSignal('k2', { portfolioId: 'q' }))
    assert.equal([decided(driver, 'k2'), decided(driver, 'k2', 'q')], ['TRADING_STATE_REDUCING', 'APPROVED'])
  })

  test('older rules change nothing; two rule sets under one version are refused, as are rules under a foreign key', async () => {
    const driver = await openDriver()
    await set(driver, rules('p', 2n, { tradingState: 'HALTED' }))
    await set(driver, rules('p', 1n))
    await set(driver, rules('p', 2n, { tradingState: 'HALTED', actor: 'bob' }))
    assert.equal(driver.deadLetters(), [], 'the same rules again')
    await set(driver, rules('p', 2n))
    const [event] = rules('p', 3n)
    await driver.pipe(topics.portfolioControls, 'q', { ...event!, key: 'q' }, { at: 0 })
    await set(driver, rules('p', 4n, { tradingState: 'SLEEPING' }))
    const dead = driver.deadLetters().map(letter => letter.headers['millrace.dlq.error.message'] ?? '')
    for (const [index, words] of ['CONTROL_VERSION_CONFLICT', 'KEY_MISMATCH', 'tradingState must be'].entries())
      assert.match(dead[index] ?? '', words)
    await post(driver, marketSignal('k'))
    assert.is(decided(driver, 'k'), 'TRADING_HALTED')
  })

  test('flatten closes what is held, once, and also what no order of the usual size could close', async () => {
    const driver = await openDriver()
    await post(driver, marketSignal('k1', { quantity: decimalOf('10.5') }))
    await register(driver, {
      instrumentVersion: 2n,
      lotSize: decimalOf('1'),
      minQty: decimalOf('20'),
      minNotional: decimalOf('5000'),
      enabled: false,
    })
    await set(driver, rules('p', 1n, { tradingState: 'REDUCING', flattenVersion: 1n }))
    await driver.advanceWallClock('1h')
    assert.is(held(driver), 0n)
    assert.is(decided(driver, 'flatten:1:X:a'), 'APPROVED')
    await set(driver, rules('p', 2n, { flattenVersion: 1n }))
    assert.is(driver.store(decisions).all().length, 2, 'it is asked for once')
    assert.equal(driver.deadLetters(), [])
    assert.equal(disagreements(driver), [])
  })

  test('flatten where the market has prices closes at them, and leaves an order on its way alone', async () => {
    const driver = await openDriver()
    const at = (text: string, time: number) => {
      const last = decimalOf(text)
      return priceEvent(
        { exchange: 'X', instrumentId: 'a', bid: null, ask: null, last, bidSize: null, askSize: null, source: 'test' },
        time,
        'test',
      )
    }
    const prices = async (...events: ReturnType<typeof at>[]) => {
      for (const event of events) await driver.pipe(topics.marketPrices, event.key, event, { at: event.occurredAt })
    }
    await prices(at('100', 500))
    await post(driver, marketSignal('k1', { side: 'SELL' }))
    await post(
      driver,
      marketSignal('rest', { orderType: 'LIMIT', limitPrice: decimalOf('90'), quantity: decimalOf('4') }),
    )
    await prices(at('101.02', 2_000))
    await set(driver, rules('p', 1n, { tradingState: 'REDUCING', flattenVersion: 1n }))
    await driver.advanceWallClock('1h')
    const fills = driver.read(topics.ordersFills).map(({ value: { payload } }) => [payload.lastQty, payload.lastPrice])
    assert.equal(fills.at(-1), [decimalOf('6'), decimalOf('101.05')])
    await prices(at('90', 9_000))
    await driver.advanceWallClock('1h')
    assert.is(held(driver), 0n)
  })

  test('a reduce-only order below a minimum that does not close the position is refused for that', async () => {
    const driver = await openDriver()
    await post(driver, marketSignal('k1'))
    await register(driver, { instrumentVersion: 2n, lotSize: decimalOf('4'), enabled: false })
    const close = (quantity: string) => ({ side: 'SELL', quantity: decimalOf(quantity), reduceOnly: true }) as const
    await post(
      driver,
      marketSignal('odd', close('9')),
      marketSignal('open', { side: 'SELL' }),
      marketSignal('lot', close('8')),
      marketSignal('rest', close('2')),
    )
    assert.equal(
      ['odd', 'open', 'lot', 'rest'].map(key => decided(driver, key)),
      ['QUANTITY_NOT_LOT_MULTIPLE', 'INSTRUMENT_DISABLED', 'APPROVED', 'APPROVED'],
    )
    assert.is(held(driver), 0n)
  })

  test('under faults a flattened portfolio is flat, and no decision is taken twice', async () => {
    const at = <V extends { readonly key: string; readonly occurredAt: number }>(
      topic: string,
      value: V,
      time = value.occurredAt,
    ) => ({
      topic,
      key: value.key,
      value,
      at: time,
    })
    const report = await simulate(topology, {
      seeds: 6,
      input: [
        at('instrument.registered', registrationEvent(instrument('a'), 0, 'test')),
        at('trading.signals', marketSignal('k1')),
        at('trading.signals', marketSignal('k2', { portfolioId: 'q' })),
        ...rules('p', 1n, { tradingState: 'REDUCING', flattenVersion: 1n }).map(event =>
          at('portfolio.controls', event),
        ),
        ...rules(null, 1n, { tradingState: 'HALTED' }).map(event => at('portfolio.controls', event)),
      ],
    })
    assert.is(report.failure, undefined)
  })
})
