import fc from 'fast-check'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { avroOf } from '../../schemas/avro/avro.ts'
import { json } from '../../schemas/json.ts'
import type { Serde } from '../../topology/definition/serde.ts'
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
} from '../../topology/definition/serdes/primitives.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'

const { database } = await realParts({ postgres: true })
const sql = postgres(await database(), { max: 1, onnotice: () => {}, connection: { TimeZone: 'UTC' } })

const text = fc.string({ unit: 'binary' }).filter(value => !value.includes('\0'))
const record = avroOf<object>({
  type: 'record',
  name: 'R',
  fields: [
    { name: 'n', type: 'long' },
    { name: 'd', type: 'double' },
    { name: 's', type: 'string' },
    { name: 'b', type: ['null', 'bytes'] },
  ],
})

/** Every serde with values that its column must give back, and the values' order where it is a key's. */
const columns: [Serde<never>, fc.Arbitrary<unknown>, 'ordered' | 'unordered'][] = [
  [string as Serde<never>, text, 'ordered'],
  [int32 as Serde<never>, fc.integer(), 'ordered'],
  [int64 as Serde<never>, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), 'ordered'],
  [float64 as Serde<never>, fc.double().filter(value => !Object.is(value, -0)), 'ordered'],
  [boolean as Serde<never>, fc.boolean(), 'ordered'],
  [bytes as Serde<never>, fc.uint8Array().map(value => Buffer.from(value)), 'ordered'],
  [uuid as Serde<never>, fc.uuid(), 'ordered'],
  [decimal as Serde<never>, fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), 'ordered'],
  [timestampMs as Serde<never>, fc.integer({ min: -30_610_224_000_000, max: 253_402_300_799_999 }), 'ordered'],
  [
    json<never>(),
    fc.oneof(
      text,
      fc.array(fc.integer()),
      fc.dictionary(fc.constantFrom('a', 'b', ''), text, { noNullPrototype: true }),
    ),
    'unordered',
  ],
  [
    record as Serde<never>,
    fc.record(
      {
        n: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        d: fc.double(),
        s: text,
        b: fc.option(fc.uint8Array().map(value => Buffer.from(value))),
      },
      { noNullPrototype: true },
    ),
    'unordered',
  ],
]

suite('SQL types on a real Postgres', test => {
  for (const [serde, values, order] of columns) {
    const { sql: type } = serde
    test(`${serde.name} as ${type.pg} comes back, and sorts as it is compared`, async () => {
      const written = fc.sample(values, 200)
      for (const value of written) type.check(value as never)
      // The driver takes jsonb parameters as values to stringify: text keeps them as toSql made them.
      const sent = written.map(value => encoded(type.toSql(value as never)))
      const collation = type.pg === 'text' ? 'collate "C"' : ''
      const rows = await sql.unsafe(
        `select t.i, t.v::${type.pg} as v from unnest($1::int[], $2::text[]) as t (i, v) order by t.v::${type.pg} ${collation}, t.i`,
        [sent.map((_, index) => index), sent] as never,
      )
      assert.is(rows.length, written.length)
      for (const { i, v } of rows) assert.equal(type.fromSql(v), written[i])
      if (order === 'unordered') return
      const expected = written
        .map((value, i) => ({ value, i }))
        .sort((a, b) => type.compare(a.value as never, b.value as never) || a.i - b.i)
      assert.equal(
        rows.map(row => row.i),
        expected.map(({ i }) => i),
      )
    })
  }

  const refusedByPostgres: [string, string, string][] = [
    ['text with NUL', 'select $1::text', 'a\0b'],
    ['jsonb with NUL', 'select $1::text::jsonb', '{"a":"\\u0000"}'],
    ['jsonb with a lone surrogate', 'select $1::text::jsonb', '["\\ud800"]'],
    ['39 digits', 'select $1::text::numeric(38,18)', '1'.padEnd(21, '0')],
    ['2^63', 'select $1::text::bigint', String(2n ** 63n)],
  ]
  for (const [name, statement, value] of refusedByPostgres) {
    test(`Postgres does refuse what check refuses: ${name}`, async () => {
      const refusal = await sql.unsafe(statement, [value]).then(
        () => undefined,
        error => error,
      )
      assert.instance(refusal, Error)
    })
  }

  test.after(() => sql.end())
})

/** As text of the column's type: bytea in its hex form. */
function encoded(value: unknown): string {
  return value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : String(value)
}
