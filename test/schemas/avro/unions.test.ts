import * as assert from 'uvu/assert'
import { avro, avroOf } from '../../../schemas/avro/avro.ts'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import type { AvroSchema, TypeOf } from '../../../topology/definition/serde.ts'
import { suite } from '../../support/suite.ts'
import { bound, decimal38, fieldCodec } from './bound.ts'

const placed: AvroSchema = { type: 'record', name: 'acme.Placed', fields: [{ name: 'id', type: 'string' }] }
const cancelled: AvroSchema = {
  type: 'record',
  name: 'acme.Cancelled',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'why', type: ['null', 'string'], default: null },
  ],
}
const side: AvroSchema = { type: 'enum', name: 'acme.Side', symbols: ['BUY', 'SELL'] }
const uuidFixed: AvroSchema = { type: 'fixed', name: 'acme.Id', size: 16, logicalType: 'uuid' }
const id = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'

// Avro 1.11, "Unions": the index of the branch as a long, then the value.
suite('avro: unions whose values are wrapped', test => {
  const cases: [string, AvroSchema, [value: unknown, body: string][]][] = [
    [
      'two records',
      [placed, cancelled],
      [
        [{ 'acme.Placed': { id: 'a' } }, '000261'],
        [{ 'acme.Cancelled': { id: 'a', why: null } }, '02026100'],
      ],
    ],
    [
      'an enum and a string',
      ['null', side, 'string'],
      [
        [null, '00'],
        [{ 'acme.Side': 'SELL' }, '0202'],
        [{ string: 'SELL' }, '040853454c4c'],
      ],
    ],
    [
      'a map and a record',
      [{ type: 'map', values: 'int' }, placed],
      [
        [{ map: { id: 1 } }, '000204696402' + '00'],
        [{ 'acme.Placed': { id: 'a' } }, '020261'],
      ],
    ],
    [
      'an int and a float',
      ['int', 'float'],
      [
        [{ int: 1 }, '0002'],
        [{ float: 1 }, '020000803f'],
      ],
    ],
    [
      'an int and a time',
      ['int', { type: 'long', logicalType: 'timestamp-millis' }],
      [
        [{ int: 1 }, '0002'],
        [{ long: 1 }, '0202'],
      ],
    ],
    [
      'a long and a decimal',
      ['long', decimal38],
      [
        [{ long: 1n }, '0002'],
        [{ bytes: 1n }, '020201'],
      ],
    ],
    [
      'two fixeds',
      [
        { type: 'fixed', name: 'A', size: 1 },
        { type: 'fixed', name: 'B', size: 1 },
      ],
      [
        [{ A: Buffer.from([1]) }, '0001'],
        [{ B: Buffer.from([1]) }, '0201'],
      ],
    ],
    ['a string and a binary uuid', ['string', uuidFixed], [[{ 'acme.Id': id }, `02${id.replaceAll('-', '')}`]]],
  ]
  for (const [name, type, values] of cases) {
    test(name, () => {
      const serde = avroOf<{ x: unknown }>({ type: 'record', name: 'Outer', fields: [{ name: 'x', type }] })
      const codec = bound(serde)
      for (const [x, body] of values) {
        const bytes = codec.encode({ x }) as Uint8Array
        assert.is(Buffer.from(bytes).subarray(5).toString('hex'), body)
        assert.equal(codec.decode(bytes), { x })
        assert.equal(serde.sql.fromSql(serde.sql.toSql({ x })), { x })
      }
    })
  }

  test('as the schema of a topic: several events in one', () => {
    const codec = bound(avroOf<unknown>(['null', placed, cancelled]))
    for (const event of [null, { 'acme.Placed': { id: 'a' } }, { 'acme.Cancelled': { id: 'a', why: 'late' } }]) {
      assert.equal(codec.decode(codec.encode(event)), event)
    }
  })

  test('a value without its branch is refused, and one with two', () => {
    const codec = fieldCodec(['int', 'float'])
    for (const x of [1, { int: 1, float: 1 }, { long: 1n }, {}, null, 'int'])
      assert.throws(() => codec.encode({ x }), /at 'x' where the schema says a union of int, float/)
    assert.throws(() => codec.encode({ x: { int: 'a' } }), /has a string at 'x.int' where the schema says int/)
  })

  test('a default stands without its branch', () => {
    const codec = bound(
      avroOf<object>({
        type: 'record',
        name: 'Outer',
        fields: [
          { name: 'x', type: [placed, cancelled], default: { id: 'none' } },
          { name: 'y', type: ['int', 'float'], default: 1.5 },
        ],
      }),
    )
    assert.equal(codec.decode(codec.encode({})), { x: { 'acme.Placed': { id: 'none' } }, y: { float: 1.5 } })
  })
})

