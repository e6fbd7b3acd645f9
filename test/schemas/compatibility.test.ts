import * as assert from 'uvu/assert'
import { incompatibilities, problemText } from '../../schemas/compatibility.ts'
import type { AvroSchema } from '../../topology/definition/serde.ts'
import { suite } from '../support/suite.ts'

const record = (...fields: object[]): AvroSchema => ({ type: 'record', name: 'acme.Order', fields })
const field = (type: AvroSchema, more: object = {}) => record({ name: 'x', type, ...more })
const nested = (...fields: object[]) => record({ name: 'payload', type: { type: 'record', name: 'Payload', fields } })
const decimal = (precision: number, scale?: number): AvroSchema => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  ...(scale !== undefined && { scale }),
})
const logical = (type: string, logicalType: string): AvroSchema => ({ type, logicalType })
const enumOf = (symbols: string[], more: object = {}): AvroSchema => ({ type: 'enum', name: 'Side', symbols, ...more })
const fixed = (size: number, name = 'Hash', more: object = {}): AvroSchema => ({ type: 'fixed', name, size, ...more })
const array = (items: AvroSchema): AvroSchema => ({ type: 'array', items })
const map = (values: AvroSchema): AvroSchema => ({ type: 'map', values })

suite('compatibility: what may follow', test => {
  const fits: [string, AvroSchema, AvroSchema][] = [
    ['the same', field(decimal(38, 18)), field(decimal(38, 18))],
    ['a new field with a default', record(), field('int', { default: 0 })],
    ['a new field with a default of null', record(), field(['null', 'int'], { default: null })],
    ['a removed field that had a default', field('int', { default: 0 }), record()],
    [
      'another order of fields',
      record({ name: 'a', type: 'int' }, { name: 'b', type: 'int' }),
      record({ name: 'b', type: 'int' }, { name: 'a', type: 'int' }),
    ],
    ['int to long', field('int'), field('long')],
    ['int to double', field('int'), field('double')],
    ['long to float', field('long'), field('float')],
    ['float to double', field('float'), field('double')],
    ['string to bytes', field('string'), field('bytes')],
    ['bytes to string', field('bytes'), field('string')],
    ['a type that becomes optional', field('string'), field(['null', 'string'])],
    ['a union that grows', field(['null', 'string']), field(['null', 'string', 'long'])],
    ['a union in another order', field(['null', 'string']), field(['string', 'null'])],
    ['a branch that is promoted', field(['null', 'int']), field(['null', 'long'])],
    ['a new symbol', field(enumOf(['BUY'])), field(enumOf(['BUY', 'SELL']))],
    [
      'a removed symbol where there is a default',
      field(enumOf(['BUY', 'SELL'])),
      field(enumOf(['BUY', 'OTHER'], { default: 'OTHER' })),
    ],
    [
      'a renamed record with an alias',
      record(),
      { type: 'record', name: 'acme.Trade', aliases: ['acme.Order'], fields: [] },
    ],
    ['another namespace', record(), { type: 'record', name: 'beta.Order', fields: [] }],
    ['an enum in another namespace', field(enumOf(['A'])), field(enumOf(['A'], { name: 'beta.Side' }))],
    ['a fixed without its namespace', field(fixed(4)), field(fixed(4, '.Hash', { name: 'Hash', namespace: '' }))],
    [
      'a namesake in a union',
      field(['null', { type: 'record', name: 'I', fields: [] }]),
      field(['null', { type: 'record', name: 'beta.I', fields: [] }]),
    ],
    [
      'an alias beside a name with its namespace',
      record(),
      { type: 'record', name: 'acme.Trade', aliases: ['Order'], fields: [] },
    ],
    ['a renamed enum with an alias', field(enumOf(['A'])), field(enumOf(['A'], { name: 'Way', aliases: ['Side'] }))],
    ['a decimal with more digits', field(decimal(20, 4)), field(decimal(38, 4))],
    ['a decimal that never held, as its bytes', field(decimal(2, 4)), field('bytes')],
    ['a uuid on an int, as an int', field(logical('int', 'uuid')), field('int')],
    [
      'an alias in the same namespace',
      record(),
      { type: 'record', name: 'Trade', namespace: 'acme', aliases: ['Order'], fields: [] },
    ],
    ['a renamed field with an alias', field('int'), record({ name: 'y', aliases: ['x'], type: 'int' })],
    ['new docs', field('int'), field('int', { doc: 'How many.' })],
    [
      'a name written with its namespace apart',
      record(),
      { type: 'record', name: 'Order', namespace: 'acme', fields: [] },
    ],
    [
      'a reference instead of a second definition',
      record({ name: 'a', type: enumOf(['A']) }, { name: 'b', type: 'Side' }),
      record({ name: 'b', type: enumOf(['A']) }, { name: 'a', type: 'acme.Side' }),
    ],
    ['a decimal whose scale of 0 is left out', field(decimal(10, 0)), field(decimal(10))],
    [
      'a record that contains itself',
      record({ name: 'next', type: ['null', 'acme.Order'], default: null }),
      record({ name: 'next', type: ['null', 'acme.Order'], default: null }),
    ],
  ]
  for (const [name, old, next] of fits) test(name, () => assert.equal(incompatibilities(next, [old]), []))
})

