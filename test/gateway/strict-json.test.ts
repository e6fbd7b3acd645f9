import * as assert from 'uvu/assert'
import { parseStrictJson } from '../../gateway/strict-json.ts'
import { suite } from '../support/suite.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** The problem of a text; undefined: it has none. */
function problemOf(given: string | Uint8Array): string | undefined {
  try {
    parseStrictJson(typeof given === 'string' ? bytes(given) : given)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

suite('strict JSON', test => {
  test('is what JSON.parse gives, where there is one reading', () => {
    for (const text of [
      '{"a":{"x":1},"b":[{"x":1},{"x":2}],"c":"{\\"a\\":1,\\"a\\":2}","":null}',
      '[1.50, -0, 1e3, 1E-7, 0.1, 123456789.123, 9007199254740991, 1e21, 5e-324, 1.7976931348623157e308]',
      ' "\\ud83d\\ude00 \\u0000 \\\\" ',
      '{"a":"1","b":"a"}',
    ])
      assert.equal(parseStrictJson(bytes(text)), JSON.parse(text))
  })

  test('a field that is there twice is refused, however its name is written and wherever it is', () => {
    for (const text of [
      '{"side":1,"side":1}',
      '{"\\u0073ide":1,"side":2}',
      '[{"a":{"side":1,"b":{"side":0},"side":2}}]',
    ])
      assert.is(problemOf(text), "names the field 'side' twice")
    assert.is(problemOf('{"__proto__":1,"__proto__":2}'), "names the field '__proto__' twice")
  })

  test('a number that a double does not hold is refused', () => {
    // 2^53 + 1, a digit too many, an overflow, an underflow.
    for (const number of [
      '9007199254740993',
      '10.00000000000000000001',
      '0.10000000000000001',
      '1e400',
      '1e-400',
      '-9e999999999',
    ])
      assert.match(problemOf(`{"quantity":${number}}`) ?? '', 'which most readers would round', number)
  })

  test('bytes and characters that are none are refused', () => {
    assert.is(problemOf(new Uint8Array([0x22, 0xc3, 0x28, 0x22])), 'is not UTF-8')
    assert.is(problemOf(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])), 'is not UTF-8', 'a surrogate as three bytes')
    assert.is(problemOf(new Uint8Array([0x22, 0xc0, 0x80, 0x22])), 'is not UTF-8', 'an overlong NUL')
    assert.is(problemOf(new Uint8Array([0xff, 0xfe, 0x31, 0x00])), 'is not UTF-8', 'UTF-16')
    assert.is(problemOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x31])), 'is not JSON', 'a byte order mark')
    for (const half of ['"\\ud800"', '"\\udc00\\ud800"', '{"\\ud800":1}'])
      assert.match(problemOf(half) ?? '', 'half a surrogate pair')
    for (const text of ['', '{', '{"a":1,}', "{'a':1}", '01', 'NaN', '[1]x', '{"a":1}{"a":1}'])
      assert.is(problemOf(text), 'is not JSON', text)
  })

  test('a body of the largest size takes no long time, whatever is in it', () => {
    const size = 65_000
    for (const text of [
      `{"a":${'9'.repeat(size)}}`,
      `{"a":1e${'9'.repeat(size)}}`,
      `"${'\\"'.repeat(size / 2)}"`,
      '['.repeat(size / 2) + ']'.repeat(size / 2),
      `${'{"a":'.repeat(size / 6)}1${'}'.repeat(size / 6)}`,
      `"${'\\'.repeat(size)}`,
      ' '.repeat(size),
    ]) {
      // The machine itself may stand still for a while: the shortest of three times counts.
      let took = Number.POSITIVE_INFINITY
      for (let attempt = 0; attempt < 3 && took >= 1_000; attempt++) {
        const start = performance.now()
        problemOf(text)
        took = performance.now() - start
      }
      assert.ok(took < 1_000, `${took} ms for ${text.slice(0, 10)}`)
    }
  })
})
