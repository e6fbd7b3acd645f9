import * as assert from 'uvu/assert'
import { avroOf } from '../../../schemas/avro/avro.ts'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import { RetriableError } from '../../../topology/definition/errors.ts'
import type { AvroSchema, SchemaRegistry } from '../../../topology/definition/serde.ts'
import { suite } from '../../support/suite.ts'
import { bound, decimal38, recordOf } from './bound.ts'

/** Writes with one schema and reads with another, ids from one registry. */
async function reread(writer: AvroSchema, reader: AvroSchema, value: unknown): Promise<unknown> {
  const registry = memoryRegistry()
  const bytes = bound(avroOf<unknown>(writer), registry).encode(value)
  return bound(avroOf<unknown>(reader), registry).decode(bytes)
}

const field = (type: AvroSchema) => recordOf({ name: 'x', type })

suite('avro: what an older or newer schema wrote', test => {
  const cases: [string, AvroSchema, AvroSchema, unknown, unknown][] = [
    [
      'a new field takes its default',
      recordOf({ name: 'a', type: 'int' }),
      recordOf({ name: 'a', type: 'int' }, { name: 'b', type: decimal38, default: '\u0001' }),
      { a: 1 },
      { a: 1, b: 1n },
    ],
    [
      'a removed field is passed over',
      recordOf(
        { name: 'gone', type: { type: 'map', values: { type: 'array', items: 'string' } } },
        { name: 'a', type: 'int' },
      ),
      recordOf({ name: 'a', type: 'int' }),
      { gone: { k: ['v', 'w'] }, a: 1 },
      { a: 1 },
    ],
    [
      'fields in another order',
      recordOf({ name: 'a', type: 'int' }, { name: 'b', type: 'string' }),
      recordOf({ name: 'b', type: 'string' }, { name: 'a', type: 'int' }),
      { a: 1, b: 'x' },
      { b: 'x', a: 1 },
    ],
    [
      'a field renamed by an alias',
      recordOf({ name: 'qty', type: 'long' }),
      recordOf({ name: 'quantity', aliases: ['qty'], type: 'long' }),
      { qty: 3n },
      { quantity: 3n },
    ],
    ['int as long', field('int'), field('long'), { x: -5 }, { x: -5n }],
    ['int as double', field('int'), field('double'), { x: 7 }, { x: 7 }],
    ['float as double', field('float'), field('double'), { x: 0.5 }, { x: 0.5 }],
    ['string as bytes', field('string'), field('bytes'), { x: 'é' }, { x: Buffer.from('é') }],
    ['bytes as string', field('bytes'), field('string'), { x: Buffer.from('é') }, { x: 'é' }],
    ['a type as a union with it', field('string'), field(['null', 'string']), { x: 'v' }, { x: 'v' }],
    ['a decimal as a union with it', field(decimal38), field(['null', decimal38]), { x: 5n }, { x: 5n }],
    ['a union, with null last', field(['null', decimal38]), field([decimal38, 'null']), { x: null }, { x: null }],
    [
      'long as timestamp-millis',
      field('long'),
      field({ type: 'long', logicalType: 'timestamp-millis' }),
      { x: 5n },
      { x: 5 },
    ],
    [
      'timestamp-millis as long',
      field({ type: 'long', logicalType: 'timestamp-millis' }),
      field('long'),
      { x: 5 },
      { x: 5n },
    ],
    [
      'string as uuid',
      field('string'),
      field({ type: 'string', logicalType: 'uuid' }),
      { x: '6ba7b810-9dad-11d1-80b4-00c04fd430c8' },
      { x: '6ba7b810-9dad-11d1-80b4-00c04fd430c8' },
    ],
    [
      'an unknown symbol as the default one',
      field({ type: 'enum', name: 'E', symbols: ['A', 'B'] }),
      field({ type: 'enum', name: 'E', symbols: ['A', 'OTHER'], default: 'OTHER' }),
      { x: 'B' },
      { x: 'OTHER' },
    ],
    [
      'arrays of records that grew',
      field({ type: 'array', items: { type: 'record', name: 'I', fields: [{ name: 'a', type: 'int' }] } }),
      field({
        type: 'array',
        items: {
          type: 'record',
          name: 'I',
          fields: [
            { name: 'a', type: 'long' },
            { name: 'b', type: 'string', default: '-' },
          ],
        },
      }),
      { x: [{ a: 1 }, { a: 2 }] },
      {
        x: [
          { a: 1n, b: '-' },
          { a: 2n, b: '-' },
        ],
      },
    ],
  ]
  for (const [name, writer, reader, written, read] of cases) {
    test(name, async () => {
      assert.equal(await reread(writer, reader, written), read)
    })
  }

  const unreadable: [string, AvroSchema, AvroSchema, unknown][] = [
    [
      'another decimal scale',
      field(decimal38),
      field({ type: 'bytes', logicalType: 'decimal', precision: 38, scale: 9 }),
      { x: 5n },
    ],
    [
      'a new field without a default',
      recordOf({ name: 'a', type: 'int' }),
      recordOf({ name: 'a', type: 'int' }, { name: 'b', type: 'int' }),
      { a: 1 },
    ],
    ['long as int', field('long'), field('int'), { x: 5n }],
    ['another record', { type: 'record', name: 'acme.Other', fields: [] }, recordOf(), {}],
  ]
  for (const [name, writer, reader, written] of unreadable) {
    test(`${name} is a failure of the record`, async () => {
      try {
        await reread(writer, reader, written)
      } catch (error) {
        assert.is((error as { code: string }).code, 'DECODE_FAILED')
        assert.match((error as Error).message, /was written with schema id 1, which avro:acme\.R cannot read/)
        return
      }
      assert.unreachable()
    })
  }
})