suite('compatibility: what may not follow, and where', test => {
  const refusals: [string, AvroSchema, AvroSchema, string][] = [
    ['a new field without a default', record(), field('int'), "field 'x' is new and has no default"],
    ['a removed field without a default', field('int'), record(), "field 'x' was removed and had no default"],
    [
      'the same in a nested record',
      nested({ name: 'quantity', type: decimal(38, 18) }),
      nested(),
      "field 'payload.quantity' was removed and had no default",
    ],
    [
      'a renamed field',
      field('int'),
      record({ name: 'y', type: 'int', default: 0 }),
      "field 'x' was removed and had no default",
    ],
    [
      'a decimal scale',
      field(decimal(38, 18)),
      field(decimal(38, 9)),
      "field 'x' changed its decimal scale from 18 to 9",
    ],
    [
      'a decimal scale that disappears',
      field(decimal(38, 18)),
      field(decimal(38)),
      "field 'x' changed its decimal scale from 18 to 0",
    ],
    [
      'a decimal precision',
      field(decimal(38, 18)),
      field(decimal(20, 18)),
      "field 'x' changed its decimal precision from 38 to 20",
    ],
    [
      'an optional decimal scale',
      field(['null', decimal(38, 18)]),
      field(['null', decimal(38, 9)]),
      "field 'x' changed its decimal scale from 18 to 9",
    ],
    [
      'a decimal on fixed',
      field(fixed(16, 'D', { logicalType: 'decimal', precision: 30, scale: 4 })),
      field(fixed(16, 'D', { logicalType: 'decimal', precision: 30, scale: 6 })),
      "field 'x' changed its decimal scale from 4 to 6",
    ],
    [
      'a decimal that becomes bytes',
      field(decimal(38, 18)),
      field('bytes'),
      "field 'x' changed its logical type from decimal to none",
    ],
    [
      'bytes that become a decimal',
      field('bytes'),
      field(decimal(38, 18)),
      "field 'x' changed its logical type from none to decimal",
    ],
    [
      'millis to micros',
      field(logical('long', 'timestamp-millis')),
      field(logical('long', 'timestamp-micros')),
      "field 'x' changed its logical type from timestamp-millis to timestamp-micros",
    ],
    [
      'a date that becomes a long',
      field(logical('int', 'date')),
      field('long'),
      "field 'x' changed its logical type from date to none",
    ],
    ['long to int', field('long'), field('int'), "field 'x' changed its type from long to int"],
    ['double to float', field('double'), field('float'), "field 'x' changed its type from double to float"],
    ['string to long', field('string'), field('long'), "field 'x' changed its type from string to long"],
    ['bytes to fixed', field('bytes'), field(fixed(4)), "field 'x' changed its type from bytes to fixed 'acme.Hash'"],
    [
      'string to enum',
      field('string'),
      field(enumOf(['A'])),
      "field 'x' changed its type from string to enum 'acme.Side'",
    ],
    [
      'a removed symbol',
      field(enumOf(['BUY', 'SELL', 'HOLD'])),
      field(enumOf(['BUY'])),
      "field 'x' lost the symbols 'SELL', 'HOLD'",
    ],
    [
      'a renamed enum',
      field(enumOf(['A'])),
      field(enumOf(['A'], { name: 'Direction' })),
      "field 'x' renamed its enum from 'acme.Side' to 'acme.Direction'",
    ],
    [
      'a renamed record',
      record(),
      { type: 'record', name: 'acme.Trade', fields: [] },
      "the schema renamed its record from 'acme.Order' to 'acme.Trade'",
    ],
    ['a fixed size', field(fixed(4)), field(fixed(8)), "field 'x' changed its size from 4 to 8 bytes"],
    [
      'a renamed fixed',
      field(fixed(4)),
      field(fixed(4, 'Digest')),
      "field 'x' renamed its fixed from 'acme.Hash' to 'acme.Digest'",
    ],
    ['a union that loses null', field(['null', 'string']), field('string'), "field 'x' can no longer be null"],
    [
      'a union that loses a type',
      field(['null', 'string', 'long']),
      field(['null', 'string']),
      "field 'x' can no longer be long",
    ],
    ['a type that its new union lacks', field('string'), field(['null', 'long']), "field 'x' can no longer be string"],
    ['items of an array', field(array('long')), field(array('int')), "field 'x[]' changed its type from long to int"],
    [
      'records in an array',
      field(array({ type: 'record', name: 'I', fields: [] })),
      field(array({ type: 'record', name: 'I', fields: [{ name: 'n', type: 'int' }] })),
      "field 'x[].n' is new and has no default",
    ],
    ['values of a map', field(map('string')), field(map('long')), "field 'x{}' changed its type from string to long"],
    [
      'an array that becomes a map',
      field(array('long')),
      field(map('long')),
      "field 'x' changed its type from array to map",
    ],
    [
      'a record in a union',
      field(['null', { type: 'record', name: 'I', fields: [] }]),
      field(['null', { type: 'record', name: 'I', fields: [{ name: 'n', type: 'int' }] }]),
      "field 'x.n' is new and has no default",
    ],
    [
      'a record that contains itself',
      record({ name: 'next', type: ['null', 'acme.Order'], default: null }),
      record({ name: 'next', type: ['null', 'acme.Order'], default: null }, { name: 'n', type: 'int' }),
      "field 'n' is new and has no default",
    ],
    [
      'a list whose record was renamed',
      record({
        name: 'next',
        type: ['null', { type: 'record', name: 'L', fields: [{ name: 'n', type: ['null', 'L'] }] }],
      }),
      record({
        name: 'next',
        type: ['null', { type: 'record', name: 'M', fields: [{ name: 'n', type: ['null', 'M'] }] }],
      }),
      "field 'next' can no longer be record 'acme.L'",
    ],
    ['a schema that is no record', 'long', 'string', 'the schema changed its type from long to string'],
  ]
  for (const [name, old, next, problem] of refusals) {
    test(name, () => {
      const [found, ...more] = incompatibilities(next, [old]).map(problemText)
      assert.ok(found?.startsWith(`${problem}: `), found ?? 'nothing was found')
      assert.equal(more, [])
    })
  }

  test('all problems are found at once', () => {
    const old = record({ name: 'a', type: 'long' }, { name: 'b', type: decimal(38, 18) }, { name: 'c', type: 'int' })
    const next = record({ name: 'a', type: 'int' }, { name: 'b', type: decimal(30, 9) }, { name: 'd', type: 'int' })
    assert.equal(
      incompatibilities(next, [old]).map(({ path, problem }) => `${path} ${problem}`),
      [
        'a changed its type from long to int',
        'b changed its decimal scale from 18 to 9',
        'b changed its decimal precision from 38 to 30',
        'd is new and has no default',
        'c was removed and had no default',
      ],
    )
  })

  test('all versions count, and one problem is told once', () => {
    const first = record()
    const second = field('int', { default: 0 })
    assert.equal(incompatibilities(field('int'), [second]), [])
    assert.is(incompatibilities(field('int'), [first, second, first]).length, 1)
  })

  test('a field may go once the latest version gave it a default, as the remedy says', () => {
    const without = field('int')
    const withDefault = field('int', { default: 0 })
    assert.is(incompatibilities(record(), [without]).length, 1)
    assert.equal(incompatibilities(withDefault, [without]), [])
    assert.equal(incompatibilities(record(), [without, withDefault]), [])
    assert.is(incompatibilities(record(), [withDefault, without]).length, 1)
  })
})
