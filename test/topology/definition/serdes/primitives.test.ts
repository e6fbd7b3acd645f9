import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { json } from '../../../../schemas/json.ts'
import { SerdeError } from '../../../../topology/definition/errors.ts'
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
import { tupleSerde } from '../../../../topology/definition/serdes/tuple-serde.ts'
import { suite } from '../../../support/suite.ts'

function codecOf<T>(serde: Serde<T>): Codec<T> {
  return serde.bind({ topic: 'lines', part: 'value' }) as Codec<T>
}

function hex(wire: Uint8Array | null): string {
  return Buffer.from(wire!).toString('hex')
}

function refused(work: () => unknown, code: string, message: RegExp): void {
  try {
    work()
  } catch (error) {
    assert.instance(error, SerdeError)
    assert.is((error as SerdeError).code, code)
    assert.match((error as SerdeError).message, message)
    return
  }
  assert.unreachable(`not refused with ${code}`)
}

suite('serdes: wire forms', test => {
  test('what is carried without bytes is what the bytes give back', () => {
    const pair = tupleSerde([
      ['a', string],
      ['b', int64],
    ]) as Serde<unknown>
    const values = ['', 'é', '\ud800', 1n, -(2n ** 63n), 2n ** 63n, 5, null, ['a', 1n], ['\ud800', 1n], ['a', 1]]
    for (const serde of [string, int64, pair] as Serde<unknown>[]) {
      const codec = codecOf(serde)
      const carried = values.filter(value => codec.carried!(value) !== undefined)
      assert.ok(carried.length > 0)
      for (const value of carried) assert.equal(codec.carried!(value), codec.decode(codec.encode(value)))
      for (const value of values.filter(one => !carried.includes(one))) assert.throws(() => codec.encode(value))
    }
  })

  // Expected bytes: java.io.DataOutput's big-endian forms, which Kafka's serializers write.
  const vectors: [Serde<never>, unknown, string][] = [
    [string as Serde<never>, 'to bé 😀', '746f2062c3a920f09f9880'],
    [string as Serde<never>, '', ''],
    [int32 as Serde<never>, -2, 'fffffffe'],
    [int64 as Serde<never>, 9_007_199_254_740_993n, '0020000000000001'],
    [int64 as Serde<never>, -1n, 'ffffffffffffffff'],
    [float64 as Serde<never>, 1.5, '3ff8000000000000'],
    [float64 as Serde<never>, -0, '8000000000000000'],
    [boolean as Serde<never>, true, '01'],
    [boolean as Serde<never>, false, '00'],
    [timestampMs as Serde<never>, 1_700_000_000_000, '0000018bcfe56800'],
    [
      uuid as Serde<never>,
      '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
      Buffer.from('6ba7b810-9dad-11d1-80b4-00c04fd430c8').toString('hex'),
    ],
    // BigInteger.toByteArray: the shortest two's complement form.
    [decimal as Serde<never>, 0n, '00'],
    [decimal as Serde<never>, 127n, '7f'],
    [decimal as Serde<never>, 128n, '0080'],
    [decimal as Serde<never>, -128n, '80'],
    [decimal as Serde<never>, -129n, 'ff7f'],
    [decimal as Serde<never>, 10n ** 18n, '0de0b6b3a7640000'],
    [json<never>(), { a: [1, null, 'é'] }, Buffer.from('{"a":[1,null,"é"]}').toString('hex')],
  ]
  for (const [serde, value, wire] of vectors) {
    test(`${serde.name} writes ${wire.slice(0, 20)}`, () => {
      const codec = codecOf(serde)
      assert.is(hex(codec.encode(value as never)), wire)
      assert.equal(codec.decode(Buffer.from(wire, 'hex')), value)
    })
  }

  test('bytes pass as they are, and stay so when their source changes', () => {
    const wire = Uint8Array.of(0, 255)
    const written = codecOf(bytes).encode(wire)
    wire[0] = 1
    assert.equal(written, Buffer.from([0, 255]))
    assert.equal(codecOf(bytes).decode(wire), Buffer.from([1, 255]))
  })
})

/** Decimals of 38 digits at most. */
const decimals = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })
/** JSON has none: JSON.stringify writes it as 0. */
const isNegativeZero = (part: unknown) => Object.is(part, -0)
const isLarge = (part: unknown) => Number.isInteger(part) && !Number.isSafeInteger(part)
const texts = fc.string({ unit: 'binary' })

