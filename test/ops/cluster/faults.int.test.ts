import { existsSync } from 'node:fs'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { answers } from '../../../ops/cluster/choose.ts'
import type { ClusterServer } from '../../../ops/cluster/cluster-server.ts'
import { startKafkaNative } from '../../../ops/cluster/kafka-native.ts'
import { startPostgresEmbedded } from '../../../ops/cluster/postgres-embedded.ts'
import { startRegistryNative } from '../../../ops/cluster/registry-native.ts'
import { kafkajsBroker } from '../../../topology/broker/kafkajs/kafkajs-broker.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'

// Only to be left out, with the reason, where they cannot run: the servers broken here are the test's own.
await realParts({ kafka: true, registry: true, postgres: true })

/** The data of a server: written once, then looked for. */
interface Content {
  write(url: string): Promise<void>
  holds(url: string): Promise<boolean>
}

const kafkaContent: Content = {
  async write(url) {
    const broker = await kafkajsBroker({ brokers: [url], clock: systemClock })
    await broker.admin.createTopics([{ name: 'kept', partitions: 1, config: {} }])
    await broker.close()
  },
  async holds(url) {
    const broker = await kafkajsBroker({ brokers: [url], clock: systemClock })
    const topics = await broker.admin.describeTopics()
    await broker.close()
    return topics.some(topic => topic.name === 'kept')
  },
}

const registryContent: Content = {
  async write(url) {
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
    const body = JSON.stringify({ schema: '"string"' })
    await fetch(`${url}/subjects/kept/versions`, { method: 'POST', headers, body })
  },
  async holds(url) {
    const subjects = (await (await fetch(`${url}/subjects`)).json()) as string[]
    return subjects.includes('kept')
  },
}

const postgresContent: Content = {
  async write(url) {
    const sql = postgres(url, { max: 1 })
    await sql`create table kept (n int)`
    await sql.end()
  },
  async holds(url) {
    const sql = postgres(url, { max: 1 })
    const tables = await sql`select 1 from pg_tables where tablename = 'kept'`
    await sql.end()
    return tables.length === 1
  },
}

const cases: readonly [string, () => Promise<ClusterServer>, Content][] = [
  ['Kafka', startKafkaNative, kafkaContent],
  ['the registry', startRegistryNative, registryContent],
  ['Postgres', startPostgresEmbedded, postgresContent],
]

suite('faults of a server', test => {
  for (const [name, start, content] of cases) {
    test(`${name} keeps port and data over kill and restart, loses data by wipe, and leaves nothing after stop`, async () => {
      const part = await start()
      const { url, folder, faults } = part
      assert.ok(faults && folder)
      await content.write(url)
      const first = part.pid

      await faults.kill()
      assert.not(await answers(part.name, url))
      await faults.restart()
      assert.ok(await content.holds(url), 'after kill')

      await faults.shutdown()
      assert.not(await answers(part.name, url))
      await faults.restart()
      assert.ok(await content.holds(url), 'after shutdown')
      assert.is.not(part.pid, first)

      await faults.wipe()
      assert.not(await content.holds(url))
      assert.is(part.url, url)

      await part.stop()
      assert.not(await answers(part.name, url))
      assert.not(existsSync(folder))
    })
  }
})
