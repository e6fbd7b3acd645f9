import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const words = topic('words', { key: string, value: string, partitions: 2 })
const counts = topic('counts', { key: string, value: int64, partitions: 2 })
const totals = keyValueStore('totals', { key: string, value: int64 })

const counter = processor({
  name: 'counter',
  streams: [words],
  stores: { totals },
  sinks: { counts },
  async process(record, { stores, sinks }) {
    if (record.value === 'poison') throw new Error('poison')
    const total = ((await stores.totals.get(record.key)) ?? 0n) + 1n
    stores.totals.put(record.key, total)
    sinks.counts.send(record.key, total)
  },
})
const graph = buildGraph(topology('app', t => t.processor(counter)))

/** A cluster in memory under a virtual clock, and workers on it. */
function cluster() {
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock })
  const storage = memoryStorage({ clock })
  const outside = broker.connect()
  const write = async (records: readonly (readonly [key: string, value: string])[]) => {
    const writer = await outside.writer()
    await writer.send(
      records.map(([key, value], index) => ({
        topic: 'words',
        partition: key.charCodeAt(0) % 2,
        timestamp: 1_000 + index,
        key: Buffer.from(key),
        value: Buffer.from(value),
        headers: [],
      })),
    )
  }
  const read = async (name: string) => {
    const reader = outside.reader({ isolation: 'read_committed' })
    for (const partition of [0, 1]) reader.seek({ topic: name, partition }, 0)
    const found = (await reader.poll()).flatMap(fetched => fetched.records)
    await reader.close()
    return found
  }
  return { clock, broker, storage, write, read, outside }
}

const latest = (records: readonly { key: Uint8Array | null; value: Uint8Array | null }[]) =>
  Object.fromEntries(records.map(({ key, value }) => [String(key), Buffer.from(value!).readBigInt64BE()]))

suite('worker', test => {
  test('counts every record once, with state, outputs and offsets', async () => {
    const { clock, broker, storage, write, read } = cluster()
    const worker = new Worker({ graph, broker: broker.connect(), storage, clock, createTopics: 'all' })
    await clock.resolve(worker.start())
    await clock.resolve(
      write([
        ['a', 'x'],
        ['b', 'x'],
        ['a', 'x'],
      ]),
    )
    await clock.advance(2_000)
    assert.equal(latest(await clock.resolve(read('counts'))), { a: 2n, b: 1n })
    assert.equal(
      worker.status().map(({ task, state, lag }) => ({ task, state, lag })),
      [0, 1].map(partition => ({ task: `counter_${partition}`, state: 'running', lag: 0 })),
    )
    await clock.resolve(worker.stop())
  })

  test('a second worker takes over half, and a restarted one goes on where it was', async () => {
    const { clock, broker, storage, write, read } = cluster()
    const start = async () => {
      const worker = new Worker({ graph, broker: broker.connect(), storage, clock, createTopics: 'all' })
      await clock.resolve(worker.start())
      return worker
    }
    const first = await start()
    await clock.resolve(
      write([
        ['a', 'x'],
        ['b', 'x'],
      ]),
    )
    await clock.advance(2_000)
    const second = await start()
    await clock.advance(10_000)
    assert.equal(
      [first, second].map(worker => worker.status().length),
      [1, 1],
    )
    await clock.resolve(
      write([
        ['a', 'x'],
        ['b', 'x'],
      ]),
    )
    await clock.advance(2_000)
    await clock.resolve(first.stop())
    await clock.resolve(second.stop())
    const third = await start()
    await clock.resolve(
      write([
        ['a', 'x'],
        ['b', 'x'],
      ]),
    )
    await clock.advance(2_000)
    assert.equal(latest(await clock.resolve(read('counts'))), { a: 3n, b: 3n })
    assert.is((await clock.resolve(read('counts'))).length, 6)
    await clock.resolve(third.stop())
  })

  test('a poison record is dead-lettered once and the rest goes on', async () => {
    const { clock, broker, storage, write, read } = cluster()
    const worker = new Worker({ graph, broker: broker.connect(), storage, clock, createTopics: 'all' })
    await clock.resolve(worker.start())
    await clock.resolve(
      write([
        ['a', 'x'],
        ['a', 'poison'],
        ['a', 'x'],
      ]),
    )
    await clock.advance(2_000)
    assert.equal(latest(await clock.resolve(read('counts'))), { a: 2n })
    const [dead, ...more] = await clock.resolve(read('words.dlq'))
    assert.equal(more, [])
    const headers = Object.fromEntries(dead!.headers.map(({ key, value }) => [key, String(value)]))
    assert.is(String(dead!.value), 'poison')
    assert.is(headers['millrace.dlq.offset'], '1')
    assert.is(headers['millrace.dlq.processor'], 'counter')
    assert.is(headers['millrace.dlq.error.message'], 'poison')
    await clock.resolve(worker.stop())
  })
})
