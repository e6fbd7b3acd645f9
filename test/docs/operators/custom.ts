import { int64, type OperatorOptions, store, string, topology } from 'millrace'
import { counts, type Order, orders } from './topics.ts'

const seen = store.keyValue('seen', { key: string, value: int64 })

export const numbered: OperatorOptions<string, Order, string, bigint, { seen: typeof seen }> = {
  name: 'number-orders',
  stores: { seen },
  value: int64,
  async process(order, key, { stores, forward }) {
    const number = ((await stores.seen.get(order.customer)) ?? 0n) + 1n
    stores.seen.put(order.customer, number)
    forward(key, number)
  },
}

export const byCustomer = { ...numbered, name: 'number-by-customer', stores: {}, key: string, process: counted }

function counted(order: Order, _: string, { forward }: { forward(key: string, value: bigint): void }): void {
  forward(order.customer, 1n)
}

export default topology('custom', t => {
  t.stream(orders).processValues(numbered).to(counts)

  t.stream(orders).process(byCustomer).to(counts)
})
