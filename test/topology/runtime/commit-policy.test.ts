import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { Clock } from '../../../topology/definition/clock.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'
import { cluster } from './cluster.ts'

const lines = topic('lines', { key: string, value: string, partitions: 1 })

suite('commit policy', test => {
  test('a task that keeps up rests 20 ms between commits', async () => {
    const { clock, start, send } = cluster()
    const worker = await start({ commitIntervalMs: 100 })
    await clock.advance(1_000)
    for (let count = 0; count < 200; count++) {
      await send('words', [['a', 'x']])
      await clock.advance(5)
    }
    const task = worker.status()[0]!
    assert.is(task.processed, 200)
    // 200 records, 5 ms apart: 1,000 ms hold 50 rests, and no more commits than these and the first.
    assert.ok(task.commits <= 51, `${task.commits} commits`)
    assert.ok(task.commits >= 30, `${task.commits} commits`)
    await clock.resolve(worker.stop())
  })

  test('a record that comes after a rest is committed at once', async () => {
    const { clock, start, send } = cluster()
    const worker = await start({ commitIntervalMs: 10_000 })
    await clock.advance(1_000)
    await send('words', [['a', 'x']])
    await clock.advance(5)
    assert.is(worker.status()[0]?.commits, 1)
    // The next one comes within the rest: it waits for its end, not for the interval.
    await send('words', [['a', 'x']])
    await clock.advance(5)
    assert.is(worker.status()[0]?.commits, 1)
    await clock.advance(20)
    assert.is(worker.status()[0]?.commits, 2)
    await clock.resolve(worker.stop())
  })

  test('a task commits at its interval however long its records take', async () => {
    const clock = new VirtualClock({ seed: 1 })
    // Processing moves this clock, as it does a real one: 1 ms a record.
    let worked = 0
    const working: Clock = {
      now: () => clock.now() + worked,
      random: () => clock.random(),
      sleep: (ms, signal) => clock.sleep(ms, signal),
      after: (ms, callback) => clock.after(ms, callback),
      yield: () => clock.yield(),
    }
    const slow = processor({
      name: 'slow',
      streams: [lines],
      process() {
        worked++
      },
    })
    const broker = new MemoryBroker({ clock })
    const worker = new Worker({
      graph: buildGraph(topology('app', t => t.processor(slow))),
      broker: broker.connect(),
      storage: memoryStorage({ clock }),
      clock: working,
      createTopics: 'all',
      settings: { commitIntervalMs: 20 },
    })
    await clock.resolve(worker.start())
    await clock.advance(500)
    const writer = await clock.resolve(broker.connect().writer())
    const record = {
      topic: 'lines',
      partition: 0,
      timestamp: 1,
      key: Buffer.from('a'),
      value: Buffer.from('x'),
      headers: [],
    }
    await clock.resolve(writer.send(Array.from({ length: 400 }, () => record)))
    await clock.advance(500)
    const task = worker.status()[0]!
    assert.is(task.processed, 400)
    // 400 ms of work: a commit every 20 ms and up to 8 more, which is how long a slice of such records may take.
    assert.ok(task.commits >= 400 / 28, `${task.commits} commits`)
    await clock.resolve(worker.stop())
  })
})
