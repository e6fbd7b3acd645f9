import * as assert from 'uvu/assert'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { suite } from '../../support/suite.ts'
import { cluster } from './cluster.ts'

const changelog = 'app-totals-changelog'

suite('restore', test => {
  test('a lost table is rebuilt from a compacted changelog, and counting goes on', async () => {
    const { clock, broker, storage, start, send, rows } = cluster()
    const first = await start()
    await send(
      'words',
      [...'aabbbc'].map(key => [key, 'x'] as const),
    )
    await clock.advance(1_000)
    await send('words', [['c', 'forget']])
    await clock.advance(1_000)
    await clock.resolve(first.stop())
    broker.compact(changelog)
    storage.replace()
    const second = await start()
    await clock.advance(1_000)
    assert.equal(rows(), { a: 2n, b: 3n })
    await send('words', [['a', 'x']])
    await clock.advance(1_000)
    assert.equal(rows(), { a: 3n, b: 3n })
    await clock.resolve(second.stop())
  })

  test('a table that was put back to a backup catches up from its checkpoint', async () => {
    const { clock, storage, start, send, rows } = cluster()
    const worker = await start()
    await send('words', [['a', 'x']])
    await clock.advance(1_000)
    await clock.resolve(worker.stop())
    const backup = storage.backup()
    const second = await start()
    await send('words', [
      ['a', 'x'],
      ['b', 'x'],
    ])
    await clock.advance(1_000)
    await clock.resolve(second.stop())
    storage.replace(backup)
    assert.equal(rows(), { a: 1n })
    const third = await start()
    await clock.advance(1_000)
    assert.equal(rows(), { a: 2n, b: 1n })
    await clock.resolve(third.stop())
  })

  test('an idle task notices that its table was lost under it', async () => {
    const { clock, storage, start, send, rows } = cluster()
    const worker = await start({ storeCheckMs: 5_000 })
    await send('words', [['a', 'x']])
    await clock.advance(1_000)
    storage.replace()
    assert.equal(rows(), {})
    await clock.advance(10_000)
    assert.equal(rows(), { a: 1n })
    await clock.resolve(worker.stop())
  })

  test('rows of a store that was put back under the task never become outputs', async () => {
    const { clock, storage, start, send, rows } = cluster()
    // nothing is kept in memory: every count is read from the table
    const worker = await start({ cacheBytes: 0 })
    await send('words', [['a', 'x']])
    await clock.advance(1_000)
    const backup = storage.backup()
    await send('words', [['a', 'x']])
    await clock.advance(1_000)
    storage.replace(backup)
    await send('words', [['a', 'x']])
    await clock.advance(5_000)
    assert.equal(rows(), { a: 3n })
    await clock.resolve(worker.stop())
  })

  test('a tail of nothing but an aborted transaction ends the restore all the same', async () => {
    const { clock, broker, start, send, rows, storage } = cluster()
    const first = await start()
    await send('words', [['a', 'x']])
    await clock.advance(1_000)
    await clock.resolve(first.stop())
    const dying = broker.producer({
      transactionalId: 'dying',
      onStep: step => {
        if (step === 'before-end') throw new Error('dies')
      },
    })
    await clock.resolve(dying.init())
    const record = {
      topic: changelog,
      partition: 0,
      timestamp: 1,
      key: Buffer.from('b'),
      value: Buffer.alloc(8),
      headers: [],
    }
    const outcome = await clock.resolve(dying.commit({ records: [record] }).catch(error => String(error)))
    assert.is(outcome, 'Error: dies')
    await clock.resolve(dying.close())
    storage.replace()
    const second = await start()
    await clock.advance(2_000)
    assert.is(second.status()[0]!.state, 'running')
    assert.equal(rows(), { a: 1n })
    await clock.resolve(second.stop())
  })

  test("a checkpoint past the changelog's end is named, not trusted", async () => {
    const { clock, start, send } = cluster()
    const worker = await start()
    await send('words', [['a', 'x']])
    await clock.advance(1_000)
    await clock.resolve(worker.stop())
    const another = await start({}, new MemoryBroker({ clock }))
    const error = (await clock.resolve(another.failed)) as { code: string; message: string }
    assert.is(error.code, 'CHECKPOINT_AHEAD')
    assert.match(error.message, "store 'totals', partition 0")
  })

  test('state without committed offsets is refused: its inputs would be counted twice', async () => {
    const { clock, start, send } = cluster()
    await send(changelog, [['a', 5n]])
    const worker = await start()
    const error = (await clock.resolve(worker.failed)) as { code: string; message: string }
    assert.is(error.code, 'CHECKPOINT_WITHOUT_OFFSETS')
    assert.match(error.message, "group 'app-counter' has no committed offsets")
  })

  test('a table older than the tombstones of its changelog is wiped, or a deleted row would live on', async () => {
    const { clock, broker, storage, start, send, rows } = cluster({ deleteRetentionMs: 2_000 })
    const worker = await start()
    await send('words', [
      ['a', 'x'],
      ['b', 'x'],
    ])
    await clock.advance(1_000)
    const backup = storage.backup()
    await send('words', [['a', 'forget']])
    await clock.advance(1_000)
    await clock.resolve(worker.stop())
    // the tombstone is seen by the first compaction and gone after the second
    broker.compact(changelog)
    await clock.advance(3_000)
    broker.compact(changelog)
    storage.replace(backup)
    const second = await start()
    await clock.advance(1_000)
    assert.equal(rows(), { b: 1n })
    await clock.resolve(second.stop())
  })
})
