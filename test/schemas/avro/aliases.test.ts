import * as assert from 'uvu/assert'
import { avroOf } from '../../../schemas/avro/avro.ts'
import { incompatibilities } from '../../../schemas/compatibility.ts'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import type { AvroSchema } from '../../../topology/definition/serde.ts'
import { suite } from '../../support/suite.ts'
import { bound, recordOf } from './bound.ts'

const int = (name: string, more: object = {}) => ({ name, type: 'int', ...more })

function reread(writer: AvroSchema, reader: AvroSchema, value: object): unknown {
  const registry = memoryRegistry()
  const bytes = bound(avroOf<object>(writer), registry).encode(value)
  return bound(avroOf<object>(reader), registry).decode(bytes)
}

// Avro 1.11, "Aliases": the writer's fields are renamed as the reader's aliases say, and then matched. Answers of Avro's Java 1.12.
suite('avro: aliases of fields', test => {
  test('a field is read under its new name', () => {
    assert.equal(reread(recordOf(int('a')), recordOf(int('b', { aliases: ['a'] })), { a: 1 }), { b: 1 })
  })

  test('fields that change their names with each other are read as the other', () => {
    const reader = recordOf(int('b', { aliases: ['a'] }), int('a', { aliases: ['b'] }))
    assert.equal(reread(recordOf(int('a'), int('b')), reader, { a: 1, b: 2 }), { b: 1, a: 2 })
  })

  const unreadable: [string, AvroSchema, AvroSchema, object, RegExp, RegExp][] = [
    [
      'a field that an alias took away is not there',
      recordOf(int('a')),
      recordOf(int('a'), int('b', { aliases: ['a'], default: 9 })),
      { a: 1 },
      /'a' is not there, and has no default here/,
      /field 'a' is new and has no default/,
    ],
    [
      'a name and its alias in one record',
      recordOf(int('a'), int('b')),
      recordOf(int('b', { aliases: ['a'] })),
      { a: 1, b: 2 },
      /'b' is there twice/,
      /field 'b' has both its name and an alias/,
    ],
    [
      'two aliases in one record',
      recordOf(int('a'), int('c')),
      recordOf(int('b', { aliases: ['c', 'a'] })),
      { a: 1, c: 3 },
      /'b' is there twice/,
      /field 'b' has both its name and an alias/,
    ],
  ]
  for (const [name, writer, reader, value, failure, problem] of unreadable)
    test(`${name} is a failure of the record, which the check foresees`, () => {
      assert.throws(() => reread(writer, reader, value), failure)
      const [found] = incompatibilities(reader, [writer])
      assert.match(`field '${found?.path}' ${found?.problem}`, problem)
    })
})

suite('avro: schemas that Java does not take', test => {
  const within = (namespace: string) => ({
    type: 'record',
    name: 'Tree',
    fields: [
      {
        name: 'branch',
        type: [
          'null',
          { type: 'record', name: `${namespace}Branch`, fields: [{ name: 'of', type: ['null', 'Tree'] }] },
        ],
      },
    ],
  })

  test('a type without a namespace cannot be named within itself from inside a namespace', () => {
    assert.throws(
      () => avroOf(within('acme.')),
      /'Tree' has no namespace, and is named within itself .*: give it a name/,
    )
    assert.is(avroOf(within('')).name, 'avro:Tree')
  })

  test('an object with a type alone is none', () => {
    assert.throws(() => avroOf(recordOf({ name: 'x', type: { type: { type: 'long' } } })), /write the inner type alone/)
  })

  test('aliases are a list', () => {
    assert.throws(() => avroOf(recordOf(int('x', { aliases: 'y' }))), /aliases are no list/)
  })

  const side = (...symbols: string[]) => ({ type: 'enum', name: 'Side', symbols })
  test('a type may be defined twice, but in the same words', () => {
    const both = (second: AvroSchema) => recordOf({ name: 'x', type: side('A') }, { name: 'y', type: second })
    const codec = bound(avroOf<object>(both(side('A'))))
    assert.equal(codec.decode(codec.encode({ x: 'A', y: 'A' })), { x: 'A', y: 'A' })
    assert.throws(() => avroOf(both(side('B'))), /'acme.Side' is defined twice/)
  })

  test('defaults of doubles may be what JSON has no numbers for', () => {
    const reader = recordOf(
      { name: 'x', type: 'double', default: '-Infinity' },
      { name: 'y', type: 'float', default: 'NaN' },
    )
    assert.equal(reread(recordOf(), reader, {}), { x: Number.NEGATIVE_INFINITY, y: Number.NaN })
    assert.throws(() => avroOf(recordOf({ name: 'x', type: 'double', default: 'much' })), /a default that is no number/)
  })
})
