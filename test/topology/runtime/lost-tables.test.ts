import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const lines = topic('lines', { key: string, value: string, partitions: 1 })
const echoes = topic('echoes', { key: string, value: string, partitions: 1 })
const known = keyValueStore('known', { key: string, value: string })

/** Keeps what says 'keep', and echoes everything: most of its commits change no table. */
const echo = processor({
  name: 'echo',
  streams: [lines],
  stores: { known },
  sinks: { echoes },
  process(record, { stores, sinks }) {
    if (record.value === 'keep') stores.known.put(record.key, record.value)
    sinks.echoes.send(record.key, record.value!)
  },
})

suite('tables that are lost under a task', test => {
  test('a busy task whose commits change no table notices too, and restores them', async () => {
    const clock = new VirtualClock({ seed: 1 })
    const broker = new MemoryBroker({ clock })
    const storage = memoryStorage({ clock })
    const graph = buildGraph(topology('app', t => t.processor(echo)))
    const worker = new Worker({
      graph,
      broker: broker.connect(),
      storage,
      clock,
      createTopics: 'all',
      settings: { storeCheckMs: 2_000 },
    })
    await clock.resolve(worker.start())
    const writer = await clock.resolve(broker.connect().writer())
    const write = (value: string) => {
      const record = { topic: 'lines', partition: 0, timestamp: 1, key: Buffer.from('a'), value: Buffer.from(value) }
      return clock.resolve(writer.send([{ ...record, headers: [] }]))
    }
    await write('keep')
    await clock.advance(1_000)
    assert.is(storage.rows('known').length, 1)

    storage.replace()
    assert.is(storage.rows('known').length, 0)
    // Twice as long as it may take to notice, with a commit every half second.
    for (let commits = 0; commits < 8; commits++) {
      await write('pass')
      await clock.advance(500)
    }
    assert.is(storage.rows('known').length, 1)
    await clock.resolve(worker.stop())
  })
})
