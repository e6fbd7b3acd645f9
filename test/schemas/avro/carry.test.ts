import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { avroOf } from '../../../schemas/avro/avro.ts'
import type { AvroSchema } from '../../../topology/definition/serde.ts'
import { suite } from '../../support/suite.ts'
import { bound, decimal38, fieldCodec, recordOf } from './bound.ts'

const millis: AvroSchema = { type: 'long', logicalType: 'timestamp-millis' }
const side: AvroSchema = { type: 'enum', name: 'acme.Side', symbols: ['BUY', 'SELL'] }
const uuid: AvroSchema = { type: 'string', logicalType: 'uuid' }
const inner: AvroSchema = { type: 'record', name: 'acme.Inner', fields: [{ name: 'n', type: ['null', 'int'] }] }
const uuidText = '6BA7B810-9DAD-11D1-80B4-00C04FD430C8'

/** Values of every kind, fitting or not, for every type. */
const parts = [
  ...[null, undefined, true, '', 'text', 'BUY', 'HOLD', 'constructor', '\ud800', 'é\u{1f600}', uuidText, 'a\0b'],
  ...[0, -0, 1, 1.5, -1, 2 ** 31, -(2 ** 31), 2 ** 52, 1_700_000_000_000, Number.NaN, Number.POSITIVE_INFINITY],
  ...[0n, -1n, 10n ** 18n, 2n ** 63n, 10n ** 38n - 1n, 10n ** 38n, -(10n ** 38n) + 1n],
  ...[
    [],
    {},
    { n: 5 },
    { n: null },
    { n: -0 },
    { n: 'x' },
    { n: 1, more: 2 },
    new Map(),
    new Date(0),
    Buffer.from('b'),
  ],
]

const types: readonly (readonly [string, AvroSchema])[] = [
  ...(['null', 'boolean', 'int', 'long', 'double', 'string'] as const).map(type => [type, type] as const),
  ['decimal', decimal38],
  ['timestamp', millis],
  ['enum', side],
  ['uuid', uuid],
  ['record', inner],
  ['union with null', ['null', decimal38]],
  ['union of three', ['string', 'null', millis]],
]

suite('avro: values known without their bytes', test => {
  for (const [name, type] of types)
    test(`${name}: what is carried is what the bytes give back; what has no bytes is not carried`, () => {
      const codec = fieldCodec(type)
      let carried = 0
      for (const x of parts) {
        const value = { x }
        const found = codec.carried!(value)
        let back: unknown
        try {
          back = codec.decode(codec.encode(value))
        } catch {
          assert.is(found, undefined, `${String(x)} cannot be encoded`)
          continue
        }
        if (found === undefined) continue
        carried++
        assert.is.not(found, value)
        same(found, back)
      }
      assert.ok(carried > 0)
    })

  test('a record of many fields, with others beside them, is the one that is read', () => {
    const schema = recordOf(...types.map(([, type], index) => ({ name: `f${index}`, type })))
    const codec = bound(avroOf<Record<string, unknown>>(schema))
    const any = fc.record(
      Object.fromEntries([...types.keys(), 99].map(index => [`f${index}`, fc.constantFrom(...parts)])),
      { requiredKeys: [] },
    )
    const fitting = [null, true, -0, 7n, 1.5, 'a', 8n, 9, 'BUY', uuidText, { n: 1 }, null, 'b']
    same(codec.carried!(Object.fromEntries(fitting.map((x, index) => [`f${index}`, x]))), read(codec, fitting))
    fc.assert(
      fc.property(any, value => {
        const found = codec.carried!(value)
        if (found !== undefined) same(found, codec.decode(codec.encode(value)))
      }),
      { numRuns: 300, seed: 7 },
    )
  })

  test('a field that is left to its default is not carried, nor are types whose values are shared or rounded', () => {
    const codec = bound(avroOf<object>(recordOf({ name: 'x', type: 'string', default: 'd' })))
    assert.is(codec.carried!({}), undefined)
    assert.equal(codec.carried!({ x: 'e' }), { x: 'e' })
    for (const type of ['bytes', 'float', { type: 'array', items: 'int' }, { type: 'map', values: 'int' }])
      assert.is(fieldCodec(type as AvroSchema).carried, undefined)
    assert.is(fieldCodec({ type: 'bytes', logicalType: 'decimal', precision: 39, scale: 0 }).carried, undefined)
    assert.is(
      fieldCodec(['null', inner, { ...(inner as object), name: 'acme.Other' } as unknown as AvroSchema]).carried,
      undefined,
    )
    const node = { type: 'record', name: 'acme.R', fields: [{ name: 'next', type: ['null', 'acme.R'] }] } as const
    assert.is(bound(avroOf<object>(node as unknown as AvroSchema)).carried, undefined)
    const inherited = recordOf({ name: 'constructor', type: 'string' })
    assert.is(bound(avroOf<object>(inherited)).carried, undefined)
  })
})

type AnyCodec = ReturnType<typeof bound<Record<string, unknown>>>

function read(codec: AnyCodec, values: readonly unknown[]): unknown {
  return codec.decode(codec.encode(Object.fromEntries(values.map((x, index) => [`f${index}`, x]))))
}

/** Equal, -0 told from 0, and with the same prototype. */
function same(found: unknown, back: unknown): void {
  assert.equal(found, back)
  const places = (value: unknown) => Object.entries(value as object)
  for (const [index, [, part]] of places(found).entries()) {
    const other = places(back)[index]?.[1]
    if (typeof part === 'number') assert.ok(Object.is(part, other), `${part} is not ${other}`)
    if (part !== null && typeof part === 'object') same(part, other)
  }
  assert.is(Object.getPrototypeOf(found), Object.getPrototypeOf(back))
}
