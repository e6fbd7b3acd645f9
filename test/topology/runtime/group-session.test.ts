import * as assert from 'uvu/assert'
import { TaskMigratedError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { suite } from '../../support/suite.ts'
import { scripted } from './scripted-group.ts'

const lines = topic('lines', { key: string, value: string, partitions: 2 })
const reader = processor({ name: 'reader', streams: [lines], process: () => {} })
const totals = keyValueStore('totals', { key: string, value: int64 })
const counter = processor({
  name: 'counter',
  streams: [lines],
  stores: { totals },
  async process({ key }, { stores }) {
    stores.totals.put(key, ((await stores.totals.get(key)) ?? 0n) + 1n)
  },
})

/** A counter that keeps nothing in memory, so that every commit looks at its table first; `slow` holds that look up. */
async function counting() {
  const store = { slow: false }
  const before = async ({ operation }: { operation: string }) => {
    if (operation === 'Apply' && store.slow) await parts.clock.sleep(5_000)
    return undefined
  }
  const parts = scripted({ before })
  const { clock, broker, storage, memory } = parts
  const graph = buildGraph(topology('app', t => t.processor(counter)))
  const settings = { cacheBytes: 0, maxBufferBytes: 1_000_000 }
  const worker = new Worker({ graph, broker, storage, clock, settings, createTopics: 'all' })
  await clock.resolve(worker.start())
  const write = async (partition: number) => {
    const record = { topic: 'lines', partition, timestamp: 1, key: Buffer.from('k'), value: Buffer.from('x') }
    const writer = await clock.resolve(memory.writer())
    await clock.resolve(writer.send([{ ...record, headers: [] }]))
  }
  return { ...parts, worker, store, write }
}

suite('group session', test => {
  test('a task commits under the generation that gave it, also after a later one gave it back', async () => {
    const { clock, joined, committed, worker, write } = await counting()
    joined[0]!.onAssigned('[0]', { id: 4, memberId: 'm' })
    await clock.advance(500)
    await write(0)
    await clock.advance(500)
    await clock.resolve(joined[0]!.onRevoked())
    joined[0]!.onAssigned('[0]', { id: 5, memberId: 'm' })
    await write(0)
    await clock.advance(500)
    const generations = committed.map(({ generation }) => generation)
    assert.equal([...new Set(generations)], [4, 5])
    await clock.resolve(worker.stop())
  })

  test('a task that was lost in the middle of a commit never commits it under a generation that it is not in', async () => {
    const { clock, joined, committed, worker, store, write } = await counting()
    joined[0]!.onAssigned('[0]', { id: 4, memberId: 'm' })
    await clock.advance(500)
    await write(0)
    await clock.advance(2_000)
    const until = committed.length
    store.slow = true
    await write(0)
    await clock.advance(1_000)
    // the commit has begun, and waits for the look at its table; meanwhile the session ends, and another member gets the task
    joined[0]!.onLost('it was silent for too long', 'GENERATION_ENDED')
    joined[0]!.onAssigned('[1]', { id: 6, memberId: 'm2' })
    store.slow = false
    await clock.advance(20_000)
    assert.equal(
      committed.slice(until).filter(({ id }) => id === 'app-counter-0'),
      [],
    )
    await clock.resolve(worker.stop())
  })

  test('a task that opens and fails at once is tried less and less often, and at once again when it has run for a while', async () => {
    const { clock, joined, asked, committed, fate, worker, write } = await counting()
    joined[0]!.onAssigned('[0]', { id: 4, memberId: 'm' })
    await clock.advance(500)
    fate.standing = true
    fate.commit = new TaskMigratedError('FENCED', 'fenced')
    await write(0)
    await clock.advance(60_000)
    // waits of at least half of 50, 100, … 3,200 and then 5,000 ms: 7 in the first 6.4 s, and at most 22 in the others
    assert.ok(asked.length > 10 && asked.length <= 29, `asked ${asked.length} times`)
    fate.commit = undefined
    await clock.advance(20_000)
    assert.is(worker.status()[0]!.commits, 1)
    const before = { asked: asked.length, committed: committed.length }
    fate.commit = new TaskMigratedError('FENCED', 'fenced')
    await write(0)
    await clock.advance(1_000)
    // 50, 100, 200, 400 ms at the most, and its commits between
    assert.ok(asked.length - before.asked >= 4, `asked ${asked.length - before.asked} times`)
    assert.is(committed.length - before.committed, asked.length - before.asked + 1)
    await clock.resolve(worker.stop())
  })

  test('a task that fails after a rebalance gave it back is opened again, under the new generation', async () => {
    const { clock, joined, committed, fate, worker, write } = await counting()
    joined[0]!.onAssigned('[0]', { id: 4, memberId: 'm' })
    await clock.advance(500)
    await clock.resolve(joined[0]!.onRevoked())
    joined[0]!.onAssigned('[0]', { id: 5, memberId: 'm' })
    fate.standing = true
    fate.commit = new TaskMigratedError('FENCED', 'fenced')
    await write(0)
    await clock.advance(500)
    fate.commit = undefined
    await clock.advance(5_000)
    assert.is(worker.status()[0]!.commits, 1)
    assert.equal([...new Set(committed.map(({ generation }) => generation))], [5])
    await clock.resolve(worker.stop())
  })

  test('tasks that a generation gives while the session stops are not opened, nor waited for afterwards', async () => {
    const { clock, broker, joined, asked, storage } = scripted()
    const graph = buildGraph(topology('app', t => t.processor(reader)))
    const worker = new Worker({ graph, broker, storage, clock, createTopics: 'all' })
    await clock.resolve(worker.start())
    joined[0]!.onAssigned('[0,1]', { id: 1, memberId: 'm' })
    await clock.advance(500)
    assert.is(worker.status().filter(({ state }) => state === 'running').length, 2)
    // stop suspends the tasks; the answer to a SyncGroup that was under way comes before it leaves the group
    const stopping = worker.stop()
    joined[0]!.onAssigned('[0,1]', { id: 2, memberId: 'm' })
    await clock.resolve(stopping)
    await clock.advance(60_000)
    assert.equal(asked, [])
    assert.equal(
      worker.status().filter(({ state }) => state !== 'created'),
      [],
    )
  })

  test('a processor that is named twice has one session', async () => {
    const { clock, broker, joined, storage } = scripted()
    const graph = buildGraph(topology('app', t => t.processor(reader)))
    const options = { graph, broker, storage, clock, createTopics: 'all' } as const
    const worker = new Worker({ ...options, processors: ['reader', 'reader'] })
    await clock.resolve(worker.start())
    assert.equal(
      joined.map(({ groupId }) => groupId),
      ['app-reader'],
    )
    await clock.resolve(worker.stop())
  })
})
