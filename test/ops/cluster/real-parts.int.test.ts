import { Kafka, logLevel } from 'kafkajs'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'

const { kafka, registry, database, prefix } = await realParts({ kafka: true, registry: true, postgres: true })

suite('the real parts of the run', test => {
  test('Kafka takes a record and gives it back', async () => {
    const client = new Kafka({ brokers: kafka.url.split(','), logLevel: logLevel.ERROR })
    const topic = `${prefix}hello`
    const admin = client.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })
    const producer = client.producer()
    await producer.connect()
    await producer.send({ topic, messages: [{ key: 'k', value: 'v', partition: 1 }] })
    const offsets = await admin.fetchTopicOffsets(topic)
    assert.is(offsets.find(({ partition }) => partition === 1)?.high, '1')
    await Promise.all([producer.disconnect(), admin.disconnect()])
  })

  test('the registry speaks the Confluent protocol', async () => {
    const subject = `${registry.url}/subjects/${prefix}hello-value/versions`
    const schema = JSON.stringify({ type: 'record', name: 'Hello', fields: [{ name: 'to', type: 'string' }] })
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
    const answer = await fetch(subject, { method: 'POST', headers, body: JSON.stringify({ schema }) })
    const { id } = (await answer.json()) as { id: number }
    assert.is(answer.status, 200)
    const found = (await (await fetch(`${registry.url}/schemas/ids/${id}`)).json()) as { schema: string }
    assert.equal(JSON.parse(found.schema), JSON.parse(schema))
  })

  test('databases are empty and apart', async () => {
    const [first, second] = [postgres(await database(), { max: 1 }), postgres(await database(), { max: 1 })]
    await first`create table t (n int)`
    const tables = await second`select 1 from pg_tables where schemaname = 'public'`
    assert.is(tables.length, 0)
    assert.match((await first`show server_version`)[0]?.server_version, /^18/)
    await Promise.all([first.end(), second.end()])
  })
})
