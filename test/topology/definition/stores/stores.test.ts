import * as assert from 'uvu/assert'
import { int64, string } from '../../../../topology/definition/serdes/primitives.ts'
import { keyValueStore, rawTable } from '../../../../topology/definition/stores/key-value.ts'
import { tuple } from '../../../../topology/definition/stores/layout.ts'
import { sessionStore } from '../../../../topology/definition/stores/session.ts'
import { versionedStore } from '../../../../topology/definition/stores/versioned.ts'
import { windowStore } from '../../../../topology/definition/stores/window.ts'
import { claimMemory, openTable } from '../../../store/open-table.ts'
import { suite } from '../../../support/suite.ts'

/** The face of a store over a buffer that asks its (empty) storage for every unknown key. */
async function faceOf<K, V, H>(definition: {
  open: (table: Awaited<ReturnType<typeof openTable<K, V>>>) => H
}): Promise<{ face: H; table: Awaited<ReturnType<typeof openTable<K, V>>> }> {
  const store = definition as unknown as Parameters<typeof openTable<K, V>>[0]
  const table = await openTable<K, V>(store, await claimMemory(store as never), { residentRows: 0 })
  return { face: definition.open(table), table }
}

suite('store faces', test => {
  test('key-value: put, get, delete, range, prefix, all', async () => {
    const store = keyValueStore('s', {
      key: tuple([
        ['a', string],
        ['b', int64],
      ]),
      value: string,
    })
    const { face } = await faceOf<readonly [string, bigint], string, ReturnType<typeof store.open>>(store)
    face.put(['x', 1n], 'x1')
    face.put(['x', 2n], 'x2')
    face.put(['y', 1n], 'y1')
    face.delete(['x', 2n])
    assert.is(await face.get(['x', 1n]), 'x1')
    assert.is(await face.get(['x', 2n]), undefined)
    const values = (entries: readonly { readonly value: string }[]) => entries.map(({ value }) => value)
    assert.equal(values(await face.range(['x', 1n], ['y', 0n])), ['x1'])
    assert.equal(values(await face.prefix('y')), ['y1'])
    assert.equal(values(await face.all()), ['x1', 'y1'])
  })

  test('two columns of one name are refused', () => {
    const value = tuple([['key', int64]])
    assert.throws(() => keyValueStore('s', { key: string, value }), /store 's' has two columns 'key'/)
  })

  test('a raw table is the same store with entries and timestamps', async () => {
    const counts = keyValueStore('counts', { key: string, value: int64 })
    const store = rawTable(counts)
    assert.is(store.name, counts.name)
    const { face } = await faceOf<string, bigint, ReturnType<typeof store.open>>(store)
    face.put('a', 1n, 42)
    assert.equal(await face.get('a'), { key: 'a', value: 1n, timestamp: 42 })
  })

  test('window: by key and start; a range has both ends; retention counts from the start', async () => {
    const store = windowStore('w', { key: string, value: int64, retention: 100 })
    assert.equal(
      store.key.columns.map(({ name }) => name),
      ['key', 'window_start'],
    )
    assert.equal([store.retentionMs, store.retainedBy], [100, 1])
    const { face } = await faceOf<{ key: string; start: number }, bigint, ReturnType<typeof store.open>>(store)
    for (const start of [0, 10, 20]) face.put('k', start, BigInt(start))
    face.put('l', 10, 99n)
    assert.is(await face.get('k', 10), 10n)
    assert.is(await face.get('k', 11), undefined)
    assert.equal(
      (await face.range('k', 0, 10)).map(({ key }) => key.start),
      [0, 10],
    )
    face.delete('k', 0)
    assert.equal(
      (await face.all()).map(({ key }) => [key.key, key.start]),
      [
        ['k', 10],
        ['k', 20],
        ['l', 10],
      ],
    )
  })

  test('session: those that a record would touch, by end and start', async () => {
    const store = sessionStore('s', { key: string, value: int64, retention: '1h' })
    assert.equal(
      store.key.columns.map(({ name }) => name),
      ['key', 'session_end', 'session_start'],
    )
    const { face } = await faceOf<{ key: string; start: number; end: number }, bigint, ReturnType<typeof store.open>>(
      store,
    )
    for (const [start, end] of [
      [0, 10],
      [20, 30],
      [40, 50],
    ] as const)
      face.put({ key: 'k', start, end }, BigInt(start))
    face.put({ key: 'other', start: 20, end: 30 }, 7n)
    // A record at 35 with a gap of 5 touches sessions that end at 30 or later and start at 40 or earlier.
    assert.equal(
      (await face.touching('k', 30, 40)).map(({ key }) => [key.start, key.end]),
      [
        [20, 30],
        [40, 50],
      ],
    )
    assert.equal(
      (await face.touching('k', 31, 39)).map(({ key }) => key.start),
      [],
    )
    face.delete({ key: 'k', start: 20, end: 30 })
    assert.is(await face.get({ key: 'k', start: 20, end: 30 }), undefined)
    assert.is((await face.all()).length, 3)
  })

  test('versioned: what a key held at a time, out of order and deleted (KIP-889)', async () => {
    const store = versionedStore('v', { key: string, value: string, history: 100 })
    const { face, table } = await faceOf<
      { key: string; validFrom: number },
      string | null,
      ReturnType<typeof store.open>
    >(store)
    await face.put('k', 'a', 10)
    await face.put('k', null, 30)
    await face.put('k', 'b', 20)
    assert.is(await face.get('k'), undefined, 'deleted from 30 on')
    assert.is(await face.get('k', 9), undefined)
    assert.equal(await face.get('k', 10), { value: 'a', validFrom: 10 })
    assert.equal(await face.get('k', 29), { value: 'b', validFrom: 20 })
    assert.is(await face.get('k', 30), undefined)
    // 125 - 100 = 25: 'b' was valid then and stays, 'a' ended before and goes.
    await face.put('k', 'c', 125)
    assert.equal(await face.get('k'), { value: 'c', validFrom: 125 })
    assert.is(await face.get('k', 19), undefined)
    assert.equal(await face.get('k', 25), { value: 'b', validFrom: 20 })
    assert.equal(
      (await table.scan({})).map(({ key }) => key.validFrom),
      [20, 30, 125],
    )
    // 140 - 100 = 40: only the deletion of 30 was in force then, and it says nothing that an absence does not.
    await face.put('k', 'd', 140)
    assert.equal(
      (await table.scan({})).map(({ key }) => key.validFrom),
      [125, 140],
    )
  })

  test('versioned: a deletion is a row with a flag, and a byte 0 in the changelog', async () => {
    const store = versionedStore('v', { key: string, value: string, history: 100 })
    assert.equal(
      store.value.columns.map(({ name, nullable }) => [name, nullable]),
      [
        ['deleted', undefined],
        ['value', true],
      ],
    )
    assert.equal(
      [store.value.split(null), store.value.split('x')],
      [
        [true, null],
        [false, 'x'],
      ],
    )
    assert.equal([store.value.join([true, null], []), store.value.join([false, 'x'], [])], [null, 'x'])
    const codec = await store.valueSerde.bind({ topic: 't', part: 'value' })
    assert.equal([...codec.encode(null)!], [0])
    assert.equal([...codec.encode('x')!], [1, 0x78])
    assert.equal([await codec.decode(Uint8Array.of(0)), await codec.decode(Uint8Array.of(1, 0x78))], [null, 'x'])
  })
})
