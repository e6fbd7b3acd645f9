import * as assert from 'uvu/assert'
import { recordFields } from '../../../schemas/avro/record-fields.ts'
import { avro, pickFields, string, type TypeOf } from '../../../topology/index.ts'
import { suite } from '../../support/suite.ts'

const Order = avro({
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'orderId', type: 'string' },
    { name: 'quantity', type: 'long' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
})

suite('fields of an Avro record', test => {
  test('are listed in the order of the schema, without null', () => {
    assert.equal(recordFields(Order), [
      { name: 'orderId', type: { kind: 'primitive', type: 'string' }, nullable: false },
      { name: 'quantity', type: { kind: 'primitive', type: 'long' }, nullable: false },
      { name: 'note', type: { kind: 'primitive', type: 'string' }, nullable: true },
    ])
    assert.throws(() => recordFields(string), /serde 'string', which has no Avro schema of a record/)
  })

  test('are picked out of whatever carries them', () => {
    const request = { note: null, quantity: 5n, orderId: 'o-1', token: 'secret' }
    const order: TypeOf<typeof Order> = pickFields(Order, request)
    assert.equal(order, { orderId: 'o-1', quantity: 5n, note: null })
    assert.equal(Object.keys(order), ['orderId', 'quantity', 'note'], 'in the order of the schema')
    const noted = { ...request, note: 'x' }
    assert.equal(pickFields(Order, noted, { orderId: 'o-2', note: null }), {
      orderId: 'o-2',
      quantity: 5n,
      note: null,
    })
    // @ts-expect-error the record has no such field
    pickFields(Order, request, { orderID: 'o-3' })
    const { quantity: _, ...without } = request
    // @ts-expect-error the source has no quantity
    assert.is(pickFields(Order, without).quantity, undefined)
  })
})
