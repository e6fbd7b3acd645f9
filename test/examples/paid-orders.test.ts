import * as assert from 'uvu/assert'
import { orders, paidOrders, payments, payOrders, unpaidOrders } from '../../examples/paid-orders.ts'
import { testDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'

const minute = 60_000
const order = { customer: 'ann', totalCents: 4_200 }

suite('example: orders joined with payments', test => {
  test('a payment within 15 minutes pays its order', async () => {
    const driver = await testDriver(payOrders)
    await driver.pipe(orders, 'o-1', order, { at: 0 })
    await driver.pipe(payments, 'p-1', { orderId: 'o-1', cents: 4_200 }, { at: 15 * minute })
    assert.equal(driver.read(paidOrders), [
      { key: 'o-1', value: { ...order, paidCents: 4_200 }, timestamp: 15 * minute },
    ])
    await driver.pipe(orders, 'o-2', order, { at: 60 * minute })
    assert.equal(driver.read(unpaidOrders), [], 'a paid order is not reported')
  })

  test('a payment may come a minute before its order, and no earlier', async () => {
    const driver = await testDriver(payOrders)
    await driver.pipe(payments, 'p-1', { orderId: 'o-1', cents: 1 }, { at: 0 })
    await driver.pipe(payments, 'p-2', { orderId: 'o-2', cents: 2 }, { at: 0 })
    await driver.pipe(orders, 'o-1', order, { at: minute })
    await driver.pipe(orders, 'o-2', order, { at: minute + 1 })
    assert.equal(
      driver.read(paidOrders).map(({ key }) => key),
      ['o-1'],
    )
  })

  test('an order without a payment is reported when 15 minutes and the grace have passed', async () => {
    const driver = await testDriver(payOrders)
    await driver.pipe(orders, 'o-1', order, { at: 0 })
    await driver.pipe(orders, 'o-2', order, { at: 16 * minute })
    assert.equal(driver.read(unpaidOrders), [], '15 + 1 minutes are not over yet')
    await driver.pipe(orders, 'o-3', order, { at: 16 * minute + 1 })
    assert.equal(driver.read(unpaidOrders), [{ key: 'o-1', value: order, timestamp: 0 }])
  })
})
