import * as assert from 'uvu/assert'
import { avroOf } from '../../schemas/avro/avro.ts'
import { json } from '../../schemas/json.ts'
import { memoryRegistry } from '../../schemas/registry/memory.ts'
import type { TaskDelta } from '../../store/contract.ts'
import { SerdeError } from '../../topology/definition/errors.ts'
import { isPromise } from '../../topology/definition/record.ts'
import { int64, string } from '../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { tuple } from '../../topology/definition/stores/layout.ts'
import { windowStore } from '../../topology/definition/stores/window.ts'
import { suite } from '../support/suite.ts'
import { gatedStorage, settled } from './gated-storage.ts'
import { claimMemory, openTable } from './open-table.ts'

const counts = keyValueStore('counts', { key: string, value: int64 })
const pairs = keyValueStore('pairs', {
  key: tuple([
    ['a', string],
    ['b', string],
  ]),
  value: string,
})

const deltaOf = (delta: TaskDelta['stores'][number]): TaskDelta => ({ stores: [delta], checkpoints: new Map() })
const keysOf = (entries: readonly { readonly key: readonly unknown[] }[]) => entries.map(({ key }) => key.join('/'))

/** A pairs table that is never resident and loads no prefix, over rows x/1 ... x/4. */
async function pairsOverRows(cacheBytes: number) {
  const storage = await claimMemory(pairs as never)
  const puts = ['1', '2', '3', '4'].map(b => ({ key: ['x', b], value: ['stored'], timestamp: 0 }))
  await storage.apply(deltaOf({ store: 'pairs', puts, deletes: [] }))
  const gate = gatedStorage(storage)
  const table = await openTable(pairs, gate.storage, { cacheBytes, residentRows: 0, prefixRows: 0 })
  return { storage, gate, table }
}

