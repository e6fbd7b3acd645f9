import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { MillraceError } from '../../../../topology/definition/errors.ts'
import { int64, string, timeSerde } from '../../../../topology/definition/serdes/primitives.ts'
import { extended, single, tuple } from '../../../../topology/definition/stores/layout.ts'
import { sqlColumnName, sqlTableName } from '../../../../topology/definition/stores/naming.ts'
import { windowStore } from '../../../../topology/definition/stores/window.ts'
import { suite } from '../../../support/suite.ts'

const binding = { topic: 't', part: 'key' } as const

suite('row layouts', test => {
  test('one column holds the value itself', () => {
    const layout = single('windowKey', string)
    assert.equal(
      layout.columns.map(({ name, sql }) => [name, sql.pg]),
      [['window_key', 'text']],
    )
    assert.equal([layout.split('a'), layout.join(['a'], [])], [['a'], 'a'])
  })

  test('a tuple is a column for each part, and length-prefixed bytes on the wire', async () => {
    const layout = tuple([
      ['portfolioId', string],
      ['seq', int64],
    ])
    assert.equal(
      layout.columns.map(({ name }) => name),
      ['portfolio_id', 'seq'],
    )
    const codec = await layout.serde.bind(binding)
    const bytes = codec.encode(['ab', 1n])!
    // int32 2, 'ab', int32 8, int64 1
    assert.is(Buffer.from(bytes).toString('hex'), '00000002' + '6162' + '00000008' + '0000000000000001')
    assert.equal(await codec.decode(bytes), ['ab', 1n])
  })

  test('any tuple comes back, and no two have the same bytes', async () => {
    const codec = await tuple([
      ['a', string],
      ['b', string],
    ]).serde.bind(binding)
    const pair = fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))
    await fc.assert(
      fc.asyncProperty(pair, pair, async (one, other) => {
        const bytes = codec.encode(one)!
        assert.equal(await codec.decode(bytes), one)
        const same = one[0] === other[0] && one[1] === other[1]
        assert.is(Buffer.compare(bytes, codec.encode(other)!) === 0, same)
      }),
    )
  })

  test('bytes that are no tuple are DECODE_FAILED', async () => {
    const codec = await tuple([
      ['a', string],
      ['b', int64],
    ]).serde.bind(binding)
    const good = Buffer.from(codec.encode(['x', 1n])!)
    const bad = [
      null,
      Buffer.alloc(0),
      good.subarray(0, 4),
      good.subarray(0, -1),
      Buffer.concat([good, Buffer.of(0)]),
      Buffer.alloc(8, 255),
    ]
    for (const bytes of bad)
      assert.throws(
        () => codec.decode(bytes),
        (error: unknown) => error instanceof MillraceError && error.code === 'DECODE_FAILED',
      )
  })

  test('a layout extended by a time splits, joins and encodes as the shape it is given', async () => {
    const key = extended<string, { id: string; at: number }>(single('id', string), [['at', timeSerde]], {
      take: ({ id, at }) => [id, at],
      make: (id, [at]) => ({ id, at: at as number }),
    })
    assert.equal(key.split({ id: 'x', at: 5 }), ['x', 5])
    assert.equal(key.join(['x', 5], []), { id: 'x', at: 5 })
    const codec = await key.serde.bind(binding)
    assert.equal(await codec.decode(codec.encode({ id: 'x', at: -1 })), { id: 'x', at: -1 })
  })

  test('a window key over a tuple has the tuple columns first', () => {
    const store = windowStore('w', {
      key: tuple([
        ['a', string],
        ['b', int64],
      ]),
      value: string,
      retention: '1m',
    })
    assert.equal(
      store.key.columns.map(({ name }) => name),
      ['a', 'b', 'window_start'],
    )
    assert.is(store.retainedBy, 2)
    assert.equal(store.key.join(store.key.split({ key: ['x', 1n], start: 7 }), []), { key: ['x', 1n], start: 7 })
  })

  test('names become SQL names, or are refused', () => {
    assert.is(sqlTableName('word-counts.v2'), 'word_counts_v2')
    assert.is(sqlColumnName('portfolioId'), 'portfolio_id')
    const refused = (make: () => unknown) =>
      assert.throws(make, (error: unknown) => error instanceof MillraceError && error.code === 'TOPOLOGY_INVALID')
    refused(() => sqlTableName('1st'))
    refused(() => sqlTableName('a'.repeat(64)))
    refused(() => sqlTableName('a"; drop table b'))
    refused(() => sqlColumnName('partition'))
    refused(() => sqlColumnName('recordTimestamp'))
  })
})
