import * as assert from 'uvu/assert'
import { z } from 'zod'
import { json } from '../../schemas/json.ts'
import type { Codec, Serde } from '../../topology/definition/serde.ts'
import { suite } from '../support/suite.ts'

function codecOf<T>(serde: Serde<T>): Codec<T> {
  return serde.bind({ topic: 'lines', part: 'value' }) as Codec<T>
}

class Price {
  readonly amount = 1
}

suite('json: refuses what JSON cannot carry, with its place', test => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  const wrong: [string, unknown, RegExp][] = [
    ['a Date', { at: new Date(0) }, /is not JSON: a Date at 'at'/],
    ['a Map', { lines: [new Map([['a', 1]])] }, /a Map at 'lines\.0'/],
    ['a Set', new Set([1]), /a Set; make it/],
    ['a promise that nobody awaited', { price: Promise.resolve(1) }, /a Promise at 'price'/],
    ['a class instance', { price: new Price() }, /a Price at 'price'/],
    ['bytes', { raw: Buffer.from('a') }, /a Buffer at 'raw'/],
    ['a boxed number', { n: Object(1) }, /a Number at 'n'/],
    ['a regular expression', /a/, /a RegExp/],
    ['a function', { f: () => 1 }, /a function at 'f'/],
    ['a symbol', { s: Symbol('s') }, /a symbol at 's'/],
    ['a hole in an array', new Array(1), /undefined at '0'/],
    ['undefined in an array', { a: [1, undefined] }, /undefined at 'a\.1'/],
    ['NaN', { a: { b: Number.NaN } }, /NaN at 'a\.b'/],
    ['a bigint', { a: 5n }, /the bigint 5n at 'a'/],
    ['an integer that may have lost digits', { id: 2 ** 53 }, /a number beyond 2\^53 at 'id'; make it a string/],
    ['a negative one', [-(2 ** 60)], /a number beyond 2\^53 at '0'/],
    ['an object within itself', loop, /holds itself/],
  ]
  for (const [name, value, message] of wrong) {
    test(name, () => {
      const serde = json<unknown>()
      assert.throws(() => codecOf(serde).encode(value), message)
      assert.throws(() => serde.sql.check(value), message)
    })
  }

  test('an integer that a number would round is refused when it is read, wherever it stands', () => {
    for (const text of ['9007199254740993', '{"id":9007199254740993}', '[[-12345678901234567890]]'])
      assert.throws(
        () => codecOf(json()).decode(Buffer.from(text)),
        (error: { code: string; message: string }) =>
          error.code === 'DECODE_FAILED' && /holds an integer beyond 2\^53/.test(error.message),
      )
  })
})

suite('json: what it carries comes back', test => {
  const values: [string, unknown, unknown?][] = [
    ['the last safe integers', [2 ** 53 - 1, -(2 ** 53 - 1)]],
    ['doubles of any size', [1e21, 1.7e308, 5e-324, 0.1, 1e300]],
    ['long digits in a string', '12345678901234567890'],
    ['a key __proto__', JSON.parse('{"__proto__":1}')],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['a field of undefined, as left out', { a: 1, b: undefined }, { a: 1 }],
    ['-0 as 0', [-0], [0]],
    ['a lone surrogate', '\ud800'],
  ]
  for (const [name, value, read = value] of values) {
    test(name, () => {
      const codec = codecOf(json<unknown>())
      const found = codec.decode(codec.encode(value))
      assert.equal(JSON.stringify(found), JSON.stringify(read))
      assert.not.ok(Array.isArray(found) && found.some(part => Object.is(part, -0)))
    })
  }
})

suite('json: large integers on request', test => {
  const exact = json<unknown>({ largeIntegers: 'bigint' })
  const codec = codecOf(exact)
  const value = { id: 9_007_199_254_740_993n, small: 5, text: '9007199254740993', deep: [-(2n ** 63n), 0.5] }

  test('are read and written exactly', () => {
    const text = '{"id":9007199254740993,"small":5,"text":"9007199254740993","deep":[-9223372036854775808,0.5]}'
    assert.is(Buffer.from(codec.encode(value)!).toString(), text)
    assert.equal(codec.decode(Buffer.from(text)), value)
  })

  test('stand in jsonb with all digits, also in keys', () => {
    exact.sql.check(value)
    assert.equal(exact.sql.fromSql(exact.sql.toSql(value)), value)
    assert.is(exact.sql.compare({ id: 2n ** 60n }, { id: 2n ** 60n + 1n }) === 0, false)
    const keys = exact.bind({ topic: 'lines', part: 'key' }) as Codec<unknown>
    assert.is(Buffer.from(keys.encode({ b: 2n ** 60n + 1n, a: 1 })!).toString(), '{"a":1,"b":1152921504606846977}')
  })

  test('numbers and bigints that would change their type are refused', () => {
    assert.throws(() => codec.encode({ a: 5n }), /a bigint within 2\^53 at 'a'/)
    assert.throws(() => codec.encode({ a: 2 ** 60 }), /a number beyond 2\^53 at 'a'; make it a bigint/)
    assert.throws(() => codec.encode({ a: 1e300 }), /make it a bigint/)
  })

  test('fit a zod schema', () => {
    const order = json(z.object({ id: z.union([z.bigint(), z.int().transform(BigInt)]) }), { largeIntegers: 'bigint' })
    assert.equal(codecOf(order).decode(Buffer.from('{"id":9007199254740993}')), { id: 9_007_199_254_740_993n })
    assert.equal(codecOf(order).decode(Buffer.from('{"id":5}')), { id: 5n })
  })
})