suite('write-back table', test => {
  test('only the last of many puts of an Avro value is encoded, and what is read is none of the objects that were put', async () => {
    const row = avroOf<{ readonly id: string; readonly n: number }>({
      type: 'record',
      name: 'acme.Row',
      fields: [
        { name: 'id', type: 'string' },
        { name: 'n', type: 'int' },
      ],
    })
    const rows = keyValueStore('rows', { key: string, value: row })
    let encoded = 0
    const encode = (one: { readonly id: string; readonly n: number }) => {
      encoded++
      return value.encode(one)
    }
    const registry = memoryRegistry()
    await registry.register('changelog-value', row.schema!)
    const value = await row.bind({ topic: 'changelog', part: 'value', registry })
    const codec = {
      key: await string.bind({ topic: 'changelog', part: 'key' }),
      value: { ...value, encode },
    }
    const table = await openTable(rows, await claimMemory(rows as never), { codec })
    await table.open()
    const put = { id: 'a', n: -0 }
    table.put('a', put)
    for (let n = 1; n < 5; n++) table.put('a', { id: 'a', n })
    put.n = 99
    assert.is(encoded, 0)
    assert.equal((await table.get('a'))?.value, { id: 'a', n: 4 })
    const { changes, delta } = table.drain()
    assert.is(encoded, 1)
    assert.equal(value.decode(changes[0]!.value), { id: 'a', n: 4 })
    assert.equal(
      delta.puts.map(one => one.value),
      [[{ id: 'a', n: 4 }]],
    )
    // One that cannot be encoded is refused when it is put.
    assert.throws(
      () => table.put('b', { id: 'b', n: 1.5 }),
      (error: SerdeError) => error.code === 'ENCODE_FAILED',
    )
  })

  test('a value that may be too large for the changelog is encoded when it is put', async () => {
    const row = avroOf<{ readonly text: string }>({
      type: 'record',
      name: 'acme.Text',
      fields: [{ name: 'text', type: 'string' }],
    })
    const rows = keyValueStore('rows', { key: string, value: row })
    const table = await openTable(rows, await claimMemory(rows as never), { maxRecordBytes: 1_000 })
    await table.open()
    // 5 bytes of frame, 2 of length, 1 of key: 992 characters of a byte each are 1,000.
    table.put('a', { text: 'x'.repeat(992) })
    assert.is(table.drain().changes[0]!.value!.length, 999)
    const tooLarge = (error: SerdeError) => error.code === 'RECORD_TOO_LARGE'
    assert.throws(() => table.put('a', { text: 'x'.repeat(993) }), tooLarge)
    assert.throws(() => table.put('a', { text: 'é'.repeat(500) }), tooLarge)
  })

  test('a key of JSON is found again in whatever order Postgres gives its fields back', async () => {
    const totals = keyValueStore('totals', { key: json<{ symbol: string; at: number }>(), value: int64 })
    const storage = await claimMemory(totals as never)
    // jsonb orders the fields by their length: https://www.postgresql.org/docs/18/datatype-json.html
    const put = { key: [{ at: 1, symbol: 'X' }], value: [5n], timestamp: 0 }
    await storage.apply(deltaOf({ store: 'totals', puts: [put], deletes: [] }))
    for (const residentRows of [0, 10]) {
      const table = await openTable(totals, storage, { residentRows })
      await table.open()
      assert.is((await table.get({ symbol: 'X', at: 1 }))?.value, 5n)
      table.put({ symbol: 'X', at: 1 }, 6n)
      table.put({ at: 1, symbol: 'X' }, 7n)
      const { changes, delta } = table.drain()
      assert.equal(
        changes.map(({ key }) => String(key)),
        ['{"at":1,"symbol":"X"}'],
      )
      assert.equal(
        delta.puts.map(({ value }) => value),
        [[7n]],
      )
    }
  })

  test('reads are counted by what answered them', async () => {
    const storage = await claimMemory(pairs as never)
    const [small, large] = [await openTable(pairs, storage), await openTable(pairs, storage, { residentRows: 0 })]
    await small.open()
    await large.open()
    for (const table of [small, large]) {
      await table.get(['a', 'x'])
      await table.get(['a', 'x'])
      table.put(['b', 'x'], 'row')
      await table.get(['b', 'x'])
      await table.scan({})
      await table.prefetch([
        ['a', 'x'],
        ['c', 'x'],
      ])
      await table.get(['c', 'x'])
    }
    assert.equal(small.takeReads(), { memory: 5, postgres: 0, prefetched: 0 })
    // A first look at a key, and a scan over all; what was asked for ahead is in memory when it is read.
    assert.equal(large.takeReads(), { memory: 3, postgres: 2, prefetched: 1 })
    assert.equal(large.takeReads(), { memory: 0, postgres: 0, prefetched: 0 })
  })

  test('keys and leading parts that no row can have are left out of a prefetch', async () => {
    const storage = await claimMemory(pairs as never)
    const asked: unknown[] = []
    const table = await openTable(
      pairs,
      {
        ...storage,
        get(store, keys) {
          asked.push(...keys)
          return storage.get(store, keys)
        },
        scanPrefixes(store, prefixes) {
          asked.push(...prefixes)
          return storage.scanPrefixes(store, prefixes)
        },
      },
      { residentRows: 0 },
    )
    // Postgres refuses a NUL in text; undefined and numbers come of records whose JSON is not what the type says
    const bad = ['a\0', undefined, null, 7]
    await table.prefetch([['x'], ['x', '1'], ...bad.flatMap(part => [[part], ['x', part]])])
    assert.equal(asked, [['x', '1'], ['x']])
  })

  test('a serde of fixed size encodes the last of many puts, and what it cannot write is refused at the put', async () => {
    const table = await openTable(counts, await claimMemory(counts as never))
    table.put('k', 1n)
    table.put('k', 258n)
    assert.throws(
      () => table.put('k', 2n ** 63n),
      (error: unknown) => error instanceof SerdeError,
    )
    assert.throws(
      () => table.put('k', 3 as never),
      (error: unknown) => error instanceof SerdeError,
    )
    const { changes } = table.drain()
    // 258 = 0x0102, eight bytes, big-endian.
    assert.equal([...changes[0]!.value!], [0, 0, 0, 0, 0, 0, 1, 2])
    assert.is(changes.length, 1)
  })

  test('a write that was applied and evicted while a read was asked outlives the late answer', async () => {
    // A slot here is some 340 bytes: the cap holds one.
    const { storage, gate, table } = await pairsOverRows(450)
    const late = table.prefetch([['x', '1']])
    await settled()
    table.put(['x', '1'], 'new')
    table.put(['x', '2'], 'new')
    const drained = table.drain()
    await storage.apply(deltaOf(drained.delta))
    drained.applied()
    await gate.answer(0)
    await late
    const read = table.get(['x', '1'])
    await settled()
    if (gate.waiting > 0) await gate.answer(0)
    assert.is((await read)?.value, 'new')
  })

  test('a write that was drained before a read was asked and applied after it outlives the late answer', async () => {
    const { storage, gate, table } = await pairsOverRows(0)
    table.put(['x', '0'], 'new')
    const drained = table.drain()
    const scan = table.scan({})
    await settled()
    await storage.apply(deltaOf(drained.delta))
    drained.applied()
    await gate.answer(0)
    assert.equal(keysOf(await scan), ['x/0', 'x/1', 'x/2', 'x/3', 'x/4'])
  })

  test('a limited scan over deleted rows does not skip rows that only the storage has', async () => {
    const { gate, table } = await pairsOverRows(1_000_000)
    table.delete(['x', '1'])
    table.put(['x', '4'], 'buffered')
    // Asked for 2 the storage gives 1 and 2; 1 is deleted, and 4 is in the buffer but must not come before 3.
    const scan = table.scan({ from: ['x'], to: ['x'], limit: 2 })
    for (let round = 0; round < 5; round++) {
      await settled()
      if (gate.waiting > 0) await gate.answer(0)
    }
    assert.equal(keysOf(await scan), ['x/2', 'x/3'])
  })

  test('reads of a small store are synchronous once it is open, of absent keys too', async () => {
    const storage = await claimMemory(counts as never)
    await storage.apply(deltaOf({ store: 'counts', puts: [{ key: ['a'], value: [1n], timestamp: 5 }], deletes: [] }))
    const table = await openTable(counts, storage)
    await table.open()
    assert.ok(table.resident)
    assert.equal(table.get('a'), { key: 'a', value: 1n, timestamp: 5 })
    assert.is(table.get('b'), undefined)
    assert.equal(table.scan({}), [{ key: 'a', value: 1n, timestamp: 5 }])
  })

  test('a store past the cap is no longer resident and still reads right', async () => {
    const storage = await claimMemory(counts as never)
    const table = await openTable(counts, storage, { cacheBytes: 2_000 })
    await table.open()
    for (let n = 0; n < 50; n++) table.put(`key-${n}`, BigInt(n))
    const drained = table.drain()
    await storage.apply(deltaOf(drained.delta))
    assert.is(table.size, 50, 'pinned until applied')
    drained.applied()
    assert.not(table.resident)
    assert.ok(table.size < 10, `${table.size} slots of some 290 bytes in 2,000`)
    for (let n = 0; n < 50; n++) assert.is((await table.get(`key-${n}`))?.value, BigInt(n))
  })

  test('a store past the cap knows which keys never had a row, and asks for none of them', async () => {
    const storage = await claimMemory(counts as never)
    await storage.apply(deltaOf({ store: 'counts', puts: [{ key: ['old'], value: [1n], timestamp: 0 }], deletes: [] }))
    const gate = gatedStorage(storage)
    const table = await openTable(counts, gate.storage, { cacheBytes: 2_000 })
    const opening = table.open()
    await settled()
    await gate.answer(0)
    await opening
    for (let n = 0; n < 100; n++) table.put(`key-${n}`, BigInt(n))
    const drained = table.drain()
    await storage.apply(deltaOf(drained.delta))
    drained.applied()
    assert.not(table.resident)
    const before = gate.reads
    for (let n = 0; n < 100; n++) assert.is(table.get(`new-${n}`), undefined)
    assert.is(table.prefetch([['new-100'], ['new-101']]), undefined)
    assert.is(gate.reads, before)
    // Rows that have left memory are read: of the time before, put since, and put after the first one left.
    table.put('late', 5n)
    const again = table.drain()
    await storage.apply(deltaOf(again.delta))
    again.applied()
    for (let n = 0; n < 100; n++) table.put(`more-${n}`, BigInt(n))
    const more = table.drain()
    await storage.apply(deltaOf(more.delta))
    more.applied()
    for (const [key, value] of [
      ['old', 1n],
      ['key-0', 0n],
      ['late', 5n],
      ['more-0', 0n],
    ] as const) {
      const reading = table.get(key)
      assert.ok(isPromise(reading), key)
      await settled()
      await gate.answer(0)
      assert.is((await reading)?.value, value, key)
    }
  })

  test('a row whose deletion is undone after others have left memory is still found', async () => {
    const storage = await claimMemory(counts as never)
    const table = await openTable(counts, storage, { cacheBytes: 2_000 })
    await table.open()
    for (let n = 0; n < 50; n++) table.put(`key-${n}`, BigInt(n))
    const drained = table.drain()
    await storage.apply(deltaOf(drained.delta))
    table.begin()
    table.delete('key-7')
    drained.applied()
    assert.not(table.resident)
    table.rollback()
    table.end()
    for (let n = 50; n < 100; n++) table.put(`key-${n}`, BigInt(n))
    const more = table.drain()
    await storage.apply(deltaOf(more.delta))
    more.applied()
    assert.is((await table.get('key-7'))?.value, 7n)
  })

  test('one prefetch of many keys is one query, and their reads are synchronous', async () => {
    const storage = await claimMemory(counts as never)
    const gate = gatedStorage(storage)
    const table = await openTable(counts, gate.storage, { residentRows: 0 })
    const loading = table.prefetch([['a'], ['b'], ['a\0']])
    const waits = table.get('a')
    await settled()
    assert.is(gate.reads, 1)
    await gate.answer(0)
    await loading
    assert.is(await waits, undefined)
    assert.is(gate.reads, 1, 'a read of a key that is being loaded waits for it')
    assert.not(isPromise(table.get('b')))
    assert.is(table.prefetch([['a'], ['b']]), undefined)
  })

  test('writes of a record are undone as a whole, those before it stay', async () => {
    const storage = await claimMemory(counts as never)
    const table = await openTable(counts, storage)
    await table.open()
    table.begin()
    table.put('a', 1n)
    table.end()
    const before = table.bufferBytes
    table.begin()
    table.put('a', 2n)
    table.put('b', 3n)
    table.delete('a')
    table.rollback()
    table.end()
    assert.is(table.bufferBytes, before)
    const { delta, changes } = table.drain()
    assert.equal(delta, { store: 'counts', puts: [{ key: ['a'], value: [1n], timestamp: 0 }], deletes: [] })
    assert.equal(
      changes.map(({ key, value }) => [Buffer.from(key).toString(), value && Buffer.from(value).readBigInt64BE()]),
      [['a', 1n]],
    )
  })

  test('what is written while a commit is in flight belongs to the next', async () => {
    const storage = await claimMemory(counts as never)
    const table = await openTable(counts, storage)
    table.put('a', 1n)
    const first = table.drain()
    table.delete('a')
    const second = table.drain()
    assert.equal([first.delta.puts.length, first.delta.deletes], [1, []])
    assert.equal([second.delta.puts, second.delta.deletes], [[], [['a']]])
    assert.is(second.changes[0]?.value, null)
    assert.is(table.get('a'), undefined)
    first.applied()
    assert.is(table.bufferBytes, second.bytes)
    second.applied()
    assert.is(table.bufferBytes, 0)
  })

  test('C6: what Postgres or the changelog would refuse is refused when it is put', async () => {
    const storage = await claimMemory(counts as never)
    const table = await openTable(counts, storage, { maxRecordBytes: 3_000 })
    const refuses = (write: () => void, code: string) =>
      assert.throws(write, (error: unknown) => error instanceof SerdeError && error.code === code)
    refuses(() => table.put('a\0b', 1n), 'VALUE_REFUSED')
    refuses(() => table.put('k', 2n ** 63n), 'VALUE_REFUSED')
    refuses(() => table.put('k', null as never), 'VALUE_REFUSED')
    refuses(() => table.put('k'.repeat(2_700), 1n), 'VALUE_REFUSED')
    table.put('k'.repeat(2_600), 1n)
    assert.is(table.drain().changes.length, 1, 'a refused write leaves nothing behind')
    const texts = keyValueStore('texts', { key: string, value: string })
    const wide = await openTable(texts, await claimMemory(texts as never), { maxRecordBytes: 3_000 })
    refuses(() => wide.put('k', 'v'.repeat(3_000)), 'RECORD_TOO_LARGE')
  })

  test('a ttl hides rows by stream time, and expire deletes them through the changelog', async () => {
    const mortal = keyValueStore('mortal', { key: string, value: int64, ttl: 100 })
    const storage = await claimMemory(mortal as never)
    let streamTime = 0
    const table = await openTable(mortal, storage, { streamTime: () => streamTime })
    await table.open()
    table.put('old', 1n, 0)
    table.put('young', 2n, 50)
    const first = table.drain()
    await storage.apply(deltaOf(first.delta))
    first.applied()
    streamTime = 99
    assert.is((table.get('old') as { value: bigint }).value, 1n)
    streamTime = 100
    assert.is(table.get('old'), undefined)
    assert.equal(
      (await table.scan({})).map(entry => entry.key),
      ['young'],
    )
    assert.is(await table.expire(streamTime), false)
    assert.is(await table.expire(streamTime, 1), true, 'there may be more than the limit')
    assert.equal(table.drain().delta.deletes, [['old']])
    await table.expire(streamTime)
    assert.equal(table.drain().delta.deletes, [], 'not twice')
  })

  test('where a key column says the time, retention counts from what the store has seen', async () => {
    const windows = windowStore('windows', { key: string, value: int64, retention: 100 })
    const storage = await claimMemory(windows as never)
    const table = await openTable(windows, storage)
    await table.open()
    const commit = async () => {
      const drained = table.drain()
      await storage.apply(deltaOf(drained.delta))
      drained.applied()
      return drained.delta.deletes
    }
    table.put({ key: 'k', start: 0 }, 1n, 0)
    table.put({ key: 'k', start: 60 }, 1n, 60)
    await commit()
    await table.expire(1_000)
    assert.equal(await commit(), [], 'another input is at 1,000, but this store has seen 60')
    table.put({ key: 'k', start: 100 }, 1n, 100)
    await commit()
    await table.expire(1_000)
    assert.equal(await commit(), [['k', 0]])
  })
})
