import * as assert from 'uvu/assert'
import { type Bar, bars, candlesticks, lateTicks, ticks } from '../../examples/candlesticks.ts'
import { testDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'

suite('example: candlestick bars', test => {
  test('open and close go by event time, not by arrival', async () => {
    const driver = await testDriver(candlesticks)
    await driver.pipe(ticks, 'ACME', { price: 12, quantity: 2 }, { at: 30_000 })
    await driver.pipe(ticks, 'ACME', { price: 10, quantity: 1 }, { at: 1_000 })
    await driver.pipe(ticks, 'ACME', { price: 14, quantity: 1 }, { at: 10_000 })
    assert.equal(driver.read(bars), [])
    const bar: Bar = { open: 10, high: 14, low: 10, close: 12, volume: 4, openedAt: 1_000, closedAt: 30_000 }
    const window = { key: 'ACME', start: 0, end: 60_000 }
    assert.equal(driver.store('bars-1m').get(window), bar)
    // Final at 60 s and 5 s of grace.
    await driver.pipe(ticks, 'BETA', { price: 1, quantity: 1 }, { at: 64_999 })
    assert.equal(driver.read(bars), [])
    await driver.pipe(ticks, 'BETA', { price: 1, quantity: 1 }, { at: 65_000 })
    assert.equal(driver.read(bars), [{ key: window, value: bar, timestamp: 30_000 }])
  })

  test('a tick after the grace changes no bar and is not lost', async () => {
    const driver = await testDriver(candlesticks)
    await driver.pipe(ticks, 'ACME', { price: 10, quantity: 1 }, { at: 65_000 })
    await driver.pipe(ticks, 'ACME', { price: 99, quantity: 1 }, { at: 59_999 })
    assert.equal(driver.read(lateTicks), [
      { key: 'ACME', value: { price: 99, quantity: 1, at: 59_999 }, timestamp: 59_999 },
    ])
    assert.is(driver.store('bars-1m').all().length, 1)
  })

  test('an idle market closes its bars by the wall clock', async () => {
    const driver = await testDriver(candlesticks)
    await driver.pipe(ticks, 'ACME', { price: 10, quantity: 1 }, { at: 1_000 })
    await driver.advanceWallClock('2m')
    assert.equal(
      driver.read(bars).map(({ key }) => key),
      [{ key: 'ACME', start: 0, end: 60_000 }],
    )
    await driver.pipe(ticks, 'ACME', { price: 11, quantity: 1 }, { at: 2_000 })
    assert.is(driver.read(lateTicks).length, 1, 'the bar has been closed')
  })
})
