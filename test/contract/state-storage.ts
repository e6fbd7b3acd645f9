import { boolean, doublePrecision, integer, jsonb, text, uuid } from 'drizzle-orm/pg-core'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { avro } from '../../schemas/avro/avro.ts'
import { json } from '../../schemas/json.ts'
import type { StateStorage, StoredRow, TaskDelta, TaskStorage } from '../../store/contract.ts'
import { columnsOf } from '../../store/derived-columns.ts'
import { bigint, bytes as bytesColumn, decimal as decimalColumn, timestamp } from '../../store/table-columns.ts'
import { tableStore } from '../../store/table-store.ts'
import { type ErrorCode, MillraceError } from '../../topology/definition/errors.ts'
import { bytes, decimal, int64, string } from '../../topology/definition/serdes/primitives.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { tuple } from '../../topology/definition/stores/layout.ts'
import { versionedStore } from '../../topology/definition/stores/versioned.ts'
import { windowStore } from '../../topology/definition/stores/window.ts'

type Plain = { readonly a: readonly (number | string | null)[] }

interface Kinds {
  readonly id: string
  readonly text: string | null
  readonly small: number | null
  readonly large: bigint | null
  readonly exact: bigint | null
  readonly flag: boolean | null
  readonly double: number | null
  readonly at: number | null
  readonly raw: Uint8Array | null
  readonly plain: Plain | null
}

const counts = keyValueStore('word-counts', { key: string, value: int64 })
const texts = keyValueStore('texts', { key: string, value: string })
const amounts = keyValueStore('amounts', { key: int64, value: decimal })
const blobs = keyValueStore('blobs', { key: bytes, value: bytes })
const fills = keyValueStore('fills', {
  key: tuple([
    ['portfolioId', string],
    ['seq', int64],
  ]),
  value: string,
})
const exact = json<unknown>({ largeIntegers: 'bigint' })
const documents = keyValueStore('documents', { key: exact, value: exact })
const bars = windowStore('bars', { key: string, value: int64, retention: '1m' })
const rates = versionedStore('rates', { key: string, value: decimal, history: '1h' })
const kinds = tableStore(
  'kinds',
  {
    id: uuid().notNull(),
    text: text(),
    small: integer(),
    large: bigint(),
    exact: decimalColumn(),
    flag: boolean(),
    double: doublePrecision(),
    at: timestamp(),
    raw: bytesColumn(),
    plain: jsonb().$type<Plain>(),
  },
  { key: ['id'], value: json<Kinds>() },
)
const Derived = avro({
  type: 'record',
  name: 'Derived',
  fields: [
    { name: 'id', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
    { name: 'cents', type: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 } },
    { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }], default: null },
    { name: 'levels', type: { type: 'array', items: 'long' } },
    {
      name: 'note',
      type: ['null', { type: 'record', name: 'Note', fields: [{ name: 'raw', type: 'bytes' }] }],
      default: null,
    },
    { name: 'either', type: ['null', 'string', 'long'], default: null },
  ],
})
const derived = tableStore('derived', columnsOf(Derived), { key: ['id'], value: Derived })
const stores: readonly AnyStore[] = [counts, texts, amounts, blobs, documents, fills, bars, rates, kinds, derived]

/** A delta of one store; `at` moves its checkpoint from one offset to another. */
function delta(
  store: string,
  change: { puts?: readonly StoredRow[]; deletes?: readonly (readonly unknown[])[] },
  at?: { previous: number | undefined; next: number },
): TaskDelta {
  const { puts = [], deletes = [] } = change
  return { stores: [{ store, puts, deletes }], checkpoints: new Map(at && [[store, at]]) }
}

function row(key: readonly unknown[], value: readonly unknown[], timestamp = 7): StoredRow {
  return { key, value, timestamp }
}

async function rejects(work: Promise<unknown>, code: ErrorCode): Promise<void> {
  try {
    await work
  } catch (error) {
    assert.instance(error, MillraceError)
    assert.is((error as MillraceError).code, code)
    return
  }
  assert.unreachable(`${code} is expected`)
}

/**
 * The cases that every state storage keeps. `make` gives an empty storage; `again` another client of the same data, as
 * another worker has; `lose` takes all data away under its clients.
 */
