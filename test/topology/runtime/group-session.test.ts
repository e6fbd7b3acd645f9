import * as assert from 'uvu/assert'
import { string } from '../../../schemas/serdes.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/definition/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { suite } from '../../support/suite.ts'
import { scripted } from './scripted-group.ts'

const lines = topic('lines', { key: string, value: string, partitions: 2 })
const reader = processor({ name: 'reader', streams: [lines], process: () => {} })

suite('group session', test => {
  test('tasks that a generation gives while the session stops are not opened, nor waited for afterwards', async () => {
    const { clock, broker, joined, asked, storage } = scripted()
    const graph = buildGraph(topology('app', t => t.processor(reader)))
    const worker = new Worker({ graph, broker, storage, clock, createTopics: 'all' })
    await clock.resolve(worker.start())
    joined[0]!.onAssigned('[0,1]', { id: 1, memberId: 'm' })
    await clock.advance(500)
    assert.is(worker.status().filter(({ state }) => state === 'running').length, 2)
    // stop suspends the tasks; the answer to a SyncGroup that was under way comes before it leaves the group
    const stopping = worker.stop()
    joined[0]!.onAssigned('[0,1]', { id: 2, memberId: 'm' })
    await clock.resolve(stopping)
    await clock.advance(60_000)
    assert.equal(asked, [])
    assert.equal(
      worker.status().filter(({ state }) => state !== 'created'),
      [],
    )
  })

  test('a processor that is named twice has one session', async () => {
    const { clock, broker, joined, storage } = scripted()
    const graph = buildGraph(topology('app', t => t.processor(reader)))
    const options = { graph, broker, storage, clock, createTopics: 'all' } as const
    const worker = new Worker({ ...options, processors: ['reader', 'reader'] })
    await clock.resolve(worker.start())
    assert.equal(
      joined.map(({ groupId }) => groupId),
      ['app-reader'],
    )
    await clock.resolve(worker.stop())
  })
})
