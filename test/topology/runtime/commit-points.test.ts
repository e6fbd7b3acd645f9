import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import type { CommitPoint } from '../../../topology/runtime/commit.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { commitPoints } from '../../lab/chaos/kill-point.ts'
import { suite } from '../../support/suite.ts'

const words = topic('words', { key: string, value: string, partitions: 1 })
const totals = keyValueStore('totals', { key: string, value: int64 })
const counter = processor({
  name: 'counter',
  streams: [words],
  stores: { totals },
  async process(record, { stores }) {
    stores.totals.put(record.key, ((await stores.totals.get(record.key)) ?? 0n) + 1n)
  },
})

suite('points of a commit', test => {
  test('a commit passes the eight points in their order, and rows stand in the table at the last one only', async () => {
    const clock = new VirtualClock({ seed: 1 })
    const broker = new MemoryBroker({ clock })
    const storage = memoryStorage({ clock })
    const points: [CommitPoint, number][] = []
    const worker = new Worker({
      graph: buildGraph(topology('app', t => t.processor(counter))),
      broker: broker.connect(),
      storage,
      clock,
      createTopics: 'all',
      onCommitPoint: ({ subtopology, partition }, point) => {
        assert.equal([subtopology, partition], ['counter', 0])
        points.push([point, storage.rows('totals').length])
      },
    })
    await clock.resolve(worker.start())
    const writer = await clock.resolve(broker.connect().writer())
    const record = { topic: 'words', partition: 0, timestamp: 1, key: Buffer.from('a'), value: Buffer.from('x') }
    await clock.resolve(writer.send([{ ...record, headers: [] }]))
    await clock.advance(500)
    assert.equal(
      points.map(([point]) => point),
      commitPoints,
    )
    const rowsAt = Object.fromEntries(points)
    assert.equal([rowsAt.committed, rowsAt.applied], [0, 1])
    await clock.resolve(worker.stop())
  })
})
