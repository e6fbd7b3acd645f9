import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { topologyDiff } from '../../../topology/definition/diff/diff.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { snapshotOf } from '../../../topology/definition/snapshot.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

/** Counts the words of some topics. */
function counting(...names: readonly string[]) {
  return topology('app', t =>
    t.processor(
      processor({
        name: 'counter',
        streams: names.map(name => topic(name, { key: string, value: string, partitions: 1 })),
        stores: { totals: keyValueStore('totals', { key: string, value: int64 }) },
        async process({ key }, { stores }) {
          stores.totals.put(key, ((await stores.totals.get(key)) ?? 0n) + 1n)
        },
      }),
    ),
  )
}

/** Runs one deploy after another on the same broker and tables; before each, a word is written to each of its topics. */
function deploys() {
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock })
  const storage = memoryStorage({ clock })
  const write = async (name: string) => {
    const writer = await clock.resolve(broker.writer())
    const record = {
      topic: name,
      partition: 0,
      timestamp: 1,
      key: Buffer.from('k'),
      value: Buffer.from('x'),
      headers: [],
    }
    await clock.resolve(writer.send([record]))
  }
  return async (...inputs: readonly string[]) => {
    await clock.resolve(broker.admin.createTopics(inputs.map(name => ({ name, partitions: 1, config: {} }))))
    for (const name of inputs) await write(name)
    const worker = new Worker({
      graph: buildGraph(counting(...inputs)),
      broker: broker.connect(),
      storage,
      clock,
      createTopics: 'all',
    })
    await clock.resolve(worker.start())
    await clock.advance(1_000)
    const outcome = worker.status()[0]?.parked?.code ?? 'runs'
    await clock.resolve(worker.stop())
    return { outcome, total: storage.rows('totals')[0]?.value[0] }
  }
}

const effects = (old: readonly string[], next: readonly string[]) =>
  topologyDiff(snapshotOf(counting(...old)), snapshotOf(counting(...next))).lost

suite('inputs of a sub-topology with state', test => {
  test('a new one is read by its offset reset, beside the positions of the others', async () => {
    const deploy = deploys()
    assert.equal(await deploy('words'), { outcome: 'runs', total: 1n })
    // one more in each, and nothing is read again
    assert.equal(await deploy('words', 'more'), { outcome: 'runs', total: 3n })
    assert.equal(await deploy('words', 'more'), { outcome: 'runs', total: 5n })
    assert.is(effects(['words'], ['words', 'more']), false)
  })

  test('all of them replaced at once: the state belongs to positions that are not there, as diff says too', async () => {
    const deploy = deploys()
    await deploy('words')
    assert.equal(await deploy('other'), { outcome: 'CHECKPOINT_WITHOUT_OFFSETS', total: 1n })
    assert.is(effects(['words'], ['other']), true)
  })

  test('one is replaced by reading both for a deploy', async () => {
    const deploy = deploys()
    await deploy('words')
    await deploy('words', 'other')
    assert.equal(await deploy('other'), { outcome: 'runs', total: 4n })
    assert.is(effects(['words', 'other'], ['other']), false)
  })
})
