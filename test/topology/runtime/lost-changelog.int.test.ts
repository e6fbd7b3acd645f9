import * as assert from 'uvu/assert'
import { connectParts } from '../../../topology/app/connections.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { changelogTopic } from '../../../topology/definition/naming.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

const { kafka, prefix, database } = await realParts({ kafka: true, postgres: true })

const words = topic(`${prefix}words`, { key: string, value: string, partitions: 1 })
const totals = keyValueStore('totals', { key: string, value: int64 })
const counter = processor({
  name: 'counter',
  streams: [words],
  stores: { totals },
  async process({ key }, { stores }) {
    stores.totals.put(key, ((await stores.totals.get(key)) ?? 0n) + 1n)
  },
})
const graph = buildGraph(topology(`${prefix}app`, t => t.processor(counter)))
const changelog = changelogTopic(`${prefix}app`, 'totals')

suite('a changelog that is lost under a task, on a real Kafka', test => {
  test('deleted, the task waits and names it; made anew, it is parked and says what is missing', async () => {
    const parts = await connectParts({ kafka: kafka.url, postgres: await database() })
    const { broker } = parts
    const worker = new Worker({ graph, ...parts, createTopics: 'all' })
    await worker.start()
    const writer = await broker.writer()
    const write = () =>
      writer.send([
        { topic: words.name, partition: 0, timestamp: 0, key: Buffer.from('a'), value: Buffer.from('x'), headers: [] },
      ])
    const commits = () => worker.status()[0]?.commits ?? 0
    await write()
    await waitFor(() => commits() === 1, { what: 'the first commit' })

    await broker.admin.deleteTopics([changelog])
    await waitFor(async () => (await broker.admin.describeTopics([changelog])).length === 0, { what: 'it is deleted' })
    await write()
    const outage = () => worker.status()[0]?.outage ?? ''
    await waitFor(() => outage().includes(changelog), { what: 'the outage names the changelog', said: outage })

    await broker.admin.createTopics([{ name: changelog, partitions: 1, config: { 'cleanup.policy': 'compact' } }])
    const parked = () => worker.status()[0]?.parked
    await waitFor(() => parked() !== undefined, { what: 'it is parked', said: outage })
    assert.is(parked()!.code, 'CHECKPOINT_AHEAD', parked()!.reason)
    assert.match(parked()!.reason, changelog)
    await worker.stop()
    await writer.close()
    await parts.close()
  })
})