suite('avro: unions whose values are bare', test => {
  const cases: [string, AvroSchema, unknown[]][] = [
    [
      'every JavaScript type',
      ['null', 'boolean', 'int', 'long', 'string', 'bytes'],
      [null, true, 1, 1n, 'a', Buffer.from('a')],
    ],
    ['an array and a record', [{ type: 'array', items: 'int' }, placed], [[1], { id: 'a' }]],
    [
      'a decimal and bytes',
      [{ ...(decimal38 as object), type: 'fixed', name: 'D', size: 16 } as AvroSchema, 'bytes'],
      [1n, Buffer.from('a')],
    ],
    ['one record', ['null', placed], [null, { id: 'a' }]],
  ]
  for (const [name, type, values] of cases) {
    test(name, () => {
      const codec = fieldCodec(type)
      for (const x of values) assert.equal(codec.decode(codec.encode({ x })), { x })
    })
  }
})

suite('avro: unions of an older or newer schema', test => {
  const field = (type: AvroSchema): AvroSchema => ({ type: 'record', name: 'Outer', fields: [{ name: 'x', type }] })
  function reread(writer: AvroSchema, reader: AvroSchema, x: unknown): unknown {
    const registry = memoryRegistry()
    const bytes = bound(avroOf<unknown>(field(writer)), registry).encode({ x })
    return (bound(avroOf<{ x: unknown }>(field(reader)), registry).decode(bytes) as { x: unknown }).x
  }

  test('a bare union becomes a wrapped one', () => {
    assert.equal(reread(['null', placed], ['null', placed, cancelled], { id: 'a' }), { 'acme.Placed': { id: 'a' } })
    assert.is(reread(['null', placed], ['null', placed, cancelled], null), null)
  })

  test('a wrapped union becomes a bare one, for the branch that stays', () => {
    assert.equal(reread([placed, cancelled], placed, { 'acme.Placed': { id: 'a' } }), { id: 'a' })
    assert.throws(
      () => reread([placed, cancelled], placed, { 'acme.Cancelled': { id: 'a', why: null } }),
      /cannot read \('x' is record 'acme.Cancelled' there and record 'acme.Placed' here\)/,
    )
  })

  test('a type becomes one of a wrapped union, its own before a promotion', () => {
    assert.equal(reread('int', ['float', 'int'], 1), { int: 1 })
    assert.equal(reread('int', ['double', 'float'], 1), { double: 1 })
    assert.equal(reread(side, ['string', side], 'BUY'), { 'acme.Side': 'BUY' })
  })
})

/** Fails to compile unless each type can stand for the other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never

const events = avro([
  'null',
  { type: 'record', name: 'Placed', namespace: 'acme.orders', fields: [{ name: 'id', type: 'string' }] },
  {
    type: 'record',
    name: 'acme.Cancelled',
    fields: [
      { name: 'by', type: { type: 'enum', name: 'By', symbols: ['USER', 'DESK'] } },
      { name: 'who', type: ['By', 'string'] },
      { name: 'price', type: ['null', 'int', { type: 'long', logicalType: 'timestamp-millis' }] },
      {
        name: 'bare',
        type: ['null', 'int', 'long', { type: 'bytes', logicalType: 'decimal', precision: 2, scale: 4 }],
      },
    ],
  },
])

type Events =
  | null
  | { readonly 'acme.orders.Placed': { readonly id: string } }
  | {
      readonly 'acme.Cancelled': {
        readonly by: 'USER' | 'DESK'
        readonly who: { readonly 'acme.By': 'USER' | 'DESK' } | { readonly string: string }
        readonly price: null | { readonly int: number } | { readonly long: number }
        readonly bare: null | number | bigint | Buffer
      }
    }

suite('types of unions', test => {
  test('name the branch where the serde does', () => {
    const inferred: Same<TypeOf<typeof events>, Events> = true
    assert.ok(inferred)
    const event: Events = {
      'acme.Cancelled': { by: 'USER', who: { 'acme.By': 'DESK' }, price: { long: 5 }, bare: Buffer.from('a') },
    }
    assert.equal(bound(events).decode(bound(events).encode(event)), event)
  })
})
