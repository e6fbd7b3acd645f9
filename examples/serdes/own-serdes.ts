/*
 * Orders in Protobuf become totals in MessagePack.
 *
 *   npx tsx examples/serdes/own-serdes.ts
 */

import { create } from '@bufbuild/protobuf'
import { string, topic, topology } from 'millrace'
import { testDriver } from 'millrace/testing'
import { runsDirectly } from '../runs-directly.ts'
import { messagePack } from './message-pack.ts'
import { ItemSchema, OrderSchema } from './order-pb.ts'
import { protobuf } from './protobuf.ts'

/** The orders of a customer so far. */
export interface Total {
  readonly cents: bigint
  readonly pieces: number
}

export const orders = topic('orders', { key: string, value: protobuf(OrderSchema) })
export const totals = topic('totals', { key: string, value: messagePack<Total>() })

export const orderTotals = topology('order-totals', t => {
  t.stream(orders)
    .groupBy(order => order.customer, { name: 'by-customer', key: string })
    .aggregate('customer-totals', {
      init: (): Total => ({ cents: 0n, pieces: 0 }),
      add: (total, { cents, items }) => ({
        cents: total.cents + cents,
        pieces: items.reduce((sum, item) => sum + item.pieces, total.pieces),
      }),
      value: messagePack<Total>(),
    })
    .toStream()
    .to(totals)
})

export default orderTotals

if (runsDirectly(import.meta.url)) {
  const driver = await testDriver(orderTotals)
  const item = create(ItemSchema, { sku: 'shoes', pieces: 2 })
  await driver.pipe(orders, 'o-1', create(OrderSchema, { customer: 'ann', cents: 4_200n, items: [item] }))
  await driver.pipe(orders, 'o-2', create(OrderSchema, { customer: 'ann', cents: 2_100n }))
  console.table(driver.read(totals))
}
