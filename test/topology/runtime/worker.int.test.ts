import * as assert from 'uvu/assert'
import { connectParts } from '../../../topology/app/connections.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'

const { kafka, prefix, database } = await realParts({ kafka: true, postgres: true })

const words = topic(`${prefix}words`, { key: string, value: string, partitions: 2 })
const counts = topic(`${prefix}counts`, { key: string, value: int64, partitions: 2 })
const totals = keyValueStore('totals', { key: string, value: int64 })
const counter = processor({
  name: 'counter',
  streams: [words],
  stores: { totals },
  sinks: { counts },
  async process(record, { stores, sinks }) {
    const total = ((await stores.totals.get(record.key)) ?? 0n) + 1n
    stores.totals.put(record.key, total)
    sinks.counts.send(record.key, total)
  },
})
const graph = buildGraph(topology(`${prefix}app`, t => t.processor(counter)))

suite('worker on a real Kafka and Postgres', test => {
  test('counts every record once over two workers, one of which comes and goes', async () => {
    const url = await database()
    const connect = () => connectParts({ kafka: kafka.url, postgres: url })
    const outside = await connect()
    const start = async () => {
      const parts = await connect()
      const worker = new Worker({ graph, ...parts, createTopics: 'all' })
      await worker.start()
      return {
        stop: async () => {
          await worker.stop()
          await parts.close()
        },
      }
    }
    const first = await start()
    const writer = await outside.broker.writer()
    const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`)
    const round = () =>
      writer.send(
        keys.map((key, index) => ({
          topic: words.name,
          partition: index % 2,
          timestamp: 1_700_000_000_000,
          key: Buffer.from(key),
          value: Buffer.from('x'),
          headers: [],
        })),
      )
    for (let n = 0; n < 10; n++) await round()
    const second = await start()
    for (let n = 0; n < 10; n++) await round()
    await second.stop()
    for (let n = 0; n < 10; n++) await round()

    const reader = outside.broker.reader({ isolation: 'read_committed' })
    for (const partition of [0, 1]) reader.seek({ topic: counts.name, partition }, 0)
    const seen = new Map<string, bigint[]>(keys.map(key => [key, []]))
    while ([...seen.values()].some(values => values.length < 30))
      for (const fetched of await reader.poll())
        for (const { key, value } of fetched.records) seen.get(String(key))!.push(Buffer.from(value!).readBigInt64BE())
    const upTo30 = Array.from({ length: 30 }, (_, index) => BigInt(index + 1))
    for (const [key, values] of seen) assert.equal(values, upTo30, key)
    await reader.close()
    await first.stop()
    await outside.close()
  })
})