suite('avro: schema ids', test => {
  const schema = recordOf({ name: 'x', type: 'long' })
  const older = recordOf({ name: 'x', type: 'int' })
  const olderFrame = Buffer.from([0, 0, 0, 0, 9, 14])

  /** A registry that answers late, and counts. */
  function slow(answer: () => AvroSchema): SchemaRegistry & { asked: number } {
    const registry = memoryRegistry()
    return {
      asked: 0,
      idOf: () => 1,
      async schemaOf() {
        this.asked++
        return answer()
      },
      register: (subject, added) => registry.register(subject, added),
      compatible: (subject, added) => registry.compatible(subject, added),
      versions: subject => registry.versions(subject),
    }
  }

  test('an id seen for the first time is a promise, then the value is there at once, on every partition', async () => {
    const registry = slow(() => older)
    const serde = avroOf<{ x: bigint }>(schema)
    const first = bound(serde, registry).decode(olderFrame)
    assert.instance(first, Promise)
    assert.equal(await first, { x: 7n })
    assert.equal(bound(serde, registry).decode(olderFrame), { x: 7n })
    assert.is(registry.asked, 1)
  })

  test('ids may alternate', async () => {
    const registry = slow(() => older)
    const codec = bound(avroOf<{ x: bigint }>(schema), registry)
    await codec.decode(olderFrame)
    for (let round = 0; round < 3; round++) {
      assert.equal(codec.decode(olderFrame), { x: 7n })
      assert.equal(codec.decode(codec.encode({ x: 8n })), { x: 8n })
    }
  })

  test('a registry that is away is retriable, and asked again', async () => {
    let away = true
    const registry = slow(() => {
      if (away) throw new RetriableError('REGISTRY_UNAVAILABLE', 'away')
      return older
    })
    const codec = bound(avroOf<{ x: bigint }>(schema), registry)
    const error = await Promise.resolve(codec.decode(olderFrame)).then(
      () => assert.unreachable(),
      caught => caught,
    )
    assert.instance(error, RetriableError)
    away = false
    assert.equal(await codec.decode(olderFrame), { x: 7n })
  })
})
