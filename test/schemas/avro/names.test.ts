import * as assert from 'uvu/assert'
import { avro, avroOf } from '../../../schemas/avro/avro.ts'
import { parseAvsc } from '../../../schemas/avsc-files.ts'
import { incompatibilities } from '../../../schemas/compatibility.ts'
import { generateTypes } from '../../../schemas/generate.ts'
import { canonicalText } from '../../../schemas/registry/canonical.ts'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import type { AvroSchema, TypeOf } from '../../../topology/definition/serde.ts'
import { suite } from '../../support/suite.ts'
import { bound, fieldCodec, recordOf } from './bound.ts'

function reread(writer: AvroSchema, reader: AvroSchema, value: unknown): unknown {
  const registry = memoryRegistry()
  const bytes = bound(avroOf<unknown>(writer), registry).encode(value)
  return bound(avroOf<unknown>(reader), registry).decode(bytes)
}

const named = (type: string, name: string, more: object = {}): AvroSchema => ({ type, name, ...more })
const outer = (name: string, type: AvroSchema) => recordIn(name, { name: 'x', type })
const recordIn = (name: string, ...fields: object[]) => named('record', name, { fields })

// Avro 1.11, "Schema Resolution": records, enums and fixed match by their unqualified names.
suite('avro: names', test => {
  const cases: [string, AvroSchema, AvroSchema, unknown][] = [
    ['a record in another namespace', recordIn('acme.R'), recordIn('beta.R'), {}],
    ['a record without its namespace', recordIn('acme.R'), recordIn('R'), {}],
    [
      'an enum in another namespace',
      outer('acme.R', named('enum', 'E', { symbols: ['A'] })),
      outer('beta.R', named('enum', 'E', { symbols: ['B', 'A'] })),
      { x: 'A' },
    ],
    [
      'a fixed in another namespace',
      outer('R', named('fixed', 'acme.F', { size: 1 })),
      outer('R', named('fixed', 'beta.F', { size: 1 })),
      { x: Buffer.from('a') },
    ],
    [
      'a record in a union',
      outer('R', ['null', recordIn('acme.I', { name: 'n', type: 'int' })]),
      outer('R', ['null', recordIn('beta.I', { name: 'n', type: 'int' })]),
      { x: { n: 1 } },
    ],
    [
      'an alias beside a name with its namespace',
      recordIn('acme.Order'),
      named('record', 'acme.Trade', { aliases: ['Order'], fields: [] }),
      {},
    ],
    [
      'an alias of an enum',
      outer('acme.R', named('enum', 'E', { symbols: ['A'] })),
      outer('acme.R', named('enum', 'acme.New', { aliases: ['E'], symbols: ['A'] })),
      { x: 'A' },
    ],
    [
      'the record itself in its fields',
      recordIn('acme.R', { name: 'next', type: ['null', 'R'] }),
      recordIn('beta.R', { name: 'next', type: ['null', 'beta.R'] }),
      { next: { next: null } },
    ],
  ]
  for (const [name, writer, reader, value] of cases) {
    test(name, () => {
      assert.equal(reread(writer, reader, value), value)
      assert.equal(incompatibilities(reader, [writer]), [], 'the check accepts what the decoder reads')
    })
  }

  test('of two namesakes the one in the same namespace is meant', () => {
    const types = [recordIn('acme.I', { name: 'n', type: 'int' }), recordIn('beta.I', { name: 'n', type: 'int' })]
    const value = { x: { 'beta.I': { n: 1 } } }
    assert.equal(reread(outer('R', types), outer('R', [types[1]!, types[0]!]), value), value)
  })

  test('a namespace of an outer type does not reach a name that has its own, nor one that has none', () => {
    const schema = recordIn(
      'acme.R',
      { name: 'x', type: named('record', 'I', { namespace: '', fields: [] }) },
      { name: 'y', type: 'I' },
    )
    assert.equal(reread(schema, schema, { x: {}, y: {} }), { x: {}, y: {} })
  })
})

