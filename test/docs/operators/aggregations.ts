import { float64, string, topology } from 'millrace'
import { addAmount, addTotal, customerOf, larger, zero } from './functions.ts'
import { amounts, counts, large, orders, payments } from './topics.ts'

export default topology('aggregations', t => {
  t.stream(orders).groupByKey().count('orders-by-key').toStream().to(counts)

  t.stream(orders)
    .groupBy(customerOf, { name: 'by-customer', key: string })
    .count('orders-of-customers')
    .toStream()
    .to(counts)

  t.stream(orders).groupByKey().reduce('largest-orders', larger).toStream().to(large)

  t.stream(orders)
    .groupByKey()
    .aggregate('totals', { init: zero, add: addTotal, value: float64 })
    .toStream()
    .to(amounts)

  t.stream(orders)
    .groupByKey()
    .cogroup(addTotal)
    .cogroup(t.stream(payments).groupByKey(), addAmount)
    .aggregate('open-amounts', { init: zero, value: float64 })
    .toStream()
    .to(amounts)
})
