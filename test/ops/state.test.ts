import * as assert from 'uvu/assert'
import { reset, wipe } from '../../ops/state.ts'
import { memoryRegistry } from '../../schemas/registry/memory.ts'
import { memoryStorage } from '../../store/memory-storage.ts'
import type { Parts } from '../../topology/app/connections.ts'
import { MemoryBroker } from '../../topology/broker/memory/memory-broker.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { processor } from '../../topology/definition/processor.ts'
import { int64, string } from '../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { topic } from '../../topology/definition/topic.ts'
import { topology } from '../../topology/dsl/topology.ts'
import { Worker } from '../../topology/runtime/worker.ts'
import { VirtualClock } from '../../topology/testing/virtual-clock.ts'
import { suite } from '../support/suite.ts'

const words = topic('words', { key: string, value: string, partitions: 2 })
const totals = keyValueStore('totals', { key: string, value: int64 })
const counter = processor({
  name: 'counter',
  streams: [words],
  stores: { totals },
  async process(record, { stores }) {
    stores.totals.put(record.key, ((await stores.totals.get(record.key)) ?? 0n) + 1n)
  },
})
const graph = buildGraph(topology('app', t => t.processor(counter)))

/** A worker that has counted a twice and b once, and the parts it runs on. */
async function counted() {
  const clock = new VirtualClock({ seed: 1 })
  const cluster = new MemoryBroker({ clock })
  const storage = memoryStorage({ clock })
  const broker = cluster.connect()
  const parts: Parts = { broker, registry: memoryRegistry(), storage, clock, where: 'memory', close: async () => {} }
  const start = async () => {
    const worker = new Worker({ graph, broker: cluster.connect(), storage, clock, createTopics: 'all' })
    await clock.resolve(worker.start())
    return worker
  }
  const write = async (...keys: readonly string[]) => {
    const writer = await clock.resolve(broker.writer())
    const at = (key: string) => ({ topic: 'words', partition: key.charCodeAt(0) % 2, timestamp: 1, headers: [] })
    await clock.resolve(writer.send(keys.map(key => ({ ...at(key), key: Buffer.from(key), value: Buffer.from('x') }))))
    await clock.advance(2_000)
  }
  const counts = () => Object.fromEntries(storage.rows('totals').map(({ key, value }) => [key[0], value[0]]))
  const worker = await start()
  await write('a', 'b', 'a')
  assert.equal(counts(), { a: 2n, b: 1n })
  return { clock, parts, start, write, counts, worker }
}

suite('state command', test => {
  test('a wipe under a running worker is refused, unless it is told to fence: then the worker restores the table and goes on', async () => {
    const { clock, parts, write, counts, worker } = await counted()
    for (const yes of [false, true]) {
      const refused = await clock.resolve(wipe(graph, parts, 'totals', { yes }).catch(thrown => thrown))
      assert.match(refused.message, "group 'app-counter' has a member running: stop the workers of 'counter' first")
    }
    assert.is(await clock.resolve(wipe(graph, parts, 'totals', { yes: false, fence: true })), 2)
    assert.equal(counts(), { a: 2n, b: 1n }, 'nothing happens unless told')
    await clock.resolve(wipe(graph, parts, 'totals', { yes: true, fence: true }))
    assert.equal(counts(), {})
    await write('a', 'b')
    await clock.advance(20_000)
    assert.equal(counts(), { a: 3n, b: 2n })
    await clock.resolve(worker.stop())
  })

  test('an unknown store is refused with those there are', async () => {
    const { clock, parts, worker } = await counted()
    const error = await clock.resolve(wipe(graph, parts, 'sums', { yes: true }).catch(thrown => thrown))
    assert.instance(error, TopologyError)
    assert.match(error.message, "no store 'sums': choose among totals")
    await clock.resolve(worker.stop())
  })

  test('a reset is refused while a worker runs, and then counts everything again', async () => {
    const { clock, parts, start, counts, worker } = await counted()
    const refused = await clock.resolve(reset(graph, parts, 'counter', true).catch(thrown => thrown))
    assert.instance(refused, TopologyError)
    assert.match(refused.message, "group 'app-counter' has a member running")
    assert.equal(counts(), { a: 2n, b: 1n }, 'nothing was touched')
    await clock.resolve(worker.stop())
    assert.is(await clock.resolve(wipe(graph, parts, 'totals', { yes: false })), 2, 'nobody is running')
    await clock.resolve(reset(graph, parts, 'counter', true))
    assert.equal(counts(), {})
    const next = await start()
    await clock.advance(2_000)
    assert.equal(counts(), { a: 2n, b: 1n }, 'from the beginning: not doubled, not lost')
    await clock.resolve(next.stop())
  })
})