suite('avro: logical types that do not hold are ignored', test => {
  const cases: [string, AvroSchema, unknown][] = [
    ['a decimal without a precision', { type: 'bytes', logicalType: 'decimal' }, Buffer.from('a')],
    [
      'a scale above the precision',
      { type: 'bytes', logicalType: 'decimal', precision: 2, scale: 4 },
      Buffer.from('a'),
    ],
    [
      'more digits than the fixed holds',
      named('fixed', 'F', { size: 2, logicalType: 'decimal', precision: 5 }),
      Buffer.from('ab'),
    ],
    ['a decimal on a string', { type: 'string', logicalType: 'decimal', precision: 2 }, 'a'],
    ['timestamp-millis on a string', { type: 'string', logicalType: 'timestamp-millis' }, 'a'],
    ['timestamp-millis on an int', { type: 'int', logicalType: 'timestamp-millis' }, 1],
    ['uuid on bytes', { type: 'bytes', logicalType: 'uuid' }, Buffer.from('a')],
    ['uuid on a fixed of 15 bytes', named('fixed', 'F', { size: 15, logicalType: 'uuid' }), Buffer.alloc(15)],
    ['a type that nobody knows', { type: 'long', logicalType: 'score' }, 5n],
  ]
  for (const [name, type, x] of cases) {
    test(name, () => {
      const codec = fieldCodec(type)
      assert.equal(codec.decode(codec.encode({ x })), { x })
    })
  }

  test('in the types, too', () => {
    const serde = avro({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'a', type: { type: 'bytes', logicalType: 'decimal', precision: 2, scale: 4 } },
        { name: 'b', type: { type: 'string', logicalType: 'timestamp-millis' } },
        { name: 'c', type: { type: 'fixed', name: 'F', size: 2, logicalType: 'decimal', precision: 5 } },
        { name: 'd', type: { type: 'fixed', name: 'G', size: 2, logicalType: 'decimal', precision: 4, scale: 4 } },
      ],
    })
    const value: TypeOf<typeof serde> = { a: Buffer.from('a'), b: 'b', c: Buffer.from('cc'), d: 5n }
    assert.equal(bound(serde).decode(bound(serde).encode(value)), value)
    const [file] = generateTypes([parseAvsc('r.avsc', JSON.stringify(serde.schema))], 'millrace')
    assert.match(
      file?.text ?? '',
      /readonly a: Buffer\n {2}readonly b: string\n {2}readonly c: Buffer\n.*\n {2}readonly d: bigint/,
    )
  })
})

suite('avro: uuid', test => {
  const id = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
  const binary = named('fixed', 'Id', { size: 16, logicalType: 'uuid' })

  test('on a fixed of 16 bytes is text here and its bytes there', () => {
    const codec = fieldCodec(binary)
    const bytes = codec.encode({ x: id.toUpperCase() }) as Uint8Array
    assert.is(Buffer.from(bytes).subarray(5).toString('hex'), id.replaceAll('-', ''))
    assert.equal(codec.decode(bytes), { x: id })
    assert.throws(() => codec.encode({ x: 'nobody' }), /says uuid/)
  })

  test('is read as the fixed that it stands on, and from it', () => {
    const plain = named('fixed', 'Id', { size: 16 })
    const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
    assert.equal(reread(outer('R', binary), outer('R', plain), { x: id }), { x: bytes })
    assert.equal(reread(outer('R', plain), outer('R', binary), { x: bytes }), { x: id })
  })

  test('on a string is in lower case, and text that is none is refused', () => {
    const text: AvroSchema = { type: 'string', logicalType: 'uuid' }
    assert.equal(reread(outer('R', text), outer('R', text), { x: id.toUpperCase() }), { x: id })
    assert.equal(reread(outer('R', 'string'), outer('R', text), { x: id.toUpperCase() }), { x: id })
    assert.throws(() => reread(outer('R', 'string'), outer('R', text), { x: 'nobody' }), /no uuid/)
  })

  test('is a string in the types', () => {
    const serde = avro({ type: 'fixed', name: 'Id', size: 16, logicalType: 'uuid' })
    const value: TypeOf<typeof serde> = id
    assert.is(bound(serde).decode(bound(serde).encode(value)), id)
    const [file] = generateTypes([parseAvsc('r.avsc', JSON.stringify(outer('R', binary)))], 'millrace')
    assert.match(file?.text ?? '', /readonly x: string/)
  })
})

