import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { FailurePolicy } from '../../../topology/definition/definition.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { type AnyProcessor, processor } from '../../../topology/definition/processor.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'
import { parkedIn } from './parked.ts'

const lines = topic('lines', { key: string, value: string, partitions: 1 })
const seen = keyValueStore('seen', { key: string, value: string })

/** Parts in memory that outlive the workers on them. */
function parts() {
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock })
  const storage = memoryStorage({ clock })
  const start = async (one: AnyProcessor) => {
    const graph = buildGraph(topology('app', t => t.processor(one)))
    const worker = new Worker({ graph, broker: broker.connect(), storage, clock, createTopics: 'all' })
    await clock.resolve(worker.start())
    await clock.advance(500)
    return worker
  }
  const write = async (...records: readonly (readonly [timestamp: number, value: string])[]) => {
    const writer = await clock.resolve(broker.writer())
    const record = { topic: 'lines', partition: 0, headers: [] }
    const bytes = ([timestamp, value]: readonly [number, string]) => ({
      ...record,
      timestamp,
      key: Buffer.from(value),
      value: Buffer.from(value),
    })
    await clock.resolve(writer.send(records.map(bytes)))
    await clock.advance(1_000)
  }
  const rows = () => storage.rows('seen').map(({ key, value }) => [key[0], value[0]].join(' '))
  const committed = async () => {
    const [offset] = await clock.resolve(
      broker.admin.committedOffsets('app-reader', [{ topic: 'lines', partition: 0 }]),
    )
    return offset?.offset
  }
  return { clock, broker, start, write, rows, committed }
}

/** Notes when it is called. */
function ticking(on: 'stream-time' | 'wall-clock', ticks: number[]) {
  const run = (time: number) => void ticks.push(time)
  const punctuations = [{ name: 'tick', every: '10s', on, run }] as const
  return processor({ name: 'reader', streams: [lines], process: () => {}, punctuations })
}

class Flaky extends Error {}

/** Keeps every value, but throws at those in `bad`; notes what it was asked for. */
function keeping(bad: readonly string[], asked: string[], failure: FailurePolicy) {
  return processor({
    name: 'reader',
    streams: [lines],
    stores: { seen },
    failure,
    process({ key, value }, { stores }) {
      asked.push(key)
      stores.seen.put(key, value!)
      if (bad.includes(key)) throw new Flaky('no good')
    },
  })
}

suite('punctuators over a restart', test => {
  test('stream time goes on where it was: what was due before is not due again, and the next multiple is', async () => {
    const ticks: number[] = []
    const { clock, start, write } = parts()
    const first = await start(ticking('stream-time', ticks))
    // due with the first record, then at the multiples of 10 s; one call for a gap
    await write([1_000, 'a'], [35_000, 'b'])
    assert.equal(ticks, [1_000, 35_000])
    await clock.resolve(first.stop())
    const second = await start(ticking('stream-time', ticks))
    await write([36_000, 'c'], [20_000, 'late'])
    assert.equal(ticks, [1_000, 35_000])
    await write([40_000, 'd'])
    assert.equal(ticks, [1_000, 35_000, 40_000])
    await clock.resolve(second.stop())
  })

  test('wall-clock time begins anew with the task, an interval after it opened', async () => {
    const ticks: number[] = []
    const { clock, start } = parts()
    const first = await start(ticking('wall-clock', ticks))
    await clock.advance(25_000)
    assert.is(ticks.length, 2)
    assert.is(ticks[1]! - ticks[0]!, 10_000)
    await clock.resolve(first.stop())
    await clock.advance(60_000)
    assert.is(ticks.length, 2, 'nothing is called while nobody runs')
    const opened = clock.now()
    const second = await start(ticking('wall-clock', ticks))
    await clock.advance(9_000)
    assert.is(ticks.length, 2, 'the time without a worker is not made up for')
    await clock.advance(2_000)
    assert.is(ticks.length, 3)
    // it opened within the half second that `start` waits
    assert.ok(ticks[2]! >= opened + 10_000 && ticks[2]! <= opened + 10_500, `${ticks[2]! - opened}`)
    await clock.resolve(second.stop())
  })
})

suite("the failure policy 'stop'", test => {
  const stop: FailurePolicy = { then: 'stop' }
  const retried: FailurePolicy = {
    retry: { attempts: 3, backoff: '100ms', cap: '1s' },
    isRetriable: error => error instanceof Flaky,
    then: 'stop',
  }
  for (const [what, policy, attempts] of [
    ['at once', stop, 1],
    ['after its retries', retried, 4],
  ] as const)
    test(`${what}: the task is parked at the record by name, again at each start, and goes on at it when it is fixed`, async () => {
      const { clock, start, write, rows, committed, broker } = parts()
      const asked: string[] = []
      await clock.resolve(broker.admin.createTopics([{ name: 'lines', partitions: 1, config: {} }]))
      await write([1, 'a'], [2, 'bad'], [3, 'c'])
      for (let starts = 1; starts <= 2; starts++) {
        const worker = await start(keeping(['bad'], asked, policy))
        const error = await parkedIn(worker, clock)
        assert.is(error.code, 'STOPPED_BY_POLICY')
        assert.match(error.reason, /record lines\/0 at offset 1 failed in 'reader' and its policy is to stop: no good/)
        await clock.resolve(worker.stop())
        assert.is(asked.filter(key => key === 'bad').length, starts * attempts)
        assert.ok(((await committed()) ?? 0) <= 1, 'the record is not passed over')
        assert.not(rows().includes('bad bad'))
        assert.not(asked.includes('c'))
      }
      const fixed = await start(keeping([], asked, policy))
      await clock.advance(1_000)
      assert.equal(rows(), ['a a', 'bad bad', 'c c'])
      assert.is(await committed(), 3)
      await clock.resolve(fixed.stop())
    })

  test('a punctuator that fails parks the task by name: there is no record to dead-letter', async () => {
    const { clock, start, write } = parts()
    const run = () => {
      throw new Flaky('no good')
    }
    const punctuations = [{ name: 'tick', every: '10s', on: 'stream-time', run }] as const
    const worker = await start(processor({ name: 'reader', streams: [lines], process: () => {}, punctuations }))
    await write([1_000, 'a'])
    const error = await parkedIn(worker, clock)
    assert.is(error.code, 'STOPPED_BY_POLICY')
    assert.match(error.reason, "punctuator 'tick' failed in 'reader'")
    await clock.resolve(worker.stop())
  })
})
