import * as assert from 'uvu/assert'
import { avro } from '../../../schemas/avro/avro.ts'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { registerSchemas } from '../../../topology/runtime/register-schemas.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const changelog = 'app-totals-changelog'

/** A counter whose keys are of an Avro schema with this documentation: another text is another version of the schema. */
function counter(doc: string) {
  const key = avro({ type: 'record', name: 'Word', doc, fields: [{ name: 'word', type: 'string' }] })
  const one = processor({
    name: 'counter',
    streams: [topic('words', { key: string, value: string, partitions: 1 })],
    stores: { totals: keyValueStore('totals', { key, value: int64 }) },
    async process({ key: word, value }, { stores }) {
      if (value === 'forget') return stores.totals.delete({ word })
      stores.totals.put({ word }, ((await stores.totals.get({ word })) ?? 0n) + 1n)
    },
  })
  return buildGraph(topology('app', t => t.processor(one)))
}

/** Deploys of the counter on the same parts; each counts a word, or forgets it. */
function deploys() {
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock })
  const storage = memoryStorage({ clock })
  const registry = memoryRegistry()
  const deploy = async (doc: string, ...values: readonly string[]) => {
    const graph = counter(doc)
    await clock.resolve(registerSchemas(graph, registry))
    const worker = new Worker({
      graph,
      broker: broker.connect(),
      storage,
      registry,
      clock,
      createTopics: 'all',
    })
    await clock.resolve(worker.start())
    const writer = await clock.resolve(broker.writer())
    for (const value of values) {
      const record = { topic: 'words', partition: 0, timestamp: 1, key: Buffer.from('a'), value: Buffer.from(value) }
      await clock.resolve(writer.send([{ ...record, headers: [] }]))
      await clock.advance(1_000)
    }
    await clock.advance(1_000)
    assert.is(worker.status()[0]!.state, 'running')
    await clock.resolve(worker.stop())
  }
  const rows = () => storage.rows('totals').map(({ value }) => value[0])
  return { clock, broker, storage, deploy, rows }
}

suite('keys of a changelog under several versions of their schema', test => {
  test('one row is one row when a table is restored: its last value counts, whichever version wrote it', async () => {
    const { storage, deploy, rows } = deploys()
    await deploy('first', 'count')
    await deploy('second', 'count')
    // a deploy that is taken back writes under the old version again, after the new one
    await deploy('first', 'count')
    assert.equal(rows(), [3n])
    storage.replace()
    await deploy('second')
    assert.equal(rows(), [3n])
  })

  test('a row that was deleted under the new version is not brought back by what the old one wrote', async () => {
    const { clock, broker, storage, deploy, rows } = deploys()
    await deploy('first', 'count')
    await deploy('second', 'count', 'forget')
    storage.replace()
    await deploy('second')
    assert.equal(rows(), [])
    // nor when compaction has taken the tombstone away
    broker.compact(changelog)
    await clock.advance(2 * 86_400_000)
    broker.compact(changelog)
    storage.replace()
    await deploy('second')
    assert.equal(rows(), [])
  })
})
