import * as assert from 'uvu/assert'
import { parseExecutionConfig } from '../../processors/domain/execution/execution-config.ts'
import { parseLimits } from '../../processors/domain/risk/limits.ts'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import { instrumentKey } from '../../processors/domain/shared/keys.ts'
import { registrationEvent } from '../../processors/domain/shared/registration.ts'
import * as topics from '../../processors/topics.ts'
import { trading } from '../../processors/trading.ts'
import type { InstrumentRegistered } from '../../schemas/trading/generated/instrument-registered.ts'
import { instruments } from '../../store/trading/instrument-risk.ts'
import { decisions, riskPortfolios } from '../../store/trading/portfolio-risk.ts'
import { orders, portfolioSnapshots, portfolios, positions } from '../../store/trading/reconciler.ts'
import { type TestDriver, testDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'
import { instrument } from './support/arbitraries.ts'
import { text } from './support/map-rows.ts'
import { marketSignal } from './support/signal.ts'

const topology = trading({
  limits: parseLimits(`
version: 4
slippageTicks: 1
defaults: { currency: USD, exposureCap: '10000' }
portfolios: { p: {}, q: { exposureCap: '500' } }
`),
  execution: parseExecutionConfig(`
defaults: { profile: FULL, slippageTicks: 0, minDelayMs: 10, maxDelayMs: 10 }
instruments: { 'X:split': { profile: SPLIT(3) }, 'X:part': { profile: PARTIAL_EXPIRE } }
`),
})

async function openDriver(): Promise<TestDriver> {
  const driver = await testDriver(topology)
  for (const id of ['a', 'split', 'part']) await register(driver, instrument(id))
  return driver
}

async function register(driver: TestDriver, registered: InstrumentRegistered): Promise<void> {
  const event = registrationEvent(registered, 0, 'test')
  await driver.pipe(topics.instrumentRegistered, event.key, event, { at: 0 })
}

async function post(driver: TestDriver, ...events: ReturnType<typeof marketSignal>[]): Promise<void> {
  for (const event of events) {
    await driver.pipe(topics.tradingSignals, event.key, event, { at: event.occurredAt })
    await driver.advanceWallClock('1h')
  }
}

/** Everything that was written, topic by topic. */
function outputs(driver: TestDriver): string[] {
  return topics.topics.flatMap(topic => readAll(driver, topic).map(text))
}

function readAll(driver: TestDriver, topic: (typeof topics.topics)[number]) {
  return driver.readRecords(topic as typeof topics.signalsChecked)
}

suite('Trading pipeline', test => {
  test('a signal becomes a decision, an order, a fill and a portfolio', async () => {
    const driver = await openDriver()
    await post(driver, marketSignal('k1'))
    const [approved] = driver.read(topics.tradesApproved)
    const trade = approved!.value.payload
    assert.is(approved!.key, 'p')
    // reference 100 + one tick of 0.05; 10 x 100.05
    assert.is(trade.boundPrice, decimalOf('100.05'))
    assert.is(trade.reservedNotional, decimalOf('1000.5'))
    assert.equal([trade.riskSeq, trade.feedbackExecSeq, trade.limitsVersion, trade.instrumentVersion], [1n, 0n, 4, 1n])
    const [placed] = driver.read(topics.ordersPlaced)
    assert.is(placed!.timestamp, 1_010)
    const [fill] = driver.read(topics.ordersFills)
    assert.equal(
      [fill!.value.payload.execSeq, fill!.value.payload.lastPrice, fill!.timestamp],
      [1n, decimalOf('100'), 1_020],
    )
    const [updated] = driver.read(topics.portfolioUpdated)
    // fee 1000 x 0.00075 = 0.75
    assert.equal(
      [updated!.value.payload.version, updated!.value.payload.summary.cash, updated!.value.payload.summary.realisedPnl],
      [1n, decimalOf('-1000.75'), decimalOf('-0.75')],
    )
    const { correlationId } = approved!.value
    assert.is(updated!.value.correlationId, correlationId)
    assert.equal(updated!.headers, [{ key: 'correlation-id', value: Buffer.from(correlationId) }])
    const row = driver.store(positions).get(['p', 'X:a'])
    assert.equal([row?.quantity, row?.cost], [decimalOf('10'), decimalOf('1000')])
    assert.is(driver.store(orders).get(['p', placed!.value.payload.orderId])?.status, 'FILLED')
    const risk = driver.store(riskPortfolios).get('p')
    assert.equal([risk?.reserved, risk?.exposure, risk?.feedbackExecSeq], [0n, decimalOf('1000'), 1n])
    assert.equal(
      driver
        .store(portfolioSnapshots)
        .all()
        .map(({ value }) => [value.at, value.version]),
      [[1_020, 1n]],
    )
    assert.equal(driver.deadLetters(), [])
  })

  test('a repeated signal gets no second decision; the same key for another request is dead-lettered', async () => {
    const driver = await openDriver()
    await post(driver, marketSignal('k1'), marketSignal('k1', { quantity: decimalOf('5000') }, 2_000))
    assert.is(driver.read(topics.tradesApproved).length, 1)
    const dead = driver.deadLetters()
    assert.equal(
      dead.map(letter => letter.topic),
      ['trading.signals.portfolio.dlq'],
    )
    assert.match(JSON.stringify(dead[0]!.headers), 'IDEMPOTENCY_CONFLICT')
    await post(
      driver,
      marketSignal('k1'),
      marketSignal('k1', { referencePrice: decimalOf('101'), signalId: 'again' }, 3_000),
    )
    assert.is(driver.read(topics.tradesApproved).length, 0)
    assert.equal(driver.deadLetters(), [])
  })

  test('one key for two instruments is decided once, and the second is a conflict', async () => {
    const driver = await openDriver()
    await post(driver, marketSignal('k1', { instrumentId: 'none' }), marketSignal('k1', { instrumentId: 'a' }))
    assert.equal(
      driver.read(topics.tradesRejected).map(({ value }) => value.payload.reasonCode),
      ['INSTRUMENT_NOT_FOUND'],
    )
    assert.is(driver.read(topics.tradesApproved).length, 0)
    assert.is(driver.deadLetters().length, 1)
    assert.is(driver.store(decisions).get(['p', 'k1'])?.reasonCode, 'INSTRUMENT_NOT_FOUND')
  })

  test('a disabled instrument refuses from its version on; an older version changes nothing', async () => {
    const driver = await openDriver()
    await register(driver, instrument('a', { enabled: false, instrumentVersion: 3n }))
    await register(driver, instrument('a', { enabled: true, instrumentVersion: 2n }))
    await post(driver, marketSignal('k1'))
    const [rejected] = driver.read(topics.tradesRejected)
    assert.equal(
      [rejected!.value.payload.reasonCode, rejected!.value.payload.stage, rejected!.value.payload.instrumentVersion],
      ['INSTRUMENT_DISABLED', 'INSTRUMENT', 3n],
    )
    assert.is(driver.store(instruments).get(instrumentKey('X', 'a'))?.instrumentVersion, 3n)
  })

  test('an instrument that cannot be traded is dead-lettered', async () => {
    const driver = await openDriver()
    await register(driver, instrument('broken', { tickSize: 0n }))
    assert.match(driver.deadLetters()[0]!.headers['millrace.dlq.error.message']!, 'tickSize must be positive')
  })

  test('a cap frees what expired, and portfolios do not touch each other', async () => {
    const driver = await openDriver()
    const small = { portfolioId: 'q', quantity: decimalOf('4') }
    await post(driver, marketSignal('k1', { ...small, instrumentId: 'part' }))
    const expired = driver.read(topics.ordersFills).at(-1)!.value.payload
    assert.is(expired.execType, 'EXPIRED')
    const held = driver.store(riskPortfolios).get('q')!
    assert.is(held.reserved, 0n)
    assert.is(held.exposure, driver.store(positions).get(['q', 'X:part'])!.cost)
    await post(
      driver,
      marketSignal('k2', { ...small, quantity: decimalOf('5') }),
      marketSignal('k3', { quantity: decimalOf('5') }),
    )
    assert.equal(
      driver.read(topics.tradesRejected).map(({ value }) => value.payload.reasonCode),
      ['EXPOSURE_CAP_EXCEEDED'],
    )
  })

  test('9: every topic again from offset 0 with state kept adds nothing', async () => {
    const driver = await openDriver()
    const posted = mixedSignals()
    await post(driver, ...posted)
    const rows = allRows(driver)
    const written = new Map(topics.topics.map(topic => [topic.name, readAll(driver, topic)]))
    const readAgain = [
      'signals.checked',
      'trading.signals.portfolio',
      'trades.approved',
      'orders.placed',
      'orders.fills',
    ]
    for (const name of readAgain) {
      const source = topics.topics.find(topic => topic.name === name) as typeof topics.signalsChecked
      for (const { key, value, timestamp } of written.get(source.name)!)
        await driver.pipe(source, key, value, { at: timestamp })
      for (const topic of topics.topics) {
        // Repartition has no state and may repeat itself.
        const repeated = name === 'signals.checked' && topic.name === 'trading.signals.portfolio'
        const found = readAll(driver, topic).length
        assert.is(found, repeated ? written.get(source.name)!.length : 0, `${topic.name} after ${name}`)
      }
      assert.equal(allRows(driver), rows)
    }
  })

  test('10: two runs of one input give byte-equal topics and stores', async () => {
    const [first, second] = [await openDriver(), await openDriver()]
    await post(first, ...mixedSignals())
    await post(second, ...mixedSignals())
    const [left, right] = [outputs(first), outputs(second)]
    assert.ok(left.length > 60)
    assert.equal(left, right)
    assert.equal(allRows(first), allRows(second))
  })
})

/** Forty signals over two portfolios and all profiles; some are refused. */
function mixedSignals() {
  return Array.from({ length: 40 }, (_, index) =>
    marketSignal(
      `k${index}`,
      {
        portfolioId: index % 3 === 0 ? 'q' : 'p',
        instrumentId: ['a', 'split', 'part', 'none'][index % 4]!,
        side: index % 5 < 3 ? 'BUY' : 'SELL',
        quantity: decimalOf(String(1 + (index % 7))),
        referencePrice: decimalOf(String(95 + (index % 11))),
      },
      1_000 + index * 100,
    ),
  )
}

function allRows(driver: TestDriver): string[] {
  return [decisions, riskPortfolios, portfolios, positions, orders].flatMap(store =>
    driver
      .store(store as typeof portfolios)
      .all()
      .map(text),
  )
}