export function stateStorageContract(
  test: Test,
  make: () => Promise<{
    storage: StateStorage
    again: () => StateStorage
    lose: () => Promise<void>
    close: () => Promise<void>
  }>,
): void {
  type Opened = Awaited<ReturnType<typeof make>> & { claim(partition?: number): Promise<TaskStorage> }
  const check = (name: string, body: (opened: Opened) => Promise<void>) =>
    test(name, async () => {
      const opened = await make()
      try {
        await opened.storage.migrate('app', stores)
        const claim = (partition = 0) =>
          opened.storage.claim({ application: 'app', task: { subtopology: 'sub', partition }, stores })
        await body({ ...opened, claim })
      } finally {
        await opened.close()
      }
    })

  check('rows come back as they were put, by key and in key order', async ({ claim }) => {
    const task = await claim()
    await task.apply(
      delta(
        'word-counts',
        { puts: [row(['b'], [2n]), row(['a'], [1n], 1_700_000_000_000)] },
        { previous: undefined, next: 2 },
      ),
    )
    assert.equal(await task.get('word-counts', [['a'], ['none'], ['b']]), [
      row(['a'], [1n], 1_700_000_000_000),
      undefined,
      row(['b'], [2n]),
    ])
    assert.equal(
      (await task.scan('word-counts', {})).map(({ key }) => key[0]),
      ['a', 'b'],
    )
  })

  check('a put replaces, a delete removes, and neither needs the row to be there', async ({ claim }) => {
    const task = await claim()
    await task.apply(delta('word-counts', { puts: [row(['a'], [1n]), row(['b'], [1n])] }))
    await task.apply(delta('word-counts', { puts: [row(['a'], [2n], 9)], deletes: [['b'], ['c']] }))
    assert.equal(await task.scan('word-counts', {}), [row(['a'], [2n], 9)])
  })

  check('text is ordered by its UTF-8 bytes, surrogate pairs last', async ({ claim }) => {
    const task = await claim()
    // UTF-8: '' | 41 | 61 | c3 a9 | ee 80 80 | ef bf bd | f0 9f 98 80. UTF-16 would put U+1F600 before U+E000.
    const ordered = ['', 'A', 'a', '\u00e9', '\ue000', '\ufffd', '\u{1f600}']
    await task.apply(delta('texts', { puts: [...ordered].reverse().map(key => row([key], [key])) }))
    const keys = async (range: Parameters<TaskStorage['scan']>[1]) =>
      (await task.scan('texts', range)).map(({ key }) => key[0])
    assert.equal(await keys({}), ordered)
    assert.equal(await keys({ reverse: true }), [...ordered].reverse())
    assert.equal(await keys({ from: ['a'], to: ['\ue000'] }), ['a', '\u00e9', '\ue000'])
  })

  check('text that quotes and escapes is kept', async ({ claim }) => {
    const task = await claim()
    const awkward = ['"', '\\', '{}', 'NULL', 'null', ',', "'", '\n\t', '\\x41', '$1', '"\\"', ' ', 'a"b\\c,d']
    await task.apply(delta('texts', { puts: awkward.map(text => row([text], [text])) }))
    const found = await task.get(
      'texts',
      awkward.map(text => [text]),
    )
    assert.equal(
      found.map(one => one?.value[0]),
      awkward,
    )
    await task.apply(delta('texts', { deletes: awkward.map(text => [text]) }))
    assert.equal(await task.scan('texts', {}), [])
  })

  check('large integers within JSON are exact, in keys and in values', async ({ claim }) => {
    const task = await claim()
    const [one, two] = [2n ** 60n + 1n, 2n ** 60n + 2n]
    const puts = [row([{ id: one }], [[one, 5, 'text']]), row([{ id: two }], [{ deep: { id: -two } }])]
    await task.apply(delta('documents', { puts }))
    assert.equal(await task.get('documents', [[{ id: one }], [{ id: two }]]), puts)
    assert.is((await task.scan('documents', {})).length, 2)
  })

  check('negative and large integers, decimals and bytes are exact', async ({ claim }) => {
    const task = await claim()
    const most = 2n ** 63n - 1n
    const least = -(2n ** 63n)
    const wide = 10n ** 38n - 1n
    await task.apply(
      delta('amounts', { puts: [row([most], [wide]), row([least], [-wide]), row([-1n], [-1n]), row([0n], [0n])] }),
    )
    assert.equal(
      (await task.scan('amounts', {})).map(({ key, value }) => [key[0], value[0]]),
      [
        [least, -wide],
        [-1n, -1n],
        [0n, 0n],
        [most, wide],
      ],
    )
    const keys = [
      Uint8Array.of(),
      Uint8Array.of(0),
      Uint8Array.of(0, 255),
      Uint8Array.of(0x5c, 0x22),
      Uint8Array.of(255),
    ]
    await task.apply(delta('blobs', { puts: keys.map(key => row([key], [key])) }))
    const found = await task.scan('blobs', {})
    assert.equal(
      found.map(({ key, value }) => [hex(key[0]), hex(value[0])]),
      keys.map(key => [hex(key), hex(key)]),
    )
    assert.is(hex((await task.get('blobs', [[Uint8Array.of(0x5c, 0x22)]]))[0]?.value[0]), '5c22')
  })

  check('ranges are of leading key parts, both ends inclusive, in both directions, limited', async ({ claim }) => {
    const task = await claim()
    const keys = ['p1', 'p2', 'p3'].flatMap(id => [1n, 2n, 10n].map(seq => [id, seq]))
    await task.apply(delta('fills', { puts: keys.map(key => row(key, [key.join('-')])) }))
    const found = async (range: Parameters<TaskStorage['scan']>[1]) =>
      (await task.scan('fills', range)).map(({ value }) => value[0])
    assert.equal(await found({ from: ['p2'], to: ['p2'] }), ['p2-1', 'p2-2', 'p2-10'])
    assert.equal(await found({ from: ['p2'], to: ['p2'], reverse: true, limit: 2 }), ['p2-10', 'p2-2'])
    assert.equal(await found({ from: ['p1', 10n], to: ['p2', 1n] }), ['p1-10', 'p2-1'])
    assert.equal(await found({ from: ['p2', 2n], to: ['p2'] }), ['p2-2', 'p2-10'])
    assert.equal(await found({ from: ['p3'] }), ['p3-1', 'p3-2', 'p3-10'])
    assert.equal(await found({ to: ['p1', 1n] }), ['p1-1'])
    assert.equal(await found({ limit: 0 }), [])
    const prefixes = await task.scanPrefixes('fills', [['p3'], ['p1'], ['none'], ['p1', 1n], ['p1']])
    assert.equal(prefixes.map(({ value }) => value[0]).sort(), ['p1-1', 'p1-10', 'p1-2', 'p3-1', 'p3-10', 'p3-2'])
  })

  check('rows whose retention is over are found by the time the store names, oldest first', async ({ claim }) => {
    const task = await claim()
    await task.apply(delta('bars', { puts: [3_000, 1_000, 2_000].map(start => row(['k', start], [1n], 9_999)) }))
    assert.equal(await task.expired('bars', 2_000, 10), [
      ['k', 1_000],
      ['k', 2_000],
    ])
    assert.equal(await task.expired('bars', 2_000, 1), [['k', 1_000]])
    assert.equal(await task.expired('bars', 999, 10), [])
  })

  check('partitions do not see each other', async ({ claim }) => {
    const [first, second] = [await claim(0), await claim(1)]
    await first.apply(delta('word-counts', { puts: [row(['a'], [1n])] }, { previous: undefined, next: 1 }))
    assert.equal(await second.get('word-counts', [['a']]), [undefined])
    assert.equal(await second.scan('word-counts', {}), [])
    await second.apply(delta('word-counts', { deletes: [['a']] }, { previous: undefined, next: 1 }))
    assert.is((await first.scan('word-counts', {})).length, 1)
  })

  check('C2: a claim finds the checkpoints that were applied, from another client too', async ({ claim, again }) => {
    const task = await claim()
    assert.is(task.checkpoints.get('word-counts')?.offset, undefined)
    await task.apply(delta('word-counts', { puts: [row(['a'], [1n])] }, { previous: undefined, next: 41 }))
    const other = again()
    const next = await other.claim({ application: 'app', task: { subtopology: 'sub', partition: 0 }, stores })
    assert.is(next.checkpoints.get('word-counts')?.offset, 41)
    assert.is(next.checkpoints.get('texts')?.offset, undefined)
    assert.ok(next.epoch > task.epoch)
    assert.equal(await next.get('word-counts', [['a']]), [row(['a'], [1n])])
    await other.close()
  })

  check('C5: an older epoch is refused everything and changes nothing', async ({ claim }) => {
    const zombie = await claim()
    await zombie.apply(
      delta('word-counts', { puts: [row(['a'], [1n]), row(['b'], [1n])] }, { previous: undefined, next: 1 }),
    )
    const owner = await claim()
    const late = delta('word-counts', { puts: [row(['a'], [9n])], deletes: [['b']] }, { previous: 1, next: 2 })
    await rejects(zombie.apply(late), 'FENCED')
    await rejects(zombie.apply(delta('word-counts', { puts: [row(['z'], [9n])] })), 'FENCED')
    await rejects(zombie.wipe('word-counts'), 'FENCED')
    await rejects(zombie.markRestoring(true), 'FENCED')
    assert.equal(await owner.scan('word-counts', {}), [row(['a'], [1n]), row(['b'], [1n])])
    await owner.apply(delta('word-counts', {}, { previous: 1, next: 2 }))
  })

  check(
    'C5: after the tables were lost no claim gets an epoch that was given before',
    async ({ storage, claim, lose }) => {
      const before = await claim()
      await before.apply(delta('word-counts', { puts: [row(['a'], [1n])] }, { previous: undefined, next: 1 }))
      await lose()
      await storage.migrate('app', stores)
      const owner = await claim()
      await owner.apply(delta('word-counts', { puts: [row(['a'], [1n])] }, { previous: undefined, next: 1 }))
      await rejects(before.apply(delta('word-counts', {}, { previous: 1, next: 1 })), 'FENCED')
      await rejects(before.wipe('word-counts'), 'FENCED')
      assert.equal(await owner.scan('word-counts', {}), [row(['a'], [1n])])
    },
  )

  check('a load takes rows that are not there yet, in awkward text and as null too', async ({ claim }) => {
    const task = await claim()
    const awkward = ['"', '\\', '{}', 'NULL', '\\N', '\\.', '\n\t\r', '\\x41', '\\\\t', '', ' ', "it's", 'é漢']
    const texts = { store: 'texts', puts: awkward.map(text => row([text], [text], 7)), deletes: [] }
    assert.is(await task.load(texts, { previous: undefined, next: 20 }), true)
    const found = await task.get(
      'texts',
      awkward.map(text => [text]),
    )
    assert.equal(found, texts.puts)
    const blobs = { store: 'blobs', puts: [row([Buffer.from([0, 92, 255])], [Buffer.from('\\\n')])], deletes: [] }
    assert.is(await task.load(blobs, { previous: undefined, next: 2 }), true)
    assert.is((await task.scan('blobs', {})).length, 1)
    const id = 'f1a7a8b2-6c39-5d0e-9b64-3f0f3f6f2a11'
    const full = [
      't',
      -1,
      2n ** 62n,
      -15n * 10n ** 17n,
      true,
      1.5,
      1_700_000_000_123,
      Buffer.from([1]),
      { a: [1, '\n'] },
    ]
    const kinds = [
      row([id], full),
      row(
        [id.replace('f', '0')],
        full.map(() => null),
      ),
    ]
    assert.is(await task.load({ store: 'kinds', puts: kinds, deletes: [] }, { previous: undefined, next: 2 }), true)
    assert.is((await task.get('kinds', [[id]]))[0]?.value[6], 1_700_000_000_123)
    // The checkpoints have moved with the rows.
    await task.apply(delta('texts', { puts: [row(['a'], ['a'])] }, { previous: 20, next: 21 }))
  })

  check('a load writes nothing where a row is there already', async ({ claim }) => {
    const task = await claim()
    await task.apply(delta('word-counts', { puts: [row(['a'], [1n])] }, { previous: undefined, next: 1 }))
    const rows = { store: 'word-counts', puts: [row(['b'], [2n]), row(['a'], [2n])], deletes: [] }
    assert.is(await task.load(rows, { previous: 1, next: 3 }), false)
    assert.equal(await task.scan('word-counts', {}), [row(['a'], [1n])])
    await task.apply(delta('word-counts', rows, { previous: 1, next: 3 }))
    assert.is((await task.scan('word-counts', {})).length, 2)
  })

  check('C5: a load of an older epoch, or from another offset, writes nothing', async ({ claim }) => {
    const zombie = await claim()
    const owner = await claim()
    const rows = { store: 'word-counts', puts: [row(['a'], [1n])], deletes: [] }
    const refused = async (loading: Promise<boolean>) => assert.is(await loading.catch(() => false), false)
    await refused(zombie.load(rows, { previous: undefined, next: 1 }))
    await refused(owner.load(rows, { previous: 4, next: 5 }))
    assert.equal(await owner.scan('word-counts', {}), [])
    assert.is(await owner.load(rows, { previous: undefined, next: 1 }), true)
  })

  check('C5: a previous offset that is not the standing one is refused', async ({ claim }) => {
    const task = await claim()
    await rejects(
      task.apply(delta('word-counts', { puts: [row(['a'], [1n])] }, { previous: 4, next: 5 })),
      'STORE_MOVED',
    )
    await task.apply(delta('word-counts', {}, { previous: undefined, next: 5 }))
    await rejects(
      task.apply(delta('word-counts', { puts: [row(['a'], [1n])] }, { previous: undefined, next: 6 })),
      'STORE_MOVED',
    )
    await rejects(
      task.apply(delta('word-counts', { puts: [row(['a'], [1n])] }, { previous: 4, next: 6 })),
      'STORE_MOVED',
    )
    assert.equal(await task.scan('word-counts', {}), [])
    await task.apply(delta('word-counts', { puts: [row(['a'], [1n])] }, { previous: 5, next: 6 }))
  })

  check('C2: two stores move together or not at all', async ({ claim }) => {
    const task = await claim()
    const both = (previous: number | undefined, next: number): TaskDelta => ({
      stores: [
        { store: 'word-counts', puts: [row(['a'], [BigInt(next)])], deletes: [] },
        { store: 'texts', puts: [row(['a'], [String(next)])], deletes: [] },
      ],
      checkpoints: new Map([
        ['word-counts', { previous: undefined, next }],
        ['texts', { previous, next }],
      ]),
    })
    await rejects(task.apply(both(7, 8)), 'STORE_MOVED')
    assert.equal(await task.scan('word-counts', {}), [])
    assert.equal(await task.scan('texts', {}), [])
    const again = await claim()
    assert.is(again.checkpoints.get('word-counts')?.offset, undefined, 'the good half was not kept')
    await again.apply(both(undefined, 8))
    assert.equal(await again.scan('texts', {}), [row(['a'], ['8'])])
  })

  check('committed data that Postgres refuses stops the task and changes nothing', async ({ claim }) => {
    const task = await claim()
    const puts = [row(['good'], ['good']), row(['a\0b'], ['x'])]
    await rejects(task.apply(delta('texts', { puts }, { previous: undefined, next: 1 })), 'APPLY_REFUSED')
    await rejects(task.apply(delta('texts', { puts: [row(['k'], [null])] })), 'APPLY_REFUSED')
    assert.equal(await task.scan('texts', {}), [])
    await task.apply(delta('texts', {}, { previous: undefined, next: 1 }))
  })

  check('an index key as long as the check allows is held', async ({ claim }) => {
    const task = await claim()
    // 12 bytes of header and partition and 7 of length and padding leave 2,685 of 2,704. Random text does not compress.
    const long = Array.from({ length: 2_685 }, (_, index) =>
      String.fromCharCode(33 + ((index * index * 31 + index * 17) % 90)),
    ).join('')
    await task.apply(delta('texts', { puts: [row([long], ['x'])] }))
    assert.is((await task.get('texts', [[long]]))[0]?.value[0], 'x')
  })

  check('a wipe takes one store of one partition and its checkpoint', async ({ claim }) => {
    const [task, other] = [await claim(0), await claim(1)]
    const at = { previous: undefined, next: 3 }
    for (const one of [task, other]) {
      await one.apply(delta('word-counts', { puts: [row(['a'], [1n])] }, at))
      await one.apply(delta('texts', { puts: [row(['a'], ['1'])] }, at))
    }
    await task.wipe('word-counts')
    assert.equal(await task.scan('word-counts', {}), [])
    assert.is((await task.scan('texts', {})).length, 1)
    assert.is((await other.scan('word-counts', {})).length, 1)
    await task.apply(delta('word-counts', { puts: [row(['b'], [1n])] }, at))
    const next = await claim()
    assert.equal(
      ['word-counts', 'texts', 'bars'].map(name => next.checkpoints.get(name)?.offset),
      [3, 3, undefined],
    )
  })

  check('a restoring mark is found by the next owner, who can take it back', async ({ claim }) => {
    const task = await claim()
    await task.markRestoring(true)
    const next = await claim()
    assert.equal(
      [task, next].map(({ checkpoints }) => checkpoints.get('texts')?.restoring),
      [false, true],
    )
    await next.markRestoring(false)
    assert.is((await claim()).checkpoints.get('texts')?.restoring, false)
  })

  check('every kind of column comes back as it was put, null too', async ({ claim }) => {
    const task = await claim()
    const time = Date.UTC(2024, 1, 29, 23, 59, 59, 999)
    const full = ['text', 0x7fffffff, -5n, -12_345n, true, -0.5, time, Uint8Array.of(0, 255), { a: [1, 'x', null] }]
    const id = '0b8a2f0e-6f0c-4a53-9d52-6a0f8d7f3c11'
    const empty = full.map(() => null)
    await task.apply(delta('kinds', { puts: [row([id], full), row([id.replace('0b', '1b')], empty)] }))
    const [first, second] = await task.scan('kinds', {})
    assert.is(first?.key[0], id)
    assert.equal(
      first?.value.map(part => (part instanceof Uint8Array ? hex(part) : part)),
      [...full.slice(0, 7), '00ff', full[8]],
    )
    assert.equal(second?.value, empty)
  })

  check('columns that derive from an Avro schema keep every value, parts of a record among them', async ({ claim }) => {
    const task = await claim()
    const [one, two] = ['0b', '1b'].map(end => `d9428888-122b-11e1-b85c-61cd3cbb32${end}`)
    const levels = [2n ** 60n, -1n]
    const full = ['BUY', -1_234_567_890n, 1_700_000_000_000, levels, { raw: Buffer.from([0, 255]) }, 5n]
    const empty = ['SELL', 0n, null, [], null, null]
    await task.apply(delta('derived', { puts: [row([one], full), row([two], empty)] }))
    const found = await task.scan('derived', {})
    assert.equal(
      found.map(({ value }) => value),
      [full, empty],
    )
  })

  check('versions of a key and their deletions are rows', async ({ claim }) => {
    const task = await claim()
    const puts = [row(['k', 10], [false, 1n]), row(['k', 20], [true, null])]
    await task.apply(delta('rates', { puts }))
    assert.equal(await task.scan('rates', { from: ['k'], to: ['k', 15], reverse: true, limit: 1 }), [puts[0]])
  })

  check(
    'migrate again changes nothing, another shape or another application is refused',
    async ({ storage, claim }) => {
      const task = await claim()
      await task.apply(delta('word-counts', { puts: [row(['a'], [1n])] }, { previous: undefined, next: 1 }))
      await storage.migrate('app', stores)
      assert.is((await task.scan('word-counts', {})).length, 1)
      await rejects(
        storage.migrate('app', [keyValueStore('word-counts', { key: string, value: string })]),
        'STORE_INCOMPATIBLE',
      )
      await rejects(storage.migrate('other', [counts]), 'STORE_INCOMPATIBLE')
      await rejects(
        storage.migrate('app', [keyValueStore('word.counts', { key: string, value: int64 })]),
        'STORE_INCOMPATIBLE',
      )
      const foreign = { application: 'other', task: { subtopology: 'sub', partition: 0 }, stores: [counts] }
      await rejects(storage.claim(foreign), 'STORE_INCOMPATIBLE')
    },
  )

  check('a commit of many rows is one apply', async ({ claim }) => {
    const task = await claim()
    const puts = Array.from({ length: 20_000 }, (_, n) => row([`key-${n}`], [BigInt(n)]))
    await task.apply(delta('word-counts', { puts }, { previous: undefined, next: 20_000 }))
    assert.is((await task.scan('word-counts', {})).length, 20_000)
    assert.is((await task.scan('word-counts', { limit: 5 })).length, 5)
  })
}

function hex(value: unknown): string {
  return Buffer.from(value as Uint8Array).toString('hex')
}
