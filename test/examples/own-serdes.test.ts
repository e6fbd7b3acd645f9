import { create } from '@bufbuild/protobuf'
import * as assert from 'uvu/assert'
import { messagePack } from '../../examples/serdes/message-pack.ts'
import { ItemSchema, type Order, OrderSchema } from '../../examples/serdes/order-pb.ts'
import { orders, orderTotals, totals } from '../../examples/serdes/own-serdes.ts'
import { protobuf } from '../../examples/serdes/protobuf.ts'
import { type Serde, store, string, topology } from '../../topology/index.ts'
import { testDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'

const shoes = create(ItemSchema, { sku: 'shoes', pieces: 2 })
const order = create(OrderSchema, { customer: 'ann', cents: 4_200n, items: [shoes] })

/** Puts a value into a store of the serde and reads it again. */
async function kept<T>(serde: Serde<T>, value: T): Promise<unknown> {
  const values = store.keyValue('values', { key: string, value: serde })
  const driver = await testDriver(
    topology('app', t =>
      t.stream(orders).processValues({
        name: 'keep',
        stores: { values },
        value: serde,
        process(_value, key, { stores }) {
          stores.values.put(key, value)
        },
      }),
    ),
  )
  await driver.pipe(orders, 'k', order)
  assert.equal(driver.deadLetters(), [])
  return driver.store(values).get('k')
}

suite('example: serdes for Protobuf and MessagePack', test => {
  test('orders in Protobuf become totals in MessagePack', async () => {
    const driver = await testDriver(orderTotals)
    await driver.pipe(orders, 'o-1', order, { at: 0 })
    await driver.pipe(orders, 'o-2', create(OrderSchema, { customer: 'ann', cents: 2n ** 60n }), { at: 1 })
    assert.equal(driver.read(totals), [
      { key: 'ann', value: { cents: 4_200n, pieces: 2 }, timestamp: 0 },
      { key: 'ann', value: { cents: 4_200n + 2n ** 60n, pieces: 2 }, timestamp: 1 },
    ])
    assert.equal(driver.store('customer-totals').get('ann'), { cents: 4_200n + 2n ** 60n, pieces: 2 })
  })

  test('bytes that are no message become a dead letter that names topic and serde', async () => {
    const driver = await testDriver(orderTotals)
    await driver.pipeBytes(orders, Buffer.from('o-1'), Buffer.from('0affffffffff', 'hex'))
    const [letter] = driver.deadLetters()
    assert.match(
      String(letter?.headers['millrace.dlq.error.message']),
      /in topic 'orders' with serde 'protobuf:shop.Order'/,
    )
  })

  test('both come back from their columns in Postgres as they were', () => {
    const proto = protobuf(OrderSchema).sql
    assert.is(proto.pg, 'jsonb')
    assert.is(proto.toSql(order), '{"customer":"ann","cents":"4200","items":[{"sku":"shoes","pieces":2}]}')
    assert.equal(proto.fromSql(proto.toSql(order)), order)
    const packed = messagePack<object>().sql
    const value = { cents: 2n ** 60n, list: [1, 'a', null, true], bytes: Uint8Array.of(1) }
    assert.equal(packed.fromSql(packed.toSql(value)), value)
  })

  test('a store gives back what the bytes say', async () => {
    assert.equal(await kept<Order>(protobuf(OrderSchema), order), order)
    assert.equal(await kept<unknown>(messagePack(), { a: 1.5, b: undefined }), { a: 1.5, b: null })
  })
})
