import { boolean, doublePrecision, integer, text, uuid } from 'drizzle-orm/pg-core'
import * as assert from 'uvu/assert'
import { json } from '../../schemas/json.ts'
import { type AvroSchema, avro, avroOf, columns, columnsOf, store, string, type TypeOf } from '../../topology/index.ts'
import { suite } from '../support/suite.ts'
import { claimMemory, openTable } from './open-table.ts'

const decimalType = { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } as const

const Fill = avro({
  type: 'record',
  name: 'Fill',
  fields: [
    { name: 'fillId', type: 'string' },
    { name: 'venueId', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
    { name: 'orderSide', type: 'Side' },
    { name: 'legs', type: 'int' },
    { name: 'seq', type: 'long' },
    { name: 'ratio', type: 'double' },
    { name: 'isMaker', type: 'boolean' },
    { name: 'quantity', type: decimalType },
    { name: 'limitPrice', type: ['null', decimalType], default: null },
    { name: 'filledAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'raw', type: ['bytes', 'null'] },
  ],
})

const fills = store.table('fills', columnsOf(Fill), {
  key: ['fillId', 'seq'],
  value: Fill,
  indexes: [['fillId', 'legs']],
})

/** The same by hand. */
const byHand = store.table(
  'fills',
  {
    fillId: text().notNull(),
    venueId: uuid().notNull(),
    side: text().$type<'BUY' | 'SELL'>().notNull(),
    orderSide: text().$type<'BUY' | 'SELL'>().notNull(),
    legs: integer().notNull(),
    seq: columns.bigint().notNull(),
    ratio: doublePrecision().notNull(),
    isMaker: boolean().notNull(),
    quantity: columns.decimal().notNull(),
    limitPrice: columns.decimal(),
    filledAt: columns.timestamp().notNull(),
    raw: columns.bytes().$type<Buffer>(),
  },
  { key: ['fillId', 'seq'], value: Fill, indexes: [['fillId', 'legs']] },
)

type Row = TypeOf<typeof Fill>

const shapeOf = ({ key, value, indexes }: Pick<typeof fills, 'key' | 'value' | 'indexes'>) => ({
  indexes,
  columns: [...key.columns, ...value.columns].map(({ name, sql, nullable }) => [name, sql.pg, nullable ?? false]),
})

function recordOf(type: unknown): AvroSchema {
  return { type: 'record', name: 'R', fields: [{ name: 'f', type }] }
}

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

suite('columns of an Avro record', test => {
  test('are those that one would write by hand: name, type, null', () => {
    assert.equal(shapeOf(fills), shapeOf(byHand))
    assert.equal(shapeOf(fills).columns.slice(0, 2), [
      ['fill_id', 'text', false],
      ['seq', 'bigint', false],
    ])
    assert.equal(shapeOf(fills).columns.at(-3), ['limit_price', 'numeric(38,18)', true])
  })

  test('are typed by the record: key, row, and the drizzle table', async () => {
    const typed = store.table('fills', columnsOf(Fill), { key: ['fillId', 'seq'], value: Fill })
    const face = typed.open(await openTable(typed, await claimMemory(typed as never)))
    const row: Row = {
      fillId: 'f-1',
      venueId: 'd9428888-122b-11e1-b85c-61cd3cbb320b',
      side: 'BUY',
      orderSide: 'SELL',
      legs: 1,
      seq: 7n,
      ratio: 0.5,
      isMaker: false,
      quantity: 5n,
      limitPrice: null,
      filledAt: 1_700_000_000_000,
      raw: Buffer.from([1]),
    }
    face.put(['f-1', 7n], row)
    assert.equal(await face.get(['f-1', 7n]), row)
    const selected: typeof fills.table.$inferSelect = row
    const side: 'BUY' | 'SELL' = selected.side
    const limit: bigint | null = selected.limitPrice
    assert.equal([side, limit], ['BUY', null])
    // @ts-expect-error a key of this table is a text and a bigint
    assert.throws(() => face.put(['f-1', 7], row))
    // @ts-expect-error the key names no field
    const unknown = () => store.table('fills', columnsOf(Fill), { key: ['fill'], value: Fill })
    assert.throws(unknown, /the key names 'fill'/)
  })

  test('one of them may be given by hand', () => {
    const own = { ...columnsOf(Fill), ratio: doublePrecision('weight').notNull() }
    const made = store.table('fills', own, { key: ['fillId'], value: Fill })
    assert.is(made.table.ratio.name, 'weight')
  })

  test('a decimal has its own precision and scale, and a part of a record is jsonb', () => {
    const sqlOf = (type: unknown) => {
      const fields = [
        { name: 'id', type: 'string' },
        { name: 'f', type },
      ]
      const serde = avroOf<{ id: string; f: unknown }>({ type: 'record', name: 'Outer', fields })
      const made = store.table('t', columnsOf(serde) as never, { key: ['id'], value: serde } as never)
      return made.value.columns.map(({ sql, nullable }) => `${sql.pg}${nullable ? '?' : ''}`)[0]
    }
    assert.is(sqlOf({ type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 }), 'numeric(10,2)')
    assert.is(sqlOf({ type: 'fixed', name: 'F', size: 8, logicalType: 'decimal', precision: 9 }), 'numeric(9,0)')
    assert.is(sqlOf({ type: 'fixed', name: 'F', size: 8 }), 'bytea')
    assert.is(sqlOf({ type: 'fixed', name: 'F', size: 16, logicalType: 'uuid' }), 'uuid')
    assert.is(sqlOf({ type: 'array', items: 'long' }), 'jsonb')
    assert.is(sqlOf(['null', { type: 'map', values: 'string' }]), 'jsonb?')
    assert.is(sqlOf(['null', 'string', 'long']), 'jsonb?')
    assert.is(sqlOf(recordOf('long')), 'jsonb')
    assert.is(sqlOf({ type: 'int', logicalType: 'date' }), 'integer')
  })

  test('what no column holds is refused with the remedy', () => {
    assert.is(
      refusal(() => columnsOf(avroOf(recordOf('float')))),
      "field 'f' of serde 'avro:R' is a float, which no column holds: make it a double, which reads what floats wrote",
    )
    assert.match(
      refusal(() => columnsOf(avroOf(recordOf('null')))),
      'is a null, which no column holds',
    )
    const none =
      "fields are asked of serde 'string', which has no Avro schema of a record: give one of avro() or avroOf()"
    assert.is(
      refusal(() => columnsOf(string)),
      none,
    )
    assert.match(
      refusal(() => columnsOf(json<{ id: string }>())),
      "serde 'json', which has no Avro schema",
    )
    assert.match(
      refusal(() => columnsOf(avroOf({ type: 'array', items: 'string' }))),
      'which has no Avro schema',
    )
  })
})
