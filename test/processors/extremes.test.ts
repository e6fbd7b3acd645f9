import * as assert from 'uvu/assert'
import { parseExecutionConfig } from '../../processors/domain/execution/execution-config.ts'
import { parseLimits } from '../../processors/domain/risk/limits.ts'
import { decimalOf } from '../../processors/domain/shared/decimal.ts'
import { registrationEvent } from '../../processors/domain/shared/registration.ts'
import { signalEvent } from '../../processors/domain/shared/signal-event.ts'
import * as topics from '../../processors/topics.ts'
import { trading } from '../../processors/trading.ts'
import { testDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'
import { instrument } from './support/arbitraries.ts'

/*
 * The books hold numeric(38,18): below 1e20. A signal whose quantity and price fit, but not their product, is a signal like
 * any other: it must be decided, not dead-lettered.
 */

const largest = '99999999999999999999'
const execution = parseExecutionConfig(`
defaults: { profile: FULL, slippageTicks: 0, minDelayMs: 10, maxDelayMs: 10 }
instruments: {}
`)

suite('extreme values', test => {
  test('every signal is decided, whatever its quantity and price', async () => {
    const limits = parseLimits(`
version: 1
slippageTicks: 3
defaults: { currency: USD, exposureCap: '40000000000000000000' }
portfolios: { p: {} }
`)
    const driver = await testDriver(trading({ limits, execution }))
    const none = { minQty: null, maxTradeQty: null, maxPositionQty: null, minNotional: null, maxNotional: null }
    const registered = registrationEvent({ ...instrument('a'), ...none }, 0, 'test')
    await driver.pipe(topics.instrumentRegistered, registered.key, registered, { at: 0 })
    const asked = [
      [largest, largest, 'NOTIONAL_EXCEEDS_MAX_PER_ORDER'],
      [largest, '1.00', 'NOTIONAL_EXCEEDS_MAX_PER_ORDER'],
      ['10000000000', '10000000000', 'NOTIONAL_EXCEEDS_MAX_PER_ORDER'],
      // The bound, three ticks above, is no price that a column could hold.
      ['0.5', '99999999999999999999.95', 'NOTIONAL_EXCEEDS_MAX_PER_ORDER'],
      ['9000000000', '9000000000', 'EXPOSURE_CAP_EXCEEDED'],
      ['-1', largest, 'QUANTITY_NOT_POSITIVE'],
      ['6000000000', '6000000000', undefined],
    ] as const
    for (const [index, [quantity, price]] of asked.entries()) {
      const event = signalEvent(
        {
          ...{ signalId: `s${index}`, idempotencyKey: `k${index}`, strategyId: 'test', portfolioId: 'p' },
          ...{ exchange: 'X', instrumentId: 'a', side: 'BUY', quantity: decimalOf(quantity), orderType: 'MARKET' },
          ...{
            limitPrice: null,
            referencePrice: decimalOf(price),
            reduceOnly: false,
            validUntil: null,
            timeInForce: null,
          },
        },
        1_000 + index,
        'test',
      )
      await driver.pipe(topics.tradingSignals, event.key, event, { at: event.occurredAt })
    }
    assert.equal(driver.deadLetters(), [])
    const rejected = driver
      .read(topics.tradesRejected)
      .map(({ value: { payload } }) => [payload.idempotencyKey, payload.reasonCode])
    assert.equal(
      rejected,
      asked.flatMap(([, , code], index) => (code === undefined ? [] : [[`k${index}`, code]])),
    )
    assert.is(driver.read(topics.tradesApproved).length, 1)
  })

  test('a limit that no column could hold is refused with the file', () => {
    const read = (line: string) => () =>
      parseLimits(`
version: 1
${line}
portfolios: { p: { currency: USD, exposureCap: '1' } }`)
    assert.throws(
      read(`maxNotionalPerOrder: '1${'0'.repeat(20)}'`),
      /maxNotionalPerOrder: may have 20 digits before the point/,
    )
    assert.is(read(`maxNotionalPerOrder: '${largest}'`)().maxNotionalPerOrder, decimalOf(largest))
  })
})
