import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { exactJsonText, parseExactJson, parseSafeJson } from '../../schemas/exact-json.ts'
import { suite } from '../support/suite.ts'

suite('JSON with all digits', test => {
  const texts: [string, string, unknown][] = [
    ['an integer beyond 2^53', '9007199254740993', 9007199254740993n],
    ['one below zero', '[-9007199254740993]', [-9007199254740993n]],
    ['the last safe integer', '9007199254740991', 9007199254740991],
    ['a fraction of many digits', '0.1234567890123456789', 0.12345678901234568],
    ['digits in a string', '"9007199254740993"', '9007199254740993'],
    ['digits behind a quote in a string', '"\\"9007199254740993,"', '"9007199254740993,'],
    ['digits as a key', '{"9007199254740993":1}', { '9007199254740993': 1 }],
    [
      'strings that look like the marks',
      '["\\u0000n12","\\u0000s",9007199254740993]',
      ['\0n12', '\0s', 9007199254740993n],
    ],
    ['a key that looks like a mark', '{"\\u0000n12":9007199254740993}', { '\0n12': 9007199254740993n }],
    ['a double of many digits', '1e300', 1e300],
  ]
  for (const [name, text, value] of texts) {
    test(name, () => {
      assert.equal(parseExactJson(text), value)
      assert.equal(parseExactJson(exactJsonText(value) as string), value)
    })
  }

  test('is the same text again, and the same value', () => {
    const digits = fc.bigInt().filter(value => !Number.isSafeInteger(Number(value)))
    const text = fc.oneof(
      fc.string(),
      fc.string().map(value => `\0${value}`),
      fc.constantFrom('\0n5', ',"\0n5', '"'),
    )
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        digits,
        text,
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true, maxExcluded: true, max: 2 ** 53, min: -(2 ** 53) }),
        fc.array(tie('tree')),
        fc.dictionary(text, tie('tree'), { noNullPrototype: true }),
      ),
    }))
    fc.assert(
      fc.property(tree, value => {
        const json = exactJsonText(value) as string
        assert.equal(exactJsonText(parseExactJson(json)), json)
      }),
    )
  })

  test('a key __proto__ is a key', () => {
    assert.equal(Object.keys(parseExactJson('{"__proto__":9007199254740993}') as object), ['__proto__'])
  })

  test('what would be rounded is refused where digits cannot be kept', () => {
    for (const text of ['9007199254740993', '{"a":[-12345678901234567890]}', '9007199254740992'])
      assert.throws(() => parseSafeJson(text), /holds an integer beyond 2\^53/)
    for (const text of ['1e400', `${'9'.repeat(310)}.5`])
      assert.throws(() => parseSafeJson(text), /greater than any double/)
    assert.equal(parseSafeJson('["9007199254740993",1e300,0.12345678901234567]'), [
      '9007199254740993',
      1e300,
      0.12345678901234566,
    ])
  })

  test('text that is no JSON is a SyntaxError', () => {
    assert.throws(
      () => parseExactJson('{9007199254740993}'),
      (error: unknown) => error instanceof SyntaxError,
    )
  })
})
