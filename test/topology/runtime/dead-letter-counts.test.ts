import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import type { BrokerFaults } from '../../../topology/broker/memory/faults.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { FailurePolicy } from '../../../topology/definition/definition.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import type { Header } from '../../../topology/definition/record.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { retryHeaders } from '../../../topology/runtime/retried-record.ts'
import type { EngineSettings } from '../../../topology/runtime/task-environment.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const input = topic('input', { key: string, value: string, partitions: 1 })
const outputs = {
  left: topic('left', { key: string, value: string, partitions: 1 }),
  right: topic('right', { key: string, value: string, partitions: 1 }),
}

const passing = (name: 'left' | 'right', failure: FailurePolicy) =>
  processor({
    name,
    streams: [input],
    sinks: { output: outputs[name] },
    failure,
    process({ key, value }, { sinks }) {
      if (value === `${name} fails` || value === 'bad') throw new Error('bad')
      sinks.output.send(key, value)
    },
  })

interface Rig {
  readonly faults?: BrokerFaults
  readonly settings?: Partial<EngineSettings>
  readonly failure?: FailurePolicy
}

/** A worker of two processors that read one topic, and what it has counted. */
async function rig({ faults, settings = {}, failure = { then: 'dead-letter' } }: Rig = {}) {
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock, ...(faults && { faults }) })
  const graph = buildGraph(
    topology('app', t => {
      t.processor(passing('left', failure))
      t.processor(passing('right', { then: 'dead-letter' }))
    }),
  )
  const counted: Record<string, number> = {}
  const add = (name: string, count = 1) => {
    counted[name] = (counted[name] ?? 0) + count
  }
  const worker = new Worker({
    graph,
    broker: broker.connect(),
    storage: memoryStorage({ clock }),
    clock,
    settings,
    createTopics: 'all',
    metrics: {
      deadLettered: ({ subtopology }, from, stage, code) => add(`${subtopology} ${from} ${stage} ${code}`),
      processed: ({ subtopology }, records) => add(`${subtopology} processed`, records),
    },
  })
  await clock.resolve(worker.start())
  const outside = broker.connect()
  const writer = await clock.resolve(outside.writer())
  const send = (values: readonly string[], headers: readonly Header[] = []) => {
    const at = { topic: 'input', partition: 0, headers, timestamp: 1_000, key: Buffer.from('k') }
    return clock.resolve(writer.send(values.map(value => ({ ...at, value: Buffer.from(value) }))))
  }
  const read = async (name: string) => {
    const reader = outside.reader({ isolation: 'read_committed' })
    reader.seek({ topic: name, partition: 0 }, 0)
    const fetched = await clock.resolve(reader.poll())
    await reader.close()
    return fetched.flatMap(({ records }) => records)
  }
  return { clock, worker, counted, send, read, parked: () => worker.status().find(task => task.parked)?.parked }
}

