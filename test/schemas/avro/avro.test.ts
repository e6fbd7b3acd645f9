import avsc from 'avsc'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { avro, avroOf } from '../../../schemas/avro/avro.ts'
import type { AvroSchema } from '../../../topology/definition/serde.ts'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { suite } from '../../support/suite.ts'
import { bound, decimal38, fieldCodec, recordOf } from './bound.ts'

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const text = fc.string({ unit: 'binary' })
const buffer = fc.uint8Array().map(bytes => Buffer.from(bytes))
const decimals = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })
const millis = fc.maxSafeInteger().map(value => Math.trunc(value / 2))
const fixedDecimal = { type: 'fixed', name: 'acme.Price', size: 9, logicalType: 'decimal', precision: 20, scale: 4 }
const side: AvroSchema & object = { type: 'enum', name: 'acme.Side', symbols: ['BUY', 'SELL'] }

/** Every type of Avro with the values it takes. */
const types: [string, AvroSchema, fc.Arbitrary<unknown>][] = [
  ['null', 'null', fc.constant(null)],
  ['boolean', 'boolean', fc.boolean()],
  ['int', 'int', fc.integer()],
  ['long', 'long', long],
  ['float', 'float', fc.float()],
  ['double', 'double', fc.double()],
  ['bytes', 'bytes', buffer],
  ['string', 'string', text],
  ['fixed', { type: 'fixed', name: 'F', size: 4 }, fc.uint8Array({ minLength: 4, maxLength: 4 }).map(Buffer.from)],
  ['enum', side, fc.constantFrom('BUY', 'SELL')],
  ['array', { type: 'array', items: 'long' }, fc.array(long)],
  ['map', { type: 'map', values: decimal38 }, fc.dictionary(text, decimals, { noNullPrototype: true })],
  ['decimal', decimal38, decimals],
  ['decimal on fixed', fixedDecimal, fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n })],
  ['timestamp-millis', { type: 'long', logicalType: 'timestamp-millis' }, millis],
  ['local-timestamp-millis', { type: 'long', logicalType: 'local-timestamp-millis' }, millis],
  ['timestamp-micros', { type: 'long', logicalType: 'timestamp-micros' }, long],
  ['date', { type: 'int', logicalType: 'date' }, fc.integer()],
  ['uuid', { type: 'string', logicalType: 'uuid' }, fc.uuid()],
  ['optional', ['null', decimal38], fc.option(decimals)],
  ['union', ['null', 'long', 'string', 'boolean'], fc.oneof(fc.constant(null), long, text, fc.boolean())],
  [
    'union of kinds',
    ['string', 'double', { type: 'array', items: 'int' }],
    fc.oneof(text, fc.double(), fc.array(fc.integer())),
  ],
  [
    'record',
    recordOf({ name: 'deep', type: ['null', 'acme.R'], default: null }),
    fc.letrec(tie => ({ r: fc.record({ deep: fc.option(tie('r'), { maxDepth: 4 }) }, { noNullPrototype: true }) })).r,
  ],
]

suite('avro: round trips', test => {
  for (const [name, type, values] of types) {
    test(name, () => {
      const serde = avroOf<{ x: unknown }>({ type: 'record', name: 'Outer', fields: [{ name: 'x', type }] })
      const codec = bound(serde)
      fc.assert(
        fc.property(values, x => {
          assert.equal(codec.decode(codec.encode({ x })), { x })
          assert.equal(serde.sql.fromSql(serde.sql.toSql({ x })), { x })
          assert.equal(serde.sql.fromSql(JSON.parse(serde.sql.toSql({ x }) as string)), { x })
        }),
      )
    })
  }

  test('a record is a plain object, and so are the records within', () => {
    const codec = fieldCodec({ type: 'record', name: 'Inner', fields: [{ name: 'y', type: 'int' }] })
    const value = codec.decode(codec.encode({ x: { y: 1 } })) as { x: object }
    assert.is(Object.getPrototypeOf(value), Object.prototype)
    assert.is(Object.getPrototypeOf(value.x), Object.prototype)
  })

  test('a schema that is no record stands alone', () => {
    const codec = bound(avro('long'))
    assert.is(codec.decode(codec.encode(2n ** 60n)), 2n ** 60n)
  })

  test('a value larger than the scratch buffer', () => {
    const codec = fieldCodec('string')
    const value = { x: 'é'.repeat(300_000) }
    assert.equal(codec.decode(codec.encode(value)), value)
    assert.equal(codec.decode(codec.encode({ x: 'short' })), { x: 'short' })
  })

  test('a map key that is __proto__', () => {
    const serde = avroOf<{ x: unknown }>(recordOf({ name: 'x', type: { type: 'map', values: 'int' } }))
    const value = { x: JSON.parse('{"__proto__": 1, "a": 2}') }
    const decoded = bound(serde).decode(bound(serde).encode(value)) as { x: object }
    assert.equal(Object.keys(decoded.x), ['__proto__', 'a'])
    assert.equal(Object.keys((serde.sql.fromSql(serde.sql.toSql(value)) as { x: object }).x), ['__proto__', 'a'])
  })
})

