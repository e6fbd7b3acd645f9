import * as assert from 'uvu/assert'
import { avro } from '../../../schemas/avro/avro.ts'
import type { TypeOf } from '../../../topology/definition/serde.ts'
import { suite } from '../../support/suite.ts'
import { bound } from './bound.ts'

const order = avro({
  type: 'record',
  name: 'acme.Order',
  fields: [
    { name: 'id', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'quantity', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    {
      name: 'limit',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      default: null,
    },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'seq', type: 'long' },
    { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
    { name: 'back', type: 'Side' },
    {
      name: 'lines',
      type: { type: 'array', items: { type: 'record', name: 'Line', fields: [{ name: 'n', type: 'int' }] } },
    },
    { name: 'first', type: ['null', 'acme.Line'] },
    { name: 'ratios', type: { type: 'map', values: 'double' } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 2 } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'parent', type: ['null', 'Order'] },
  ],
})

interface Order {
  readonly id: string
  readonly quantity: bigint
  readonly limit: bigint | null
  readonly at: number
  readonly seq: bigint
  readonly side: 'BUY' | 'SELL'
  readonly back: 'BUY' | 'SELL'
  readonly lines: readonly { readonly n: number }[]
  readonly first: { readonly n: number } | null
  readonly ratios: { readonly [key: string]: number }
  readonly hash: Buffer
  readonly day: number
  readonly parent: Order | null
}

/** Fails to compile unless each type can stand for the other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
const inferred: Same<TypeOf<typeof order>, Order> = true

suite('types read off schema literals', test => {
  test('are what the serde writes and reads', () => {
    assert.is(inferred, true)
    const value: Order = {
      id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
      quantity: 5n,
      limit: null,
      at: 1,
      seq: 2n ** 60n,
      side: 'BUY',
      back: 'SELL',
      lines: [{ n: 1 }],
      first: { n: 2 },
      ratios: { a: 0.5 },
      hash: Buffer.from('ab'),
      day: 19_000,
      parent: null,
    }
    const codec = bound(order)
    assert.equal(codec.decode(codec.encode({ ...value, parent: value })), { ...value, parent: value })
  })

  test('refuse a wrong value when it is compiled', () => {
    const codec = bound(order)
    // @ts-expect-error a decimal is a bigint
    assert.throws(() => codec.encode({ quantity: 5 }))
    const side: TypeOf<typeof order>['side'] = 'BUY'
    // @ts-expect-error no such symbol
    const wrong: TypeOf<typeof order>['side'] = 'HOLD'
    assert.is.not(side, wrong)
  })
})
