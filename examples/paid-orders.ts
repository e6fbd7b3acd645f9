/*
 * Orders joined with their payments: a payment counts when it comes at most 15 minutes after its order, or a minute before.
 * Orders without one are reported once it can no longer come.
 *
 *   npx tsx examples/paid-orders.ts
 */
import { json, string, topic, topology } from 'millrace'
import { testDriver } from 'millrace/testing'
import { runsDirectly } from './runs-directly.ts'

export interface Order {
  readonly customer: string
  readonly totalCents: number
}

export interface Payment {
  readonly orderId: string
  readonly cents: number
}

export interface PaidOrder extends Order {
  readonly paidCents: number
}

/** By order id. */
export const orders = topic('orders', { key: string, value: json<Order>() })
/** By payment id. */
export const payments = topic('payments', { key: string, value: json<Payment>() })
/** By order id. */
export const paidOrders = topic('paid-orders', { key: string, value: json<PaidOrder>() })
export const unpaidOrders = topic('unpaid-orders', { key: string, value: json<Order>() })

export const payOrders = topology('pay-orders', t => {
  const byOrder = t.stream(payments).selectKey(payment => payment.orderId, { key: string })
  const outcomes = t
    .stream(orders)
    .leftJoin(
      byOrder,
      { name: 'orders-payments', within: { before: '1m', after: '15m' }, grace: '1m' },
      (order, payment) => ({ order, payment }),
    )
  const { paid, rest: unpaid } = outcomes.split({ paid: ({ payment }) => payment !== null })
  paid.mapValues(({ order, payment }) => ({ ...order, paidCents: payment?.cents ?? 0 })).to(paidOrders)
  unpaid.mapValues(({ order }) => order).to(unpaidOrders)
})

export default payOrders

if (runsDirectly(import.meta.url)) {
  const minute = 60_000
  const driver = await testDriver(payOrders)
  await driver.pipe(orders, 'o-1', { customer: 'ann', totalCents: 4_200 }, { at: 0 })
  await driver.pipe(orders, 'o-2', { customer: 'bob', totalCents: 900 }, { at: 1 * minute })
  await driver.pipe(payments, 'p-1', { orderId: 'o-1', cents: 4_200 }, { at: 3 * minute })
  await driver.pipe(orders, 'o-3', { customer: 'ann', totalCents: 100 }, { at: 30 * minute })
  console.log('paid')
  console.table(driver.read(paidOrders).map(({ key, value }) => ({ order: key, ...value })))
  console.log('unpaid')
  console.table(driver.read(unpaidOrders).map(({ key, value }) => ({ order: key, ...value })))
}