suite('avro: wire format', test => {
  test("is Confluent's: zero, the id as 4 bytes, the body", () => {
    // Avro 1.11, "Binary encoding": long 1 is 02, string 'foo' is 06 66 6f 6f; its record example has these two fields.
    const codec = bound(
      avro({
        type: 'record',
        name: 'test',
        fields: [
          { name: 'a', type: 'long' },
          { name: 'b', type: 'string' },
        ],
      }),
    )
    assert.is(Buffer.from(codec.encode({ a: 27n, b: 'foo' })!).toString('hex'), '0000000001' + '3606666f6f')
  })

  test('a decimal is the shortest two\u2019s complement, big-endian', () => {
    const codec = fieldCodec({ type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 })
    assert.is(Buffer.from(codec.encode({ x: 128n })!).toString('hex'), '0000000001' + '040080')
    assert.is(Buffer.from(codec.encode({ x: -1n })!).toString('hex'), '0000000001' + '02ff')
  })

  test('bodies are those that plain avsc writes, for longs within 2^53', () => {
    const schema = recordOf(
      { name: 'n', type: 'long' },
      { name: 's', type: 'string' },
      { name: 'a', type: { type: 'array', items: 'double' } },
      { name: 'm', type: { type: 'map', values: ['null', 'long'] } },
    )
    const plain = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: 'never' })
    const codec = bound(avroOf<object>(schema))
    const values = fc.record({
      n: fc.maxSafeInteger().filter(value => Math.abs(value) < 2 ** 52),
      s: text,
      a: fc.array(fc.double()),
      m: fc.dictionary(text, fc.option(fc.integer()), { noNullPrototype: true }),
    })
    fc.assert(
      fc.property(values, value => {
        const m = Object.fromEntries(
          Object.entries(value.m).map(([key, part]) => [key, part === null ? null : BigInt(part)]),
        )
        const body = Buffer.from(codec.encode({ ...value, n: BigInt(value.n), m })!).subarray(5)
        assert.is(body.toString('hex'), plain.toBuffer(value).toString('hex'))
      }),
    )
  })

  test('a long has the bytes of its zigzag at every width', () => {
    const codec = fieldCodec('long')
    for (let bits = 0n; bits < 64n; bits++) {
      for (const x of [2n ** bits - 1n, -(2n ** bits)]) {
        const groups = Math.max(1, Math.ceil(BigInt.asUintN(64, (x << 1n) ^ (x >> 63n)).toString(2).length / 7))
        assert.is(codec.encode({ x })!.length, 5 + groups)
        assert.equal(codec.decode(codec.encode({ x })), { x })
      }
    }
  })

  test('a field left out is written with its default', () => {
    const serde = avroOf<{ id: string; limit?: bigint | null; n?: bigint }>(
      recordOf(
        { name: 'id', type: 'string' },
        { name: 'limit', type: ['null', decimal38], default: null },
        { name: 'n', type: 'long', default: 7 },
      ),
    )
    const whole = { id: 'a', limit: null, n: 7n }
    assert.equal(bound(serde).decode(bound(serde).encode({ id: 'a' })), whole)
    assert.equal(serde.sql.fromSql(serde.sql.toSql({ id: 'a' })), whole)
  })

  test('null is refused unless nullable', () => {
    const serde = avroOf<{ x: string }>(recordOf({ name: 'x', type: 'string' }))
    assert.throws(() => bound(serde).encode(null as never), /the value is null|has null/)
    assert.throws(() => bound(serde).decode(null), /is null/)
    assert.is(bound(nullable(serde)).decode(null), null)
    assert.is(nullable(serde).schema, serde.schema)
  })
})

