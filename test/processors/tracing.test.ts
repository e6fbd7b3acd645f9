import * as assert from 'uvu/assert'
import { parseExecutionConfig } from '../../processors/domain/execution/execution-config.ts'
import { parseLimits } from '../../processors/domain/risk/limits.ts'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import { registrationEvent } from '../../processors/domain/shared/registration.ts'
import * as topics from '../../processors/topics.ts'
import { trading } from '../../processors/trading.ts'
import type { Header } from '../../topology/definition/record.ts'
import { testDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'
import { instrument } from './support/arbitraries.ts'
import { marketSignal } from './support/signal.ts'

// Shape and example: W3C Trace Context, section 3.2.
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

suite('tracing', test => {
  test('a traceparent on a signal, and its correlation id, travel to every record that it causes', async () => {
    const limits = parseLimits(`
version: 1
slippageTicks: 1
defaults: { currency: USD, exposureCap: '10000' }
portfolios: { p: {} }
`)
    const execution = parseExecutionConfig(`
defaults: { profile: FULL, slippageTicks: 0, minDelayMs: 10, maxDelayMs: 10 }
instruments: {}
`)
    const driver = await testDriver(trading({ limits, execution }))
    const registered = registrationEvent(instrument('a'), 0, 'test')
    await driver.pipe(topics.instrumentRegistered, registered.key, registered, { at: 0 })
    // 10 x 100 is under the cap of 10,000; 1,000 x 100 is over it and is rejected.
    const [accepted, refused] = [marketSignal('k1'), marketSignal('k2', { quantity: decimalOf('1000') })]
    for (const event of [accepted, refused])
      await driver.pipe(topics.tradingSignals, event.key, event, {
        at: event.occurredAt,
        headers: [{ key: 'traceparent', value: Buffer.from(traceparent) }],
      })
    await driver.advanceWallClock('1h')
    const said = (headers: readonly Header[] = []) => {
      assert.is(headers.length, 2, 'each once')
      return Object.fromEntries(headers.map(({ key, value }) => [key, value && Buffer.from(value).toString()]))
    }
    const caused = (correlationId: string) => ({ traceparent, 'correlation-id': correlationId })
    const yes = caused(accepted.correlationId)
    const no = caused(refused.correlationId)

    assert.equal(
      driver.read(topics.signalsChecked).map(({ headers }) => said(headers)),
      [yes, no],
    )
    assert.equal(
      driver.read(topics.tradesApproved).map(({ headers }) => said(headers)),
      [yes],
    )
    assert.equal(
      driver.read(topics.tradesRejected).map(({ headers }) => said(headers)),
      [no],
    )
    for (const topic of [topics.ordersPlaced, topics.ordersFills, topics.portfolioUpdated]) {
      const records = driver.readRecords(topic as typeof topics.ordersPlaced)
      assert.ok(records.length > 0, topic.name)
      for (const { headers } of records) assert.equal(said(headers), yes, topic.name)
    }
  })
})
