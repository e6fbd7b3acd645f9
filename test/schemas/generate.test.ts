import * as assert from 'uvu/assert'
import { avroOf } from '../../schemas/avro/avro.ts'
import { type AvscFile, parseAvsc, selfContained } from '../../schemas/avsc-files.ts'
import { generateTypes } from '../../schemas/generate.ts'
import { suite } from '../support/suite.ts'

const file = (name: string, schema: object): AvscFile => parseAvsc(`acme/${name}.avsc`, JSON.stringify(schema))

const line = file('order-line', {
  type: 'record',
  name: 'OrderLine',
  namespace: 'acme',
  doc: 'One line.',
  fields: [
    { name: 'price', doc: 'Of one piece.', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
  ],
})
const order = file('order', {
  type: 'record',
  name: 'acme.Order',
  doc: 'The ordered things.\nAnd paid.',
  fields: [
    { name: 'id', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
    { name: 'first', type: 'OrderLine' },
    { name: 'others', type: { type: 'array', items: ['null', 'acme.OrderLine'] } },
    { name: 'notes', type: { type: 'map', values: 'Side' } },
    { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }], default: null },
    { name: 'micros', type: { type: 'long', logicalType: 'timestamp-micros' } },
    { name: 'raw', type: 'bytes' },
    { name: 'parent', type: ['null', 'Order'], default: null },
  ],
})

suite('generated types', test => {
  test('an interface a record, logical types and docs in it, types of other files imported', () => {
    const [, generated] = generateTypes([line, order], 'millrace')
    assert.is(generated?.name, 'order.ts')
    assert.is(
      generated?.text.slice(0, generated.text.indexOf('/** Writes and reads')),
      `// Generated from order.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from 'millrace'
import type { OrderLine } from './order-line.ts'

/**
 * The ordered things.
 * And paid.
 */
export interface Order {
  readonly id: string
  readonly side: Side
  readonly first: OrderLine
  readonly others: readonly (OrderLine | null)[]
  readonly notes: { readonly [key: string]: Side }
  /** Units: milliseconds since the epoch. */
  readonly at: number | null
  /** Units: microseconds since the epoch. */
  readonly micros: bigint
  readonly raw: Buffer
  readonly parent: Order | null
}

export type Side = 'BUY' | 'SELL'

`,
    )
    assert.match(generated!.text, "export const Order = avroOf<Order>({\n  type: 'record',\n  name: 'acme.Order',")
  })

  test('the same files give the same text, in any order', () => {
    const one = generateTypes([line, order], 'millrace')
    const other = generateTypes([order, line], 'millrace')
    assert.equal(
      other.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      one.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    )
  })

  test('a schema carries the types of other files where it first names them', () => {
    const schema = selfContained(order, [line, order]) as unknown as { fields: { name: string; type: unknown }[] }
    assert.equal(schema.fields[2]?.type, { ...(line.schema as object) })
    assert.equal(schema.fields[3]?.type, { type: 'array', items: ['null', 'acme.OrderLine'] })
    assert.is(avroOf(schema as never).name, 'avro:acme.Order')
  })

  test('a name that is nowhere defined, and two types of one name, are refused', () => {
    assert.throws(
      () => generateTypes([order], 'millrace'),
      (error: { code: string }) => error.code === 'SCHEMA_INCOMPATIBLE',
    )
    const twice = file('twice', {
      type: 'record',
      name: 'a.Twice',
      fields: [
        { name: 'x', type: { type: 'fixed', name: 'b.Twice', size: 1 } },
        { name: 'y', type: { type: 'enum', name: 'c.Twice', symbols: ['A'] } },
      ],
    })
    assert.throws(
      () => generateTypes([twice], 'millrace'),
      /the types 'a.Twice' and 'c.Twice' would both be 'Twice', in acme\/twice.avsc/,
    )
    assert.throws(() => parseAvsc('x.avsc', '{'), /x.avsc is not JSON/)
    assert.throws(() => parseAvsc('x.avsc', '["null"]'), /is not a named type/)
  })

  test('text of docs cannot end its comment', () => {
    const [generated] = generateTypes(
      [file('evil', { type: 'record', name: 'Evil', doc: "it's */ process.exit()", fields: [] })],
      'millrace',
    )
    assert.match(generated!.text, "/** it's * / process.exit() */")
    assert.match(generated!.text, `doc: "it's */ process.exit()"`)
  })
})
