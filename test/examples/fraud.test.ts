import * as assert from 'uvu/assert'
import { alerts, attempts, cards, fraud } from '../../examples/fraud.ts'
import { testDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'

const minute = 60_000
const declined = { cents: 100, declined: true }

suite('example: a fraud rule with a punctuator', test => {
  test('the fourth decline within ten minutes blocks a card, once', async () => {
    const driver = await testDriver(fraud)
    for (const at of [0, 3, 6]) await driver.pipe(attempts, 'card', declined, { at: at * minute })
    assert.equal(driver.read(alerts), [])
    for (const at of [9, 10]) await driver.pipe(attempts, 'card', declined, { at: at * minute })
    assert.equal(driver.read(alerts), [
      { key: 'card', value: { status: 'blocked', declines: 4 }, timestamp: 9 * minute },
    ])
  })

  test('declines that are further apart do not', async () => {
    const driver = await testDriver(fraud)
    for (const at of [0, 4, 8, 12, 16]) await driver.pipe(attempts, 'card', declined, { at: at * minute })
    assert.equal(driver.read(alerts), [])
  })

  test('a block is lifted when the card has been quiet for an hour', async () => {
    const driver = await testDriver(fraud)
    for (const at of [0, 1, 2, 3]) await driver.pipe(attempts, 'card', declined, { at: at * minute })
    driver.read(alerts)
    await driver.pipe(attempts, 'other', { cents: 1, declined: false }, { at: 62 * minute })
    assert.equal(driver.read(alerts), [])
    await driver.pipe(attempts, 'other', { cents: 1, declined: false }, { at: 63 * minute })
    assert.equal(driver.read(alerts), [
      { key: 'card', value: { status: 'unblocked', declines: 0 }, timestamp: 63 * minute },
    ])
    assert.is(driver.store(cards).get('card'), undefined)
  })
})
