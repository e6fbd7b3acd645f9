import fc from 'fast-check'
import * as assert from 'uvu/assert'
import * as z from 'zod'
import { json } from '../../../../schemas/json.ts'
import type { Codec, Serde } from '../../../../topology/definition/serde.ts'
import { nullable } from '../../../../topology/definition/serdes/nullable.ts'
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
} from '../../../../topology/definition/serdes/primitives.ts'
import { suite } from '../../../support/suite.ts'

suite('SQL types: what Postgres could refuse is refused first (C6)', test => {
  const refusals: [Serde<never>, unknown, RegExp][] = [
    [string as Serde<never>, 'a\0b', /NUL/],
    [string as Serde<never>, '\udc00', /surrogate/],
    [string as Serde<never>, null, /not a string/],
    [int32 as Serde<never>, 2 ** 31, /32-bit/],
    [int64 as Serde<never>, -(2n ** 63n) - 1n, /64-bit range/],
    [float64 as Serde<never>, null, /not a number/],
    [boolean as Serde<never>, 'yes', /not a boolean/],
    [bytes as Serde<never>, 'text', /not bytes/],
    [uuid as Serde<never>, '6ba7b810', /not a UUID/],
    [decimal as Serde<never>, 10n ** 38n, /38 digits/],
    [timestampMs as Serde<never>, 253_402_300_800_000, /years 1000 to 9999/],
    [json<never>(), { name: 'a\0' }, /U\+0000/],
    [json<never>(), { 'a\0': 1 }, /U\+0000/],
    [json<never>(), ['\ud83d'], /U\+d83d/],
    [json<never>(), 1n, /not JSON/],
    [nullable(string) as Serde<never>, 'a\0', /NUL/],
  ]
  for (const [serde, value, message] of refusals) {
    test(`${serde.name}: ${String(value).replaceAll('\0', '\\0')}`, () => {
      assert.throws(
        () => serde.sql.check(value as never),
        (error: { code: string; message: string }) => error.code === 'VALUE_REFUSED' && message.test(error.message),
      )
    })
  }

  test('what only looks like an escape is let through', () => {
    const value = { path: '\\u0000', more: '\\\\ud800' }
    json().sql.check(value)
    assert.equal(json().sql.fromSql(json().sql.toSql(value)), value)
  })
})

suite('SQL types: order', test => {
  test('text is compared as its UTF-8 bytes are', () => {
    assert.ok(string.sql.compare('\uffee', '😀') < 0)
    assert.ok('\uffee' > '😀')
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '\u00e9', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}'),
    })
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.is(Math.sign(string.sql.compare(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
    )
  })

  test('NaN is the greatest double and equals itself; nulls come last', () => {
    const sorted = [Number.NaN, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].sort(float64.sql.compare)
    assert.equal(sorted, [Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY, Number.NaN])
    assert.equal(['b', null, 'a'].sort(nullable(string).sql.compare), ['a', 'b', null])
  })
})

suite('json', test => {
  const dated = json(
    z.object({
      at: z.codec(z.iso.datetime(), z.date(), {
        decode: text => new Date(text),
        encode: date => date.toISOString() as z.util.JSONType & string,
      }),
    }),
  )
  const codec = dated.bind({ topic: 'lines', part: 'value' }) as Codec<{ at: Date }>

  test('a zod schema checks what is read and what is written, and applies its codecs', () => {
    const value = { at: new Date(0) }
    assert.is(Buffer.from(codec.encode(value)!).toString(), '{"at":"1970-01-01T00:00:00.000Z"}')
    assert.equal(codec.decode(codec.encode(value)), value)
    assert.equal(dated.sql.fromSql(dated.sql.toSql(value)), value)
    assert.throws(
      () => codec.decode(Buffer.from('{"at":"yesterday"}')),
      (error: { code: string }) => error.code === 'DECODE_FAILED',
    )
    assert.throws(
      () => codec.encode({ at: 5 } as never),
      (error: { code: string }) => error.code === 'ENCODE_FAILED',
    )
  })

  test('strings and what drivers make of jsonb cannot be confused', () => {
    for (const value of [
      'text',
      '"quoted"',
      '1',
      '',
      { '': 'text' },
      { '': { '': 'text' } },
      { '': 1 },
      null,
      7,
      [],
      true,
    ]) {
      const sent = json().sql.toSql(value) as string
      const parsed: unknown = JSON.parse(sent)
      assert.equal(json().sql.fromSql(sent), value)
      assert.equal(json().sql.fromSql(parsed), value)
    }
  })
})
