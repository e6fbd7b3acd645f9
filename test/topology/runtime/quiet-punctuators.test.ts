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

/** A processor that looks at its store ten times a second, and the transactions of ten seconds in which it writes now and then. */
async function transactions(writesAt: (look: number) => boolean) {
  const clock = new VirtualClock({ seed: 1 })
  let ended = 0
  const count = ({ api }: { readonly api: string }) => {
    if (api === 'EndTxn') ended++
    return undefined
  }
  const cluster = new MemoryBroker({ clock, faults: { onRequest: count } })
  const storage = memoryStorage({ clock })
  let looks = 0
  const looker = processor({
    name: 'looker',
    streams: [topic('in', { key: string, value: string, partitions: 1 })],
    stores: { state: keyValueStore('state', { key: string, value: int64 }) },
    process: () => {},
    punctuations: [
      {
        name: 'look',
        on: 'wall-clock',
        every: '100ms',
        run: async (_, { stores }) => {
          const last = (await stores.state.get('looks')) ?? 0n
          if (writesAt(looks++)) stores.state.put('looks', last + 1n)
        },
      },
    ],
  })
  const graph = buildGraph(topology('app', t => t.processor(looker)))
  const worker = new Worker({ graph, broker: cluster.connect(), storage, clock, createTopics: 'all' })
  await clock.resolve(worker.start())
  await clock.advance(10_000)
  await clock.resolve(worker.stop())
  return { ended, looks, rows: storage.rows('state').map(({ value }) => value[0]) }
}

suite('punctuators that find nothing to do', test => {
  test('commit nothing', async () => {
    const { ended, looks, rows } = await transactions(() => false)
    assert.ok(looks > 90, `${looks} looks`)
    assert.equal([ended, rows], [0, []])
  })

  test('what they write is committed at once, and nothing else is', async () => {
    const { ended, looks, rows } = await transactions(look => look % 10 === 0)
    assert.ok(looks > 90, `${looks} looks`)
    assert.equal([ended, rows], [Math.ceil(looks / 10), [BigInt(Math.ceil(looks / 10))]])
  })
})
