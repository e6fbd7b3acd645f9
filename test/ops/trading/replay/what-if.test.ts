import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { readPrices } from '../../../../ops/trading/demo/prices.ts'
import { signalsOf, strategiesOf } from '../../../../ops/trading/demo/strategy.ts'
import { type DecisionEvent, keyOf, recordedOf } from '../../../../ops/trading/replay/recorded-inputs.ts'
import { settle, whatIf } from '../../../../ops/trading/replay/what-if.ts'
import { parseLimits } from '../../../../processors/domain/risk/limits.ts'
import { instrumentKey } from '../../../../processors/domain/shared/keys.ts'
import { registrationEvent } from '../../../../processors/domain/shared/registration.ts'
import { signalEvent } from '../../../../processors/domain/shared/signal-event.ts'
import { instruments, limits } from '../../../../processors/settings.ts'
import { instrumentRegistered, tradesApproved, tradesRejected, tradingSignals } from '../../../../processors/topics.ts'
import { trading } from '../../../../processors/trading.ts'
import type { ExecutionReportEvent } from '../../../../schemas/trading/generated/execution-report.ts'
import type { Topic } from '../../../../topology/index.ts'
import { testDriver } from '../../../../topology/testing.ts'
import { suite } from '../../../support/suite.ts'
import { type PlainInstrument, recompute } from './recomputation.ts'

const yaml = readFileSync('processors/limits.yaml', 'utf8')

/** Portfolios of the demo whose caps bind, and one that may only reduce: no portfolio's decisions depend on another's. */
const portfolioIds = ['alpha-05', 'gamma-04', 'beta-04', 'beta-09']

const standing = { limits, topology: trading() }

/** The demo's topics: its registrations and signals, followed to their ends one by one, and what was decided. */
async function demoTopics() {
  const strategies = strategiesOf([...limits.portfolios.keys()])
  const signals = signalsOf(
    readPrices(),
    strategies.filter(({ portfolioId }) => portfolioIds.includes(portfolioId)),
  )
  const registrations = instruments.map(instrument => registrationEvent(instrument, 0, 'demo'))
  const events = signals.map(({ signal, at }) => signalEvent(signal, at, 'demo'))
  const driver = await testDriver(trading())
  for (const event of registrations) await driver.pipe(instrumentRegistered, event.key, event, { at: 0 })
  for (const event of events) {
    await driver.pipe(tradingSignals, event.key, event, { at: event.occurredAt })
    await settle(driver)
  }
  const tailed = (topic: string, values: readonly { readonly key: string }[]) =>
    values.map((value, offset) => ({ topic, partition: 0, offset, key: value.key, value }))
  const decided = [tradesApproved, tradesRejected].flatMap(topic => {
    const records = driver.read(topic as Topic<string, string, DecisionEvent>)
    return tailed(
      topic.name,
      records.map(({ value }) => value),
    )
  })
  driver.close()
  // Signals out of order, as other portfolios' are: their places come from the decisions.
  const shuffled = [...events].reverse()
  // A key that comes again much later with another signal is no second decision, and moves no other out of its place.
  const [early, late] = [events[0]!, events.at(-1)!]
  const again = { ...early.payload, signalId: 'another', quantity: 1n }
  shuffled.unshift(signalEvent(again, late.occurredAt, 'demo'))
  return recordedOf([
    ...tailed(tradingSignals.name, shuffled),
    ...tailed(instrumentRegistered.name, registrations),
    ...decided,
  ])
}

const recorded = await demoTopics()

/** The decisions of a portfolio by the independent program, with a limits file. */
function recomputed(portfolioId: string, text: string, reports: readonly ExecutionReportEvent[]) {
  const made = new Map(recorded.decisions.map(({ payload }) => [keyOf(payload), payload]))
  const plain = new Map<string, PlainInstrument>(
    instruments.map(({ exchange, instrumentId, quoteCurrency, tickSize, shortable, maxPositionQty }) => [
      instrumentKey(exchange, instrumentId),
      { currency: quoteCurrency, tickSize, shortable, maxPositionQty },
    ]),
  )
  const own = recorded.inputs.flatMap(({ signal, at }) => {
    if (signal?.payload.portfolioId !== portfolioId) return []
    const { idempotencyKey, side, quantity, limitPrice, referencePrice } = signal.payload
    const decision = made.get(keyOf(signal.payload))!
    const refused = 'stage' in decision && decision.stage === 'INSTRUMENT' ? decision.reasonCode : null
    const instrument = signal.key
    return [{ idempotencyKey, at, instrument, side, quantity, limitPrice, referencePrice: referencePrice!, refused }]
  })
  const keys = new Map(
    [...recorded.decisions].map(({ payload }) => [
      'tradeId' in payload ? payload.tradeId : payload.decisionId,
      payload.idempotencyKey,
    ]),
  )
  const fills = reports
    .map(({ payload }) => payload)
    .filter(({ lastPrice }) => lastPrice !== null)
    .sort((a, b) => Number(a.execSeq - b.execSeq))
    .map(({ tradeId, lastQty, lastPrice }) => ({
      idempotencyKey: keys.get(tradeId)!,
      quantity: lastQty,
      price: lastPrice!,
    }))
  return recompute(portfolioId, own, plain, fills, text)
}

