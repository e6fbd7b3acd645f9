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

const input = topic('input', { key: string, value: string, partitions: 1 })
const output = topic('output', { key: string, value: string, partitions: 1 })
const kept = keyValueStore('kept', { key: string, value: string })

/** Keeps each value, hands it on, and forgets the key of an empty one. */
const keeping = processor({
  name: 'keeping',
  streams: [input],
  stores: { kept },
  sinks: { output },
  process({ key, value }, { stores, sinks }) {
    if (value === '') return stores.kept.delete(key)
    stores.kept.put(key, value)
    sinks.output.send(key, value)
  },
})
const graph = buildGraph(topology('app', t => t.processor(keeping)))

function cluster(topicDefaults: Readonly<Record<string, string>>) {
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock, topicDefaults })
  const storage = memoryStorage({ clock })
  const start = async () => {
    const worker = new Worker({ graph, broker: broker.connect(), storage, clock, createTopics: 'all' })
    await clock.resolve(worker.start())
    return worker
  }
  const send = async (key: string, value: string) => {
    const writer = await broker.writer()
    const record = { topic: 'input', partition: 0, timestamp: 1_000, headers: [] }
    await clock.resolve(writer.send([{ ...record, key: Buffer.from(key), value: Buffer.from(value) }]))
    await clock.advance(2_000)
  }
  const end = async (name: string) =>
    (await clock.resolve(broker.admin.listOffsets([{ topic: name, partition: 0 }], 'committed')))[0]!
  const keys = () => storage.rows('kept').map(({ key }) => key[0])
  return { clock, broker, storage, start, send, end, keys }
}

suite('settings that a cluster has for all topics', test => {
  test('a larger message.max.bytes is used: no valid record is dead-lettered', async () => {
    const { start, send, end } = cluster({ 'max.message.bytes': '4000000' })
    const worker = await start()
    await send('k', 'x'.repeat(2_000_000))
    assert.is(await end('input.dlq'), 0)
    assert.ok((await end('output')) > 0)
    await worker.stop()
  })

  test('a shorter log.cleaner.delete.retention.ms is heeded: a row deleted since an old backup does not come back', async () => {
    const { clock, broker, storage, start, send, keys } = cluster({ 'delete.retention.ms': '60000' })
    const first = await start()
    await send('gone', 'x')
    await send('stays', 'x')
    const backup = storage.backup()
    await send('gone', '')
    await send('other', 'x')
    assert.equal(keys().sort(), ['other', 'stays'])
    await clock.resolve(first.stop())
    // The cleaner first keeps the tombstone, then removes it.
    broker.compact('app-kept-changelog')
    await clock.advance(120_000)
    broker.compact('app-kept-changelog')
    storage.replace(backup)
    const second = await start()
    await clock.advance(5_000)
    assert.equal(keys().sort(), ['other', 'stays'])
    await second.stop()
  })
})
