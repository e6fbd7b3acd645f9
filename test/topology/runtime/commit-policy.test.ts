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

  test('a task rests twice as long as its last commit took, up to the interval', async () => {
    for (const [commitMs, most, least] of [
      [40, 9, 7],
      [400, 3, 2],
    ] as const) {
      const { clock, broker, start, send } = cluster()
      slowCommits(broker, () => clock.sleep(commitMs))
      const worker = await start({ commitIntervalMs: 100 })
      await clock.advance(1_000)
      for (let count = 0; count < 200; count++) {
        await send('words', [['a', 'x']])
        await clock.advance(5)
      }
      // Of 1,000 ms a commit of 40 ms and its rest of 80 take 120; one of 400 ms rests for the interval of 100.
      const commits = worker.status()[0]!.commits
      assert.ok(commits <= most && commits >= least, `${commits} commits of ${commitMs} ms`)
      await clock.resolve(worker.stop())
    }
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
      monotonic: () => clock.monotonic() + worked,
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

  for (const [setTo, byMs] of [
    ['back by a day', -86_400_000],
    ['ahead by a day', 86_400_000],
  ] as const)
    test(`a wall clock that is set ${setTo} delays and hastens nothing`, async () => {
      const clock = new VirtualClock({ seed: 1 })
      let aheadMs = 0
      const wall: Clock = {
        now: () => clock.now() + aheadMs,
        monotonic: () => clock.monotonic(),
        random: () => clock.random(),
        sleep: (ms, signal) => clock.sleep(ms, signal),
        after: (ms, callback) => clock.after(ms, callback),
        yield: () => clock.yield(),
      }
      const calls: number[] = []
      const timer = processor({
        name: 'timer',
        streams: [lines],
        process() {},
        punctuations: [{ name: 'each second', on: 'wall-clock', every: 1_000, run: time => void calls.push(time) }],
      })
      const broker = new MemoryBroker({ clock })
      const worker = new Worker({
        graph: buildGraph(topology('app', t => t.processor(timer))),
        broker: broker.connect(),
        storage: memoryStorage({ clock }),
        clock: wall,
        createTopics: 'all',
      })
      await clock.resolve(worker.start())
      await clock.advance(500)
      aheadMs = byMs
      const writer = await clock.resolve(broker.connect().writer())
      const [key, value] = [Buffer.from('a'), Buffer.from('x')]
      await clock.resolve(writer.send([{ topic: 'lines', partition: 0, timestamp: 1, key, value, headers: [] }]))
      await clock.advance(3_000)
      const [task] = worker.status()
      assert.is(task?.commits, 1)
      assert.is(task?.record, undefined)
      assert.is(calls.length, 3, 'one call a second')
      assert.ok(Math.abs(calls[0]! - wall.now()) < 3_000, 'and it is told the wall time')
      await clock.resolve(worker.stop())
    })
})

/** Lets each transaction of the broker's clients begin only after a wait. */
function slowCommits(broker: MemoryBroker, wait: () => Promise<void>): void {
  const connect = broker.connect.bind(broker)
  broker.connect = name => {
    const client = connect(name)
    const make = client.producer.bind(client)
    client.producer = options => {
      const producer = make(options)
      const commit = producer.commit.bind(producer)
      producer.commit = async transaction => {
        await wait()
        return commit(transaction)
      }
      return producer
    }
    return client
  }
}
