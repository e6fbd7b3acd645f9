import * as assert from 'uvu/assert'
import type { TaskDelta } from '../../../store/contract.ts'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { TaskMigratedError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { bindCodecs } from '../../../topology/runtime/codecs.ts'
import { restoreTask } from '../../../topology/runtime/restore.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'
import { cluster } from './cluster.ts'
import { parkedIn } from './parked.ts'

const changelog = 'app-totals-changelog'

suite('restore', test => {
  test('stores that lack the same commit get it at once: no reader sees one with it and the other without', async () => {
    const clock = new VirtualClock({ seed: 1 })
    const broker = new MemoryBroker({ clock })
    const stores = ['left', 'right'].map(name => keyValueStore(name, { key: string, value: string }))
    const graph = buildGraph(
      topology('app', t =>
        t.processor(
          processor({
            name: 'both',
            streams: [topic('in', { key: string, value: string, partitions: 1 })],
            stores: { left: stores[0]!, right: stores[1]! },
            process: () => {},
          }),
        ),
      ),
    )
    const at = ['app-left-changelog', 'app-right-changelog']
    await clock.resolve(broker.admin.createTopics(at.map(name => ({ name, partitions: 1, config: {} }))))
    const writer = await clock.resolve(broker.writer())
    const bytes = Buffer.from('k')
    const records = at.map(name => ({ topic: name, partition: 0, timestamp: 1, key: bytes, value: bytes, headers: [] }))
    await clock.resolve(writer.send([...records, ...records]))
    const tables = memoryStorage({ clock })
    await clock.resolve(tables.migrate('app', graph.subtopologies[0]!.stores))
    const claim = {
      application: 'app',
      task: { subtopology: 'both', partition: 0 },
      stores: graph.subtopologies[0]!.stores,
    }
    const first = await clock.resolve(tables.claim(claim))
    const checkpoints = new Map(['left', 'right'].map(store => [store, { previous: undefined, next: 1 }]))
    await clock.resolve(first.apply({ stores: [], checkpoints }))
    const storage = await clock.resolve(tables.claim(claim))
    const applied: (readonly string[])[] = []
    const watched = {
      ...storage,
      apply(delta: TaskDelta) {
        applied.push(delta.stores.map(({ store, puts }) => `${store} ${puts.length}`))
        return storage.apply(delta)
      },
    }
    const reached = await clock.resolve(
      restoreTask({
        application: 'app',
        partition: 0,
        stores: claim.stores,
        storage: watched,
        broker,
        codecs: await bindCodecs(graph, undefined),
        clock,
        deleteRetentionMs: () => 86_400_000,
        aborted: () => false,
      }),
    )
    assert.equal(applied, [['left 1', 'right 1']])
    assert.equal([...reached].sort(), [
      ['left', 2],
      ['right', 2],
    ])
  })

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

  test('a table that is ahead of a commit without markers has another owner, and is no reason to stop', async () => {
    const clock = new VirtualClock({ seed: 1 })
    const late = { kind: 'delay', ms: 60_000 } as const
    const broker = new MemoryBroker({
      clock,
      faults: { onRequest: ({ api }) => (api === 'WriteTxnMarkers' ? late : undefined) },
    })
    const store = keyValueStore('totals', { key: string, value: string })
    const one = processor({
      name: 'one',
      streams: [topic('in', { key: string, value: string, partitions: 1 })],
      stores: { store },
      process: () => {},
    })
    const graph = buildGraph(topology('app', t => t.processor(one)))
    const { stores } = graph.subtopologies[0]!
    await clock.resolve(broker.admin.createTopics([{ name: changelog, partitions: 1, config: {} }]))
    const owner = broker.producer({ transactionalId: 'app-one-0', transactionTimeoutMs: 10_000 })
    await clock.resolve(owner.init())
    const bytes = Buffer.from('k')
    const record = { topic: changelog, partition: 0, timestamp: 1, key: bytes, value: bytes, headers: [] }
    await clock.resolve(owner.commit({ records: [record] }))
    const tables = memoryStorage({ clock })
    await clock.resolve(tables.migrate('app', stores))
    const claim = { application: 'app', task: { subtopology: 'one', partition: 0 }, stores }
    const applied = await clock.resolve(tables.claim(claim))
    const checkpoints = new Map([['totals', { previous: undefined, next: 1 }]])
    await clock.resolve(applied.apply({ stores: [], checkpoints }))
    const storage = await clock.resolve(tables.claim(claim))
    const codecs = await bindCodecs(graph, undefined)
    const aborted = () => false
    const deleteRetentionMs = () => 86_400_000
    const restoring = {
      application: 'app',
      partition: 0,
      stores,
      storage,
      broker,
      codecs,
      clock,
      deleteRetentionMs,
      aborted,
    }
    const error = await clock.resolve(restoreTask(restoring).catch(failed => failed))
    assert.instance(error, TaskMigratedError)
    assert.match(error.message, "partition 0 of 'totals' holds a commit that is not yet complete in its changelog")
  })

  test("a checkpoint past the changelog's end is named, not trusted", async () => {
    const { clock, start, send } = cluster()
    const worker = await start()
    await send('words', [['a', 'x']])
    await clock.advance(1_000)
    await clock.resolve(worker.stop())
    const another = await start({}, new MemoryBroker({ clock }))
    const error = await parkedIn(another, clock)
    assert.is(error.code, 'CHECKPOINT_AHEAD')
    assert.match(error.reason, "store 'totals', partition 0")
    assert.match(
      error.reason,
      /truncated or made anew\. Look which .* dump it before any 'millrace state wipe totals'.*worker-stopped\.md/,
    )
  })

  test('state without committed offsets is refused: its inputs would be counted twice', async () => {
    const { clock, start, send } = cluster()
    await send(changelog, [['a', 5n]])
    const worker = await start()
    const error = await parkedIn(worker, clock)
    assert.is(error.code, 'CHECKPOINT_WITHOUT_OFFSETS')
    assert.match(error.reason, "group 'app-counter' has no committed offsets")
  })

  test('a table that lacks nothing is not restored, however long its worker was away', async () => {
    const restored: string[] = []
    const before = ({ operation }: { operation: string }) => {
      if (operation === 'Wipe') restored.push(operation)
      return undefined
    }
    const { clock, start, send, rows } = cluster({ deleteRetentionMs: 2_000, faults: { before } })
    const worker = await start()
    await send('words', [['a', 'x']])
    await clock.advance(1_000)
    await clock.resolve(worker.stop())
    // after the last record stands the marker of its own transaction, and nothing else
    await clock.advance(10_000)
    const second = await start()
    await clock.advance(1_000)
    assert.equal(restored, [])
    await send('words', [['a', 'x']])
    await clock.advance(1_000)
    assert.equal(rows(), { a: 2n })
    await clock.resolve(second.stop())
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