suite('avro: defaults of longs', test => {
  const last = '9223372036854775807'

  test('are exact in a bigint literal', () => {
    const codec = bound(avroOf<object>(recordOf({ name: 'x', type: 'long', default: 9_007_199_254_740_993n })))
    assert.equal(codec.decode(codec.encode({})), { x: 9_007_199_254_740_993n })
  })

  test('are exact in a file, in the registry, and in generated types', () => {
    const text = `{"type":"record","name":"R","fields":[{"name":"x","type":["long","null"],"default":${last}}]}`
    const file = parseAvsc('r.avsc', text)
    const codec = bound(avroOf<object>(file.schema))
    assert.equal(codec.decode(codec.encode({})), { x: BigInt(last) })
    assert.match(canonicalText(file.schema), new RegExp(`"default":${last},`))
    assert.match(generateTypes([file], 'millrace')[0]?.text ?? '', new RegExp(`default: ${last}n`))
  })

  test('are exact in arrays, maps and records', () => {
    const many = parseAvsc(
      'r.avsc',
      `{"type":"record","name":"R","fields":[
        {"name":"a","type":{"type":"array","items":"long"},"default":[-${last}]},
        {"name":"m","type":{"type":"map","values":"long"},"default":{"k":${last}}},
        {"name":"d","type":"double","default":${last}}]}`,
    )
    const codec = bound(avroOf<object>(many.schema))
    assert.equal(codec.decode(codec.encode({})), { a: [-BigInt(last)], m: { k: BigInt(last) }, d: 2 ** 63 })
  })

  test('that a number has rounded are refused', () => {
    for (const wrong of [2 ** 53, 2n ** 63n, 1.5])
      assert.throws(() => avroOf(recordOf({ name: 'x', type: 'long', default: wrong })), /is not valid/)
  })
})

suite('avro: names that every object inherits', test => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
  const schema = recordOf(...names.map(name => ({ name, type: 'string' })), {
    name: 'valueOf',
    type: 'int',
    default: 7,
  })
  const value = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c","hasOwnProperty":"d","valueOf":8}')

  test('as fields', () => {
    const serde = avroOf<object>(schema)
    const codec = bound(serde)
    for (const read of [codec.decode(codec.encode(value)), serde.sql.fromSql(serde.sql.toSql(value))]) {
      assert.equal(JSON.stringify(read), JSON.stringify(value))
      assert.is(Object.getPrototypeOf(read), Object.prototype)
    }
  })

  test('left out, they take their default or are refused', () => {
    const serde = avroOf<object>(schema)
    const codec = bound(serde)
    const { valueOf: _, ...part } = value
    const given = Object.defineProperty(part, '__proto__', { value: 'a', enumerable: true })
    assert.is((codec.decode(codec.encode(given)) as { valueOf: unknown }).valueOf, 7)
    for (const name of names) {
      const rest = Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))
      assert.throws(() => codec.encode(rest), new RegExp(`has nothing at '${name}'`))
    }
  })

  test('in an older schema', () => {
    const older = recordOf(...names.map(name => ({ name, type: 'string' })))
    const { valueOf: _, ...part } = value
    const given = Object.defineProperty(part, '__proto__', { value: 'a', enumerable: true })
    assert.equal(
      JSON.stringify(reread(older, schema, given)),
      JSON.stringify({ ...JSON.parse(JSON.stringify(value)), valueOf: 7 }),
    )
    assert.equal(Object.keys(reread(schema, older, value) as object), names)
  })

  test('that an older schema lacks are failures of its records, not what the object inherits', () => {
    const older = recordOf({ name: 'a', type: 'int' })
    for (const name of ['constructor', '__proto__'])
      assert.throws(
        () => reread(older, recordOf({ name, type: 'string' }), { a: 1 }),
        /is not there, and has no default/,
      )
  })

  test('as types, symbols and branches', () => {
    const type = [
      'null',
      recordIn('constructor', { name: 'a', type: 'int' }),
      named('enum', 'toString', { symbols: ['valueOf', 'constructor'] }),
    ]
    const codec = fieldCodec(type)
    for (const x of [null, { a: 1 }, 'constructor']) assert.equal(codec.decode(codec.encode({ x })), { x })
    assert.throws(() => codec.encode({ x: 'hasOwnProperty' }), /where the schema says enum 'acme.toString'/)
  })
})
