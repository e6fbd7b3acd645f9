import * as assert from 'uvu/assert'
import { avroOf } from '../../../schemas/avro/avro.ts'
import { incompatibilities } from '../../../schemas/compatibility.ts'
import type { AvroSchema, SchemaRegistry } from '../../../topology/definition/serde.ts'
import { suite } from '../../support/suite.ts'
import { bound } from './bound.ts'

const record = (...fields: object[]): AvroSchema => ({ type: 'record', name: 'acme.R', fields })
const field = (type: AvroSchema) => record({ name: 'x', type })
const enumOf = (...symbols: string[]): AvroSchema => ({ type: 'enum', name: 'Side', symbols })

/** Two schemas under ids 1 and 2, as a registry has them during a rolling deploy. */
function rolling(older: AvroSchema, newer: AvroSchema) {
  const registry = {
    idOf: (_subject: string, schema: AvroSchema) => (schema === older ? 1 : 2),
    schemaOf: (id: number) => (id === 1 ? older : newer),
  } as unknown as SchemaRegistry
  return {
    older: bound(avroOf<{ x: unknown }>(older), registry),
    newer: bound(avroOf<{ x: unknown }>(newer), registry),
  }
}

suite('avro: an older reader fails on the records that it cannot read, and on no others', test => {
  const cases: [string, AvroSchema, AvroSchema, readable: unknown[], unreadable: unknown, RegExp][] = [
    [
      'a new symbol',
      enumOf('BUY'),
      enumOf('SHORT', 'BUY'),
      ['BUY'],
      'SHORT',
      /'x' holds a symbol that enum 'acme.Side' lacks here/,
    ],
    [
      'a new branch',
      ['null', 'string'],
      ['null', 'long', 'string'],
      [null, 'a'],
      5n,
      /'x' is long there and a union without it here/,
    ],
    ['a field that became optional', 'string', ['null', 'string'], ['a'], null, /'x' is null there and string here/],
    [
      'a new symbol in an array',
      { type: 'array', items: enumOf('BUY') },
      { type: 'array', items: enumOf('BUY', 'SHORT') },
      [[], ['BUY', 'BUY']],
      ['BUY', 'SHORT'],
      /'x\[\]' holds a symbol/,
    ],
    [
      'a new branch in a map',
      { type: 'map', values: ['null', 'int'] },
      { type: 'map', values: ['null', 'int', 'string'] },
      [{}, { a: 1, b: null }],
      { a: 'text' },
      /'x\{\}' is string there/,
    ],
    [
      'a new record in a union',
      ['null', { type: 'record', name: 'A', fields: [{ name: 'n', type: 'int' }] }],
      ['null', { type: 'record', name: 'A', fields: [{ name: 'n', type: 'int' }] }, { type: 'array', items: 'int' }],
      [null, { n: 1 }],
      [1],
      /'x' is array there/,
    ],
    ['a union for a type', 'int', ['int', 'string', 'boolean'], [5], true, /'x' is boolean there and int here/],
  ]
  for (const [name, before, after, readable, unreadable, message] of cases) {
    test(name, () => {
      assert.equal(incompatibilities(field(after), [field(before)]), [], 'the deploy is one that the check lets pass')
      const { older, newer } = rolling(field(before), field(after))
      for (const x of readable) assert.equal(older.decode(newer.encode({ x })), { x })
      try {
        older.decode(newer.encode({ x: unreadable }))
      } catch (error) {
        assert.is((error as { code: string }).code, 'DECODE_FAILED')
        assert.match((error as Error).message, /was written with schema id 2, which avro:acme\.R cannot read/)
        assert.match((error as Error).message, message)
        return
      }
      assert.unreachable()
    })
  }

  test('a record within, in its own chain', () => {
    const list = (...symbols: string[]): AvroSchema => ({
      type: 'record',
      name: 'acme.R',
      fields: [
        { name: 'x', type: { type: 'enum', name: 'E', symbols } },
        { name: 'next', type: ['null', 'acme.R'], default: null },
      ],
    })
    const { older, newer } = rolling(list('A'), list('A', 'B'))
    const chain = { x: 'A', next: { x: 'A', next: null } }
    assert.equal(older.decode(newer.encode(chain)), chain)
    assert.throws(
      () => older.decode(newer.encode({ x: 'A', next: { x: 'B', next: null } } as never)),
      /'x' holds a symbol/,
    )
  })

  test('what a skipped field holds does not matter', () => {
    const { older, newer } = rolling(record(), record({ name: 'gone', type: enumOf('A', 'B'), default: 'A' }))
    assert.equal(older.decode(newer.encode({ gone: 'B' } as never)), {})
  })
})

// Java: (float) of an int or a long, whose nearest float may be another than that of its nearest double.
suite('avro: promotions round once', test => {
  const cases: [string, AvroSchema, AvroSchema, unknown, unknown][] = [
    ['int as float', 'int', 'float', 16_777_217, 16_777_216],
    ['long as float', 'long', 'float', 2n ** 53n + 1n, 2 ** 53],
    ['long as float, past a tie of doubles', 'long', 'float', 2n ** 62n + 2n ** 38n + 1n, 2 ** 62 + 2 ** 39],
    ['a negative long as float', 'long', 'float', -(2n ** 62n + 2n ** 38n + 1n), -(2 ** 62 + 2 ** 39)],
    ['long as double', 'long', 'double', 2n ** 53n + 1n, 2 ** 53],
  ]
  for (const [name, before, after, written, read] of cases) {
    test(name, () => {
      const { older, newer } = rolling(field(before), field(after))
      assert.equal(newer.decode(older.encode({ x: written })), { x: read })
    })
  }
})
