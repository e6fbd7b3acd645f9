import { string } from '../../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../../topology/definition/topic.ts'
import { topology } from '../../../../topology/dsl/topology.ts'
import { began, below, type Scenario, tallyDifferences } from './scenario.ts'

const orders = topic('orders', { key: string, value: string, partitions: 2 })
const payments = topic('payments', { key: string, value: string, partitions: 2 })
const near = topic('near', { key: string, value: string, partitions: 2 })

const withinMs = 200

/** Orders and payments joined where they are near in time: every pair once, whichever comes first and whatever fails. */
export const joins: Scenario = {
  topology: topology('joins', t => {
    t.stream(orders)
      .outerJoin(
        t.stream(payments),
        { within: withinMs, grace: '1h', name: 'near-join' },
        (order, payment) => `${order ?? 'none'}+${payment ?? 'none'}`,
      )
      .to(near)
  }),
  compare: 'none',
  spanMs: 8_000,
  input: random =>
    Array.from({ length: 120 }, (_, index) => ({
      topic: random() < 0.5 ? 'orders' : 'payments',
      key: `k${below(random, 5)}`,
      value: `r${index}`,
      at: began + index * 10,
    })),
  check({ input, topics }) {
    const expected: string[] = []
    for (const order of input)
      for (const payment of input)
        if (
          order.topic === 'orders' &&
          payment.topic === 'payments' &&
          order.key === payment.key &&
          Math.abs(order.at - payment.at) <= withinMs
        )
          expected.push(`${order.value}+${payment.value}`)
    return tallyDifferences(
      topics.near!.map(({ value }) => String(value)),
      expected,
    )
  },
}
