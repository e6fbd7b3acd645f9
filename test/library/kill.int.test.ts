// budget: 480 s
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { connectParts } from '../../topology/app/connections.ts'
import type { Broker } from '../../topology/broker/port.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import type { AnyTopic } from '../../topology/definition/topic.ts'
import { planTopics } from '../../topology/runtime/topic-plan.ts'
import { testDriver } from '../../topology/testing/driver.ts'
import { WorkerProcess } from '../lab/chaos/worker-process.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { WindowFeed } from './window-feed.ts'

const { kafka, registry, prefix, database } = await realParts({ kafka: true, registry: true, postgres: true })

/**
 * The end of each life of the worker; `none`: killed from outside, at any point; `replaced`: frozen at any point, its successor started
 * under the same instance id, and then awake again.
 */
const ends = ['produced:4', 'replaced', 'end-sent:6', 'none', 'committed:5', 'replaced', 'applying:6']
const file = 'test/library/fixtures/windows.ts'
process.env.TEST_PREFIX = prefix
const windows = await import('./fixtures/windows.ts')
const graph = buildGraph(windows.default)

const folder = mkdtempSync(join(tmpdir(), 'millrace-windows-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** The records of a topic, as the test driver gives them. */
async function written(broker: Broker, topic: AnyTopic) {
  const [key, value] = [
    await topic.key.bind({ topic: topic.name, part: 'key' }),
    await topic.value.bind({ topic: topic.name, part: 'value' }),
  ]
  const [end] = await broker.admin.listOffsets([{ topic: topic.name, partition: 0 }], 'latest')
  const reader = broker.reader({ isolation: 'read_committed' })
  reader.seek({ topic: topic.name, partition: 0 }, 0)
  const found: { key: unknown; value: unknown; timestamp: number }[] = []
  for (let position = 0; position < (end as number); )
    for (const fetched of await reader.poll()) {
      position = fetched.position
      for (const record of fetched.records) {
        const decoded = { key: await key.decode(record.key), value: await value.decode(record.value) }
        found.push({ ...decoded, timestamp: record.timestamp })
      }
    }
  await reader.close()
  return found
}

/** Waits until every group has committed all that its inputs hold. */
async function untilConsumed(broker: Broker): Promise<void> {
  for (const { group, inputs } of graph.subtopologies) {
    const partitions = inputs.map(topic => ({ topic, partition: 0 }))
    const ends = await broker.admin.listOffsets(partitions, 'latest')
    for (;;) {
      const offsets = await broker.admin.committedOffsets(group, partitions)
      if (ends.every((end, index) => (offsets[index]?.offset ?? 0) >= end)) break
      await sleep(50)
    }
  }
}

suite(
  'windows, suppression, sessions and an outer join, killed again and again',
  test => {
    let close = async () => {}
    const connect = async (postgres: string) => {
      const parts = await connectParts({ kafka: kafka.url, postgres })
      close = () => parts.close()
      return parts
    }
    test.after(() => close())

    test('outputs and rows are those of the test driver', async () => {
      const url = await database()
      const { broker, storage } = await connect(url)
      await broker.admin.createTopics(planTopics(graph, new Map()).declared)
      const newWorker = (name: string) =>
        new WorkerProcess({
          name,
          args: [`--topology=${file}`],
          env: {
            KAFKA_BROKERS: kafka.url,
            SCHEMA_REGISTRY_URL: registry.url,
            DATABASE_URL: url,
            TEST_PREFIX: prefix,
            // As in production: without the instance id, each life would begin with a wait of so long.
            MILLRACE_SESSION_TIMEOUT_MS: '45000',
            MILLRACE_INSTANCE_ID: 'windows-0',
            LOG_LEVEL: 'warn',
          },
          logFolder: folder,
        })
      let worker = newWorker('windows')
      const writer = await broker.writer()
      const feed = new WindowFeed(windows)
      const deadline = Date.now() + 400_000
      try {
        for (const end of ends) {
          await worker.start(end.includes(':') ? { MILLRACE_CHAOS_KILL: end } : {})
          let ended: { readonly signal: NodeJS.Signals | null } | undefined
          void worker.ended().then(how => {
            ended = how
          })
          for (let batch = 0; ended === undefined && Date.now() < deadline; batch++) {
            await writer.send(feed.next())
            if (end === 'none' && batch === 7) await worker.kill()
            if (end === 'replaced' && batch === 7) {
              const zombie = worker
              zombie.freeze()
              worker = newWorker(`windows-${batch}-${zombie.name}`)
              await worker.start()
              for (let more = 0; more < 5; more++) await writer.send(feed.next())
              zombie.thaw()
              assert.equal(await zombie.ended(), { code: 6, signal: null }, readFileSync(zombie.logFile, 'utf8'))
              assert.match(readFileSync(zombie.logFile, 'utf8'), /INSTANCE_FENCED.*has taken its place in group/)
              await worker.kill()
              break
            }
            await sleep(40)
          }
          if (end === 'replaced') continue
          assert.is(ended?.signal, 'SIGKILL', `${end}: ${readFileSync(worker.logFile, 'utf8')}`)
        }
        await worker.start()
        for (let batch = 0; batch < 5; batch++) await writer.send(feed.next())
        await writer.send(feed.last())
        await untilConsumed(broker)
        assert.is(await worker.stop(), 0)
      } finally {
        await worker.kill()
        await writer.close()
      }

      const driver = await testDriver(windows.default)
      for (const { topic, key, value, at } of feed.given) await driver.pipe(topic, key, value, { at })
      const { closed, sessions, late, joined } = windows
      for (const topic of [closed, sessions, late]) {
        const expected = driver.read(topic as AnyTopic)
        assert.ok(expected.length > 3, `${expected.length} records in ${topic.name} show nothing`)
        assert.equal(await written(broker, topic), expected, topic.name)
      }
      // Kafka gives no order between two topics: of what the join makes the order is left open.
      const text = (records: readonly object[]) => records.map(record => JSON.stringify(record)).sort()
      assert.equal(text(await written(broker, joined)), text(driver.read(joined)))

      const [sub] = graph.subtopologies.filter(({ inputs }) => inputs.includes(windows.events.name))
      const task = { subtopology: sub!.name, partition: 0 }
      const claimed = await storage.claim({ application: graph.definition.name, task, stores: sub!.stores })
      for (const store of sub!.stores) {
        const rows = (await claimed.scan(store.name, {})).map(({ key, value }) => [key, value].map(String))
        const expected = driver.store(store.name).all()
        assert.equal(
          rows,
          expected.map(({ key, value }) => [store.key.split(key), store.value.split(value)].map(String)),
          store.name,
        )
      }
      await claimed.release()
    })
  },
  { timeoutMs: 470_000 },
)
