import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { connectParts } from '../../../topology/app/connections.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

const { kafka, prefix } = await realParts({ kafka: true })
const lines = topic(`${prefix}lines`, { key: string, value: string, partitions: 2 })
const copies = topic(`${prefix}copies`, { key: string, value: string, partitions: 1 })
const application = `${prefix}upkeep`

/** Copies lines without state, counts words over a repartition, which keeps its count, and counts lines. */
const graph = buildGraph(
  topology(application, t => {
    t.processor(
      processor({
        name: 'copying',
        streams: [lines],
        sinks: { copies },
        process: ({ key, value }, { sinks }) => sinks.copies.send(key, value),
      }),
    )
    t.stream(lines)
      .groupBy((_, word) => word, { name: 'by-word', key: string })
      .count('word-counts')
    t.stream(lines).groupByKey({ name: 'by-line' }).count('line-counts')
  }),
)

suite('partitions that are added to an input on a real Kafka', test => {
  test('are taken where there is no state, and told as unread where there is', async () => {
    const parts = await connectParts({ kafka: kafka.url })
    const { broker } = parts
    const storage = memoryStorage({ clock: systemClock })
    const settings = { partitionCheckMs: 500 }
    const worker = new Worker({ graph, ...parts, storage, settings, createTopics: 'all' })
    const ended: unknown[] = []
    void worker.failed.then(error => ended.push(error))
    await worker.start()
    const writer = await broker.writer()
    const send = (partition: number, count: number) =>
      writer.send(
        Array.from({ length: count }, (_, index) => ({
          topic: lines.name,
          partition,
          timestamp: Date.now(),
          key: Buffer.from('k'),
          value: Buffer.from(`w${index % 5}`),
          headers: [],
        })),
      )
    const sum = (offsets: readonly number[]) => offsets.reduce((all, offset) => all + offset, 0)

    await broker.admin.growTopics([{ name: lines.name, partitions: 4 }])
    const running = (name: string) =>
      worker.status().filter(({ task, state }) => task.startsWith(`${name}_`) && state === 'running')
    await waitFor(() => running('copying').length === 4, { what: 'the further partitions are not read' })
    await send(3, 7)
    const copied = async () => sum(await broker.admin.listOffsets([{ topic: copies.name, partition: 0 }], 'committed'))
    await waitFor(async () => (await copied()) >= 7, { what: 'their records are not copied' })
    const letters = async () => (await broker.admin.describeTopics([`${lines.name}.dlq`]))[0]?.partitions
    await waitFor(async () => (await letters()) === 4, { what: 'the topic of their dead letters does not grow' })
    await waitFor(() => worker.unread().length > 0, { what: 'nothing is told as unread' })
    const unread = worker
      .unread()
      .map(({ topic, from, to, reason }) => ({ topic, from, to, says: /state reset/.test(reason) }))
    assert.equal(unread, [{ topic: lines.name, from: 2, to: 3, says: true }])
    assert.equal(ended, [])
    await worker.stop()
    await writer.close()
    await parts.close()
  })
})