suite('avro: refusals name the place and never the payload', test => {
  const cases: [string, AvroSchema, unknown, RegExp][] = [
    ['a number for a decimal', decimal38, 1.5, /has a number at 'x' where the schema says decimal\(38,18\)/],
    ['39 digits', decimal38, 10n ** 38n, /at 'x' where the schema says decimal/],
    ['a number for a long', 'long', 5, /at 'x' where the schema says long/],
    ['2^63', 'long', 2n ** 63n, /at 'x' where the schema says long/],
    ['a bigint for an int', 'int', 5n, /where the schema says int/],
    ['a lone surrogate', 'string', '\ud800', /a string with a lone surrogate at 'x'/],
    ['an unknown symbol', side, 'HOLD', /where the schema says enum 'acme.Side'/],
    ['a timestamp past 2^52', { type: 'long', logicalType: 'timestamp-millis' }, 2 ** 52, /says timestamp-millis/],
    ['half a millisecond', { type: 'long', logicalType: 'timestamp-millis' }, 0.5, /says timestamp-millis/],
    ['no uuid', { type: 'string', logicalType: 'uuid' }, 'nobody', /says uuid/],
    ['a type that is not in the union', ['null', 'string'], 5, /where the schema says a union/],
    ['nothing', 'string', undefined, /has nothing at 'x'/],
    [
      'a deep field',
      { type: 'array', items: recordOf({ name: 'y', type: 'string' }) },
      [{ y: 'secret' }, { y: 5 }],
      /at 'x\.1\.y'/,
    ],
  ]
  for (const [name, type, x, message] of cases) {
    test(name, () => {
      try {
        bound(avroOf<{ x: unknown }>({ type: 'record', name: 'Outer', fields: [{ name: 'x', type }] })).encode({ x })
      } catch (error) {
        const { code, message: text } = error as { code: string; message: string }
        assert.is(code, 'ENCODE_FAILED')
        assert.match(text, message)
        assert.not.match(text, /secret|HOLD|nobody/)
        return
      }
      assert.unreachable()
    })
  }

  const invalid: [string, AvroSchema][] = [
    ['an unknown type', recordOf({ name: 'x', type: 'strin' })],
    ['a union with a type twice', recordOf({ name: 'x', type: ['int', 'int'] })],
    ['a union in a union', recordOf({ name: 'x', type: ['null', ['int', 'long']] })],
    ['an empty union', recordOf({ name: 'x', type: [] })],
    [
      'a type that is defined twice',
      recordOf({ name: 'x', type: side }, { name: 'y', type: { ...side, symbols: ['BUY'] } }),
    ],
    ['a symbol that is no name', recordOf({ name: 'x', type: { type: 'enum', name: 'E', symbols: ['a-b'] } })],
    ['a default that is no symbol', recordOf({ name: 'x', type: { ...side, default: 'HOLD' } })],
    ['a text for the default of a long', recordOf({ name: 'x', type: 'long', default: '5' })],
    ['a default of another type', recordOf({ name: 'x', type: 'string', default: 5 })],
  ]
  for (const [name, schema] of invalid) {
    test(`schema: ${name}`, () => {
      assert.throws(
        () => avroOf(schema),
        (error: { code: string }) => error.code === 'SCHEMA_INCOMPATIBLE',
      )
    })
  }

  test('a serde without a registry', () => {
    assert.throws(
      () => avro('string').bind({ topic: 'orders', part: 'value' }),
      /needs a schema registry, at topic 'orders'/,
    )
  })
})

suite('avro: jsonb', test => {
  test('is what people would write', () => {
    const serde = avroOf<object>(
      recordOf(
        { name: 'price', type: decimal38 },
        { name: 'count', type: 'long' },
        { name: 'ratio', type: 'double' },
        { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
        { name: 'raw', type: 'bytes' },
        { name: 'code', type: { type: 'fixed', name: 'Code', size: 2 } },
        { name: 'either', type: ['null', 'string', 'long'] },
      ),
    )
    const value = {
      price: 12_500_000_000_000_000_000n,
      count: 2n ** 60n,
      ratio: Number.NaN,
      at: 5,
      raw: Buffer.from([255]),
      code: Buffer.from([1, 255]),
      either: 3n,
    }
    const json =
      '{"price":"12.5","count":"1152921504606846976","ratio":"NaN","at":5,"raw":"/w==","code":"01ff","either":{"long":"3"}}'
    assert.is(serde.sql.pg, 'jsonb')
    assert.is(serde.sql.toSql(value), json)
    assert.equal(serde.sql.fromSql(json), value)
  })

  test('a NUL anywhere is refused (C6)', () => {
    const serde = avroOf<{ x: unknown }>(recordOf({ name: 'x', type: { type: 'map', values: 'string' } }))
    for (const x of [{ a: 'b\0' }, { 'a\0': 'b' }]) assert.throws(() => serde.sql.check({ x }), /U\+0000/)
    serde.sql.check({ x: { a: '\\u0000' } })
  })
})
