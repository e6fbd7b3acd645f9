import { int64, string, topic, topology } from 'millrace'
import { OrderPlaced } from './schemas/generated/order-placed.ts'

export const placed = topic('orders-placed', { key: string, value: OrderPlaced })
export const spent = topic('customers-spent', { key: string, value: int64 })

export default topology('shop', t => {
  t.stream(placed)
    .groupBy(order => order.customer, { name: 'by-customer', key: string })
    .aggregate('spent-cents', { init: () => 0n, add: (sum, { total }) => sum + total, value: int64 })
    .toStream()
    .to(spent)
})
