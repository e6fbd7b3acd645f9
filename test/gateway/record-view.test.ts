import * as assert from 'uvu/assert'
import {
  createRoute,
  decimalField,
  decimalText,
  recordView,
  resource,
  type ViewField,
  viewFields,
  z,
} from '../../gateway/index.ts'
import { avro, string, type TypeOf } from '../../topology/index.ts'
import { suite } from '../support/suite.ts'

const decimalType = { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } as const

const Fill = avro({
  type: 'record',
  name: 'Fill',
  fields: [
    { name: 'fillId', type: 'string' },
    { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
    { name: 'legs', type: 'int' },
    { name: 'seq', type: 'long', doc: 'Its place.' },
    { name: 'ratio', type: 'double' },
    { name: 'isMaker', type: 'boolean' },
    { name: 'quantity', type: decimalType },
    { name: 'price', type: ['null', decimalType], default: null, doc: 'Null when it is unknown.' },
    { name: 'cents', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'filledAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'raw', type: 'bytes' },
    { name: 'levels', type: ['null', { type: 'array', items: 'long' }], default: null },
  ],
})

const row: TypeOf<typeof Fill> = {
  fillId: 'f-1',
  side: 'BUY',
  legs: 1,
  seq: 2n ** 60n,
  ratio: 0.5,
  isMaker: false,
  quantity: 1_500_000_000_000_000_000n,
  price: null,
  cents: 1_234n,
  filledAt: Date.parse('2010-03-01T14:30:00.000Z'),
  raw: Buffer.from([1, 2]),
  levels: [2n, 1n],
}

/** The properties that the document of a gateway has for a field. */
function described(field: ViewField<never>): { readonly description?: string; readonly example?: unknown } {
  const route = createRoute({
    method: 'get',
    path: '/',
    responses: {
      200: { description: '', content: { 'application/json': { schema: z.object({ field: field.schema }) } } },
    },
  })
  const app = resource().openapi(route, context => context.json({ field: null }, 200))
  const document = JSON.parse(
    JSON.stringify(app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: '', version: '' } })),
  )
  const { description, example } =
    document.paths['/'].get.responses[200].content['application/json'].schema.properties.field
  return { ...(description && { description }), ...(example && { example }) }
}

suite('a view of an Avro record', test => {
  test('has every field as JSON holds it: long numbers, decimals and times are strings', () => {
    const { schema, view } = recordView('Fill', viewFields(Fill))
    assert.equal(view(row), {
      fillId: 'f-1',
      side: 'BUY',
      legs: 1,
      seq: '1152921504606846976',
      ratio: 0.5,
      isMaker: false,
      quantity: '1.5',
      price: null,
      cents: '12.34',
      filledAt: '2010-03-01T14:30:00.000Z',
      raw: 'AQI=',
      levels: ['2', '1'],
    })
    assert.ok(schema.safeParse(view(row)).success)
    assert.not.ok(schema.safeParse({ ...view(row), side: 'HOLD' }).success)
    assert.not.ok(schema.safeParse({ ...view(row), quantity: null }).success)
    assert.is(view({ ...row, price: 5n }).price, '0.000000000000000005')
  })

  test('hides, renames and adds fields, and puts some first and some last', () => {
    const fields = {
      ...viewFields(Fill, { hidden: ['raw', 'levels', 'ratio', 'legs', 'cents'], names: { seq: 'place' } }),
      value: { schema: decimalField, show: ({ quantity }: { quantity: bigint }) => decimalText(2n * quantity) },
    }
    const { schema, view } = recordView('Fill', fields, { first: ['place'], last: ['fillId'] })
    const names = ['place', 'side', 'isMaker', 'quantity', 'price', 'filledAt', 'value', 'fillId']
    assert.equal(Object.keys(view(row)), names)
    assert.equal(Object.keys(schema.shape), names)
    assert.is(view(row).value, '3')
    // @ts-expect-error a hidden field is not in the view
    assert.is(view(row).raw, undefined)
    // @ts-expect-error the record has no such field
    viewFields(Fill, { hidden: ['unknown'] })
  })

  test("a field is described by the view, else by the record's doc, else by its type", () => {
    const { seq, price, quantity, side } = viewFields(Fill, {
      about: { price: { example: '28.5' }, quantity: { description: 'Signed.' } },
    })
    assert.equal(described(seq), { description: 'Its place.', example: '42' })
    assert.equal(described(price), { description: 'Null when it is unknown.', example: '28.5' })
    assert.equal(described(quantity), { description: 'Signed.', example: '1250.75' })
    assert.equal(described(side), {})
  })

  test('a serde without a record is refused', () => {
    assert.throws(() => viewFields(string), /serde 'string', which has no Avro schema of a record/)
  })
})