suite('dead letters', test => {
  test('are counted when they are committed, exactly as their topic holds them, also when a commit gets no answer', async () => {
    let ends = 0
    const faults: BrokerFaults = {
      // The first two decisions take effect, and nobody hears of them; the next two are lost on their way.
      onRequest({ api }) {
        if (api !== 'EndTxn') return undefined
        ends++
        if (ends <= 2) return { kind: 'drop-reply' }
        return ends <= 4 ? { kind: 'drop-request' } : undefined
      },
    }
    const { clock, counted, send, read, worker } = await rig({ faults })
    await send(['a', 'bad', 'left fails'])
    await clock.advance(60_000)
    await send(['bad', 'b'])
    await clock.advance(30_000)
    assert.ok(ends > 4)
    const letters = await read('input.dlq')
    assert.is(letters.length, 5)
    assert.equal(counted, {
      'left processed': 5,
      'left input process PROCESS_FAILED': 3,
      'right processed': 5,
      'right input process PROCESS_FAILED': 2,
    })
    await clock.resolve(worker.stop())
  })

  test('say which application and sub-topology failed, and with which stack', async () => {
    const { clock, send, read, worker } = await rig()
    await send(['left fails'])
    await clock.advance(2_000)
    const [letter] = await read('input.dlq')
    const headers = Object.fromEntries(letter!.headers.map(({ key, value }) => [key, String(value)]))
    assert.is(headers['millrace.dlq.application'], 'app')
    assert.is(headers['millrace.dlq.subtopology'], 'left')
    assert.match(headers['millrace.dlq.error.stack']!, /^Error: bad\n {4}at .*dead-letter-counts\.test\.ts/)
    await clock.resolve(worker.stop())
  })

  test('that are sent back reach the group that failed, and what they cause has no trace of that', async () => {
    const { clock, send, read, worker } = await rig()
    const headers = [
      { key: 'traceparent', value: Buffer.from('t') },
      { key: retryHeaders.letter, value: Buffer.from('input.dlq/0/0') },
      { key: retryHeaders.group, value: Buffer.from('app-left') },
    ]
    await send(['x'])
    await send(['y', 'bad'], headers)
    await send(['z'])
    await clock.advance(3_000)
    const texts = async (name: string) => (await read(name)).map(({ value }) => String(value))
    assert.equal(await texts('left'), ['x', 'y', 'z'])
    assert.equal(await texts('right'), ['x', 'z'])
    assert.equal((await read('left'))[1]!.headers, headers.slice(0, 1))
    const letters = await read('input.dlq')
    assert.is(letters.length, 1, 'the other group does not fail on it again')
    assert.ok(
      letters[0]!.headers.some(({ key }) => key === retryHeaders.letter),
      'the new letter still names the one before',
    )
    await clock.resolve(worker.stop())
  })

  test('end, and the task is parked, where more than the set share of the last records fails', async () => {
    const { clock, send, read, parked, worker } = await rig({ settings: { breaker: { share: 0.5, records: 10 } } })
    await send(['a', 'bad', 'bad', 'bad', 'bad', 'bad', ...'bcdefghijkl'.split('')])
    await clock.advance(2_000)
    assert.is(parked(), undefined, '5 of 10 are no more than half')
    await send([...'0123456789'.split(''), 'bad', 'a', 'left fails', 'b', 'left fails', 'c'])
    await clock.advance(2_000)
    assert.is(parked(), undefined, 'the old failures are forgotten')
    const before = (await read('input.dlq')).length
    await send(['left fails', 'left fails', 'left fails', 'left fails'])
    await clock.advance(2_000)
    assert.is(parked()?.code, 'BREAKER_OPEN')
    assert.match(
      parked()!.reason,
      /^task 'left_0' stops at record input\/0 at offset \d+: 6 of its last 10 records failed, and its breaker allows 5\. .*'left': bad/,
    )
    assert.ok((await read('input.dlq')).length <= before + 3, 'the record that opens it stays where it is')
    await clock.resolve(worker.stop())
  })

  test('know no end where a processor has none, or other limits than the worker', async () => {
    const settings = { breaker: { share: 0, records: 10 } }
    const never = await rig({ settings, failure: { then: 'dead-letter', breaker: { share: 0, records: 0 } } })
    await never.send(Array(20).fill('left fails'))
    await never.clock.advance(2_000)
    assert.is(never.parked(), undefined)
    assert.is((await never.read('input.dlq')).length, 20)
    await never.clock.resolve(never.worker.stop())
    const own = await rig({ failure: { then: 'dead-letter', breaker: { share: 0.1, records: 10 } } })
    await own.send(['left fails', 'left fails'])
    await own.clock.advance(2_000)
    assert.is(own.parked()?.code, 'BREAKER_OPEN')
    await own.clock.resolve(own.worker.stop())
  })

  test('refuse limits that mean nothing', () => {
    for (const [breaker, fault] of [
      [{ share: 1.5, records: 10 }, "a breaker's share of 1.5"],
      [{ share: 0.5, records: 1.5 }, 'a breaker cannot look at 1.5 records'],
    ] as const)
      assert.throws(
        () => buildGraph(topology('app', t => t.processor(passing('left', { then: 'stop', breaker })))),
        new RegExp(fault),
      )
  })
})