/** The inputs of one portfolio, and what all need. */
const few = {
  ...recorded,
  inputs: recorded.inputs.filter(({ signal }) => !signal || signal.payload.portfolioId === 'gamma-04'),
}

suite('what-if', test => {
  test('without a change nothing changes, and every decision is made again', async () => {
    const found = await whatIf(recorded, standing, { limits }, () => true)
    assert.ok(found.signals > 300, `${found.signals} signals`)
    assert.is(found.signals, recorded.decisions.length)
    assert.equal([found.changed, found.unlike], [[], []])
    for (const portfolioId of portfolioIds) {
      const own = recomputed(portfolioId, yaml, found.reports)
      for (const { payload } of recorded.decisions)
        if (payload.portfolioId === portfolioId)
          assert.is(
            own.get(payload.idempotencyKey),
            'tradeId' in payload ? 'APPROVED' : payload.reasonCode,
            `the independent program on ${payload.idempotencyKey}`,
          )
    }
  })

  for (const [portfolioId, cap, raised] of [
    ['gamma-04', '10000', '12000'],
    ['alpha-05', '50000', '60000'],
  ] as const)
    test(`raising the cap of ${portfolioId} changes exactly the decisions that an independent recomputation says`, async () => {
      const line = `${portfolioId}: { exposureCap: '${cap}'`
      assert.ok(yaml.includes(line))
      const changed = yaml.replace(line, line.replace(cap, raised)).replace('version: 1', 'version: 2')
      const found = await whatIf(recorded, standing, { limits: parseLimits(changed) }, () => true)
      assert.equal(found.unlike, [])
      assert.ok(found.changed.every(one => one.portfolioId === portfolioId))
      const before = recomputed(portfolioId, yaml, found.reports)
      const after = recomputed(portfolioId, changed, found.reports)
      const expected = recorded.decisions
        .filter(({ payload }) => payload.portfolioId === portfolioId)
        .map(({ payload }) => [payload.idempotencyKey, 'tradeId' in payload ? 'APPROVED' : payload.reasonCode] as const)
        .filter(([key, outcome]) => after.get(key) !== outcome)
        .map(([key, outcome]) => `${key}: ${outcome} -> ${after.get(key)}`)
      const said = found.changed.map(({ idempotencyKey, made, now }) => {
        const outcome = (text: string) => text.replace('REJECTED ', '')
        return `${idempotencyKey}: ${outcome(made)} -> ${outcome(now)}`
      })
      assert.ok(before.size === after.size)
      assert.ok(expected.length > 0, 'the cap did bind')
      assert.equal(said.sort(), [...expected].sort())
    })

  test('a change holds from the window on: decisions before it are the made ones, and are not compared', async () => {
    const times = few.inputs.flatMap(({ signal, at }) => (signal ? [at] : [])).sort((a, b) => a - b)
    const middle = times[Math.floor(times.length / 2)]!
    const halted = yaml.replace('tradingState: ACTIVE', 'tradingState: HALTED').replace('version: 1', 'version: 2')
    const found = await whatIf(few, standing, { limits: parseLimits(halted) }, ({ at }) => at >= middle)
    assert.equal(found.unlike, [])
    assert.ok(found.changed.length > 0)
    assert.ok(found.changed.every(({ at, now }) => at >= middle && now === 'REJECTED TRADING_HALTED'))
    const approved = recorded.decisions.filter(
      ({ payload }) => payload.portfolioId === 'gamma-04' && 'tradeId' in payload,
    )
    const before = found.decisions.filter(event => 'tradeId' in event.payload && event.occurredAt < middle)
    assert.is(before.length, approved.filter(({ occurredAt }) => occurredAt < middle).length)
  })

  test("a decision that today's definition does not make again is not blamed on the change", async () => {
    const first = recorded.decisions.find(({ payload }) => payload.portfolioId === 'gamma-04')!
    const decisions = recorded.decisions.filter(event => event !== first)
    const found = await whatIf({ inputs: few.inputs, decisions }, standing, { limits }, () => true)
    assert.is(found.changed.length, 0)
    assert.equal(
      found.unlike.map(({ idempotencyKey, made }) => [idempotencyKey, made]),
      [[first.payload.idempotencyKey, 'none']],
    )
  })
})