suite('serdes: round trips', test => {
  const roundTrips: [Serde<never>, fc.Arbitrary<unknown>][] = [
    [string as Serde<never>, texts],
    [int32 as Serde<never>, fc.integer()],
    [int64 as Serde<never>, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    [float64 as Serde<never>, fc.double()],
    [boolean as Serde<never>, fc.boolean()],
    [bytes as Serde<never>, fc.uint8Array().map(Buffer.from)],
    [uuid as Serde<never>, fc.uuid()],
    [decimal as Serde<never>, decimals],
    [timestampMs as Serde<never>, fc.integer({ min: -30_610_224_000_000, max: 253_402_300_799_999 })],
    [nullable(string) as Serde<never>, fc.option(texts)],
    [
      json<never>(),
      fc.jsonValue().filter(value => value !== null && !holds(value, isNegativeZero) && !holds(value, isLarge)),
    ],
  ]
  for (const [serde, values] of roundTrips) {
    test(serde.name, () => {
      const codec = codecOf(serde)
      fc.assert(
        fc.property(values, value => {
          assert.equal(codec.decode(codec.encode(value as never)), value)
          if (holds(value, part => typeof part === 'string' && part.includes('\0'))) return
          serde.sql.check(value as never)
          assert.equal(serde.sql.fromSql(serde.sql.toSql(value as never)), value)
          assert.is(serde.sql.compare(value as never, value as never), 0)
        }),
      )
    })
  }
})

/** Whether a part of the value, keys included, is so. */
function holds(value: unknown, is: (part: unknown) => boolean): boolean {
  if (is(value)) return true
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  return Object.entries(value).some(([key, part]) => is(key) || holds(part, is))
}

suite('serdes: what they refuse', test => {
  const wrong: [Serde<never>, unknown, RegExp][] = [
    [string as Serde<never>, 5, /is not a string/],
    [string as Serde<never>, '\ud800', /lone surrogate/],
    [int32 as Serde<never>, 1.5, /32-bit/],
    [int32 as Serde<never>, 2 ** 31, /32-bit/],
    [int64 as Serde<never>, 5, /is not a bigint/],
    [int64 as Serde<never>, 2n ** 63n, /64-bit range/],
    [float64 as Serde<never>, '1', /is not a number/],
    [boolean as Serde<never>, 1, /is not a boolean/],
    [bytes as Serde<never>, [1], /is not bytes/],
    [uuid as Serde<never>, 'nobody', /is not a UUID/],
    [decimal as Serde<never>, 10n ** 38n, /38 digits/],
    [decimal as Serde<never>, 5, /is not a bigint/],
    [timestampMs as Serde<never>, 0.5, /whole number/],
    [json<never>(), Number.NaN, /is not JSON/],
    [json<never>(), { a: [{ total: 12n }] }, /is not JSON: the bigint 12n at 'a\.0\.total'; .*make it a string/],
    [json<never>(), { a: Number.POSITIVE_INFINITY, b: null }, /is not JSON: Infinity at 'a'/],
    [json<never>(), [undefined], /is not JSON/],
  ]
  for (const [serde, value, message] of wrong) {
    test(`${serde.name} does not write ${String(value)}`, () => {
      refused(() => codecOf(serde).encode(value as never), 'ENCODE_FAILED', message)
      refused(() => codecOf(serde).encode(value as never), 'ENCODE_FAILED', /in topic 'lines' with serde/)
    })
  }

  const poison: [Serde<never>, string][] = [
    [string as Serde<never>, 'ff'],
    [string as Serde<never>, 'eda080'],
    [int32 as Serde<never>, '000000'],
    [int64 as Serde<never>, ''],
    [float64 as Serde<never>, '3ff800000000000000'],
    [boolean as Serde<never>, '02'],
    [uuid as Serde<never>, '6162'],
    [decimal as Serde<never>, ''],
    [decimal as Serde<never>, `7f${'00'.repeat(16)}`],
    [timestampMs as Serde<never>, '7fffffffffffffff'],
    [json<never>(), '7b'],
    [json<never>(), 'ff'],
  ]
  for (const [serde, wire] of poison) {
    test(`${serde.name} does not read ${wire || 'nothing'}`, () => {
      refused(() => codecOf(serde).decode(Buffer.from(wire, 'hex')), 'DECODE_FAILED', /in topic 'lines' with serde/)
    })
  }

  test('a U+FFFD that was written is not taken for broken UTF-8', () => {
    assert.is(codecOf(string).decode(codecOf(string).encode('a\ufffd')), 'a\ufffd')
  })

  test('null is refused both ways unless the serde is nullable', () => {
    for (const serde of [string, int32, int64, float64, boolean, bytes, uuid, decimal, timestampMs, json()]) {
      const codec = codecOf(serde as Serde<unknown>)
      refused(() => codec.encode(null), 'ENCODE_FAILED', /is null.*nullable/)
      refused(() => codec.decode(null), 'DECODE_FAILED', /is null.*nullable/)
    }
    assert.is(codecOf(nullable(string)).encode(null), null)
    assert.is(codecOf(nullable(string)).decode(null), null)
    assert.is(nullable(string).name, 'nullable(string)')
  })
})
