import * as assert from 'uvu/assert'
import { fromJson, toJson } from '../../../ops/dev/json-values.ts'
import { parseLine } from '../../../ops/dev/line-producer.ts'
import { avro } from '../../../schemas/avro/avro.ts'
import { json } from '../../../schemas/json.ts'
import type { Serde } from '../../../topology/definition/serde.ts'
import {
  boolean,
  bytes,
  decimal,
  float64,
  int32,
  int64,
  string,
  timestampMs,
  uuid,
} from '../../../topology/definition/serdes/primitives.ts'
import { suite } from '../../support/suite.ts'

const Order = avro({
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'cents', type: 'long' },
  ],
})

suite('typed lines of dev', test => {
  test('a line is a topic, a key and a value', () => {
    assert.equal(parseLine('orders o-1 {"a": 1}'), { topic: 'orders', key: 'o-1', value: '{"a": 1}' })
    assert.equal(parseLine('  produce orders "o 1" "to be"'), { topic: 'orders', key: '"o 1"', value: '"to be"' })
    assert.equal(parseLine('orders {"k":"a b"} 5'), { topic: 'orders', key: '{"k":"a b"}', value: '5' })
    assert.throws(() => parseLine('orders o-1'), /'orders o-1' is no record: write <topic> <key> <value as JSON>/)
  })

  test('every serde has its JSON, both ways', () => {
    const cases: readonly (readonly [Serde<unknown>, string, unknown, string?])[] = [
      [string, '"to be"', 'to be'],
      [string, '"12"', '12'],
      [int32, '12', 12],
      [int64, '9007199254740993', 9007199254740993n],
      [float64, '1.5', 1.5],
      [boolean, 'true', true],
      [bytes, '"AQI="', Buffer.from([1, 2])],
      [uuid, '"0b8a8f0e-3d1c-4b52-9a54-a5a3a9d6a001"', '0b8a8f0e-3d1c-4b52-9a54-a5a3a9d6a001'],
      [json(), '{"a":[1,"x"]}', { a: [1, 'x'] }],
      [json(), '"alone"', 'alone'],
      [Order, '{"id":"o-1","cents":1200}', { id: 'o-1', cents: 1200n }, '{"id":"o-1","cents":"1200"}'],
    ]
    for (const [serde, text, value, shown = text] of cases) {
      assert.equal(fromJson(serde, text), value, `${serde.name} ${text}`)
      assert.is(toJson(serde, value), shown, serde.name)
    }
  })

  test('text, decimals and times may be typed without quotes', () => {
    assert.is(fromJson(string as Serde<unknown>, 'o-1'), 'o-1')
    assert.is(fromJson(string as Serde<unknown>, '12'), '12')
    assert.is(fromJson(decimal as Serde<unknown>, '1.5'), 1_500_000_000_000_000_000n)
    assert.is(fromJson(timestampMs as Serde<unknown>, '"2026-01-01T00:00:00Z"'), Date.UTC(2026, 0, 1))
    assert.is(toJson(timestampMs as Serde<unknown>, Date.UTC(2026, 0, 1)).startsWith('"2026-01-01'), true)
  })

  test('what is not JSON is refused with its form', () => {
    assert.throws(() => fromJson(json() as Serde<unknown>, '{id:1}'), /'\{id:1\}' is not JSON: write it like/)
  })
})
