import { resolve } from 'node:path'
import { loadTopology, run } from 'millrace'
import { MemoryBroker, memoryRegistry, simulate, testDriver } from 'millrace/testing'
import * as assert from 'uvu/assert'
import { counts, lines, wordCount } from '../../examples/word-count.ts'
import { updateTypes } from '../../ops/schemas/schema-types.ts'
import { loadProject } from '../../topology/app/project.ts'
import { stubApp } from '../gateway/support/stub-app.ts'
import { suite } from '../support/suite.ts'
import { visits as avroVisits } from './project/avro-visits.ts'
import shop, { placed, spent } from './project/orders.ts'
import { views, visits, default as visitsTopology } from './project/visits.ts'

const folder = resolve('test/docs/project')

// README and the pages of docs/ take their snippets from here and from the project beside this file.
suite('guides', test => {
  test('a topology is stepped in the test driver', async () => {
    const driver = await testDriver(wordCount)
    await driver.pipe(lines, 'hamlet', 'To be, or not to be', { at: 0 })

    assert.equal(driver.read(counts)[0], { key: 'to', value: 1n, timestamp: 0 })
    assert.is(driver.store('word-counts').get('be'), 2n)
    assert.equal(driver.deadLetters(), [])
  })

  test('a topology is simulated under faults', async () => {
    const input = [{ topic: 'lines', key: 'hamlet', value: 'to be or not to be', at: 0 }]
    const report = await simulate(wordCount, { seeds: 20, input })
    assert.is(report.failure, undefined)
  })

  test('a topology runs inside a program', async () => {
    const app = await run(wordCount, { kafka: 'memory', registry: 'memory', postgres: 'memory' })
    void app.failed.then(error => console.error('word-count has ended:', error))

    await app.stop()
    assert.is(app.parts.where, 'kafka memory  registry memory  postgres memory')
  })

  test('a topology runs inside a program, on a broker and a registry in memory', async () => {
    const kafka = new MemoryBroker()
    const app = await run(wordCount, { kafka, registry: memoryRegistry(), postgres: 'memory' })
    const writer = await kafka.writer()
    const [key, value] = ['hamlet', 'to be or not to be'].map(text => Buffer.from(text))
    await writer.send([{ topic: 'lines', partition: 0, timestamp: Date.now(), key: key!, value: value!, headers: [] }])

    const reader = kafka.reader({ isolation: 'read_committed' })
    reader.seek({ topic: 'counts', partition: 0 }, 0)
    let fetched = await reader.poll()
    while (fetched.length === 0) fetched = await reader.poll()
    assert.is(fetched[0]?.topic, 'counts')
    await reader.close()
    await app.stop()
    await kafka.close()
  })

  test('a topology is written in YAML', async () => {
    const driver = await testDriver(await loadTopology('test/docs/project/word-count.yaml'))
    await driver.pipe(lines, 'hamlet', 'To be, or not to be')
    assert.is(driver.store('word-counts').get('be'), 2n)
  })

  test('a topic carries a type of an .avsc file', async () => {
    assert.equal(await updateTypes('test/docs/project/schemas', { write: false }), [])
    const driver = await testDriver(shop)
    await driver.pipe(placed, 'o-1', { customer: 'ann', total: 4_200n, coupon: null }, { at: 0 })
    assert.equal(driver.read(spent), [{ key: 'ann', value: 4_200n, timestamp: 0 }])
  })

  test('a typed table has a column for each field', async () => {
    const driver = await testDriver(visitsTopology)
    await driver.pipe(views, 'ann', { page: '/' }, { at: 5 })
    await driver.pipe(views, 'ann', { page: '/' }, { at: 7 })
    const [row] = driver.store('visits').all()
    assert.equal(row, { key: ['ann', '/'], value: { userId: 'ann', page: '/', views: 2, at: 7 }, timestamp: 7 })
  })

  test('the columns of a typed table derive from an Avro schema', () => {
    const names = (columns: typeof visits.key.columns) => columns.map(({ name, sql }) => `${name} ${sql.pg}`)
    assert.equal(names(avroVisits.key.columns), names(visits.key.columns))
    assert.equal(names(avroVisits.value.columns), names(visits.value.columns))
  })

  test('a project is described by its millrace.config.ts', async () => {
    const { topology, connections, gateway, commands } = await loadProject(folder)
    assert.is((await loadTopology(resolve(folder, topology as string))).name, 'word-count')
    assert.is(connections?.schema, 'words')
    assert.is((await commands!.top!.load()).name(), 'top')
    const { app, defects } = stubApp({ topology: wordCount, extension: await gateway!() })
    const answer = await app.request('/v1/said/be')
    assert.equal(await answer.json(), { word: 'be', count: '2' })
    assert.is((await app.request('/v1/said/hamlet')).status, 404)
    assert.equal(defects, [])
  })
})
