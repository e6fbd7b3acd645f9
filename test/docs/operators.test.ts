import { loadTopology, type TopologyDefinition, topologyDifferences } from 'millrace'
import { testDriver } from 'millrace/testing'
import * as assert from 'uvu/assert'
import type { AnyTopic } from '../../topology/definition/topic.ts'
import { CogroupedStream } from '../../topology/dsl/streams/cogrouped-stream.ts'
import { GroupedStream } from '../../topology/dsl/streams/grouped-stream.ts'
import { Stream } from '../../topology/dsl/streams/stream.ts'
import { GroupedTable } from '../../topology/dsl/tables/grouped-table.ts'
import { Table } from '../../topology/dsl/tables/table.ts'
import { WindowedStream } from '../../topology/dsl/windows/windowed-stream.ts'
import { WindowedTable } from '../../topology/dsl/windows/windowed-table.ts'
import { stepsByStage } from '../../topology/yaml/steps/run-steps.ts'
import { suite } from '../support/suite.ts'
import aggregations from './operators/aggregations.ts'
import custom from './operators/custom.ts'
import joins from './operators/joins.ts'
import stateless from './operators/stateless.ts'
import tables from './operators/tables.ts'
import { customers, orders, pages as pageTopic, payments, rates } from './operators/topics.ts'
import windows from './operators/windows.ts'
import { pages, text } from './pages.ts'

const described: Readonly<Record<string, TopologyDefinition>> = {
  stateless,
  aggregations,
  windows,
  joins,
  tables,
  custom,
}

const minute = 60_000
/** Orders of two customers, with all that they are joined with. */
const story: readonly (readonly [AnyTopic, key: string, value: unknown, at: number])[] = [
  [rates, 'EUR', 2, 0],
  [customers, 'ann', { name: 'Ann', country: 'FR' }, 0],
  [customers, 'bob', { name: 'Bob', country: 'DE' }, 0],
  [pageTopic, 'ann', '/home', 0],
  [orders, '1', { id: '1', customer: 'ann', items: ['tea', 'express'], total: 120 }, minute],
  [orders, '2', { id: '2', customer: 'test', items: ['tea'], total: 20 }, 2 * minute],
  [payments, 'p1', { orderId: '1', amount: 120 }, 3 * minute],
  [customers, 'ann', { name: 'Anne', country: 'DE' }, 4 * minute],
  [orders, '1', { id: '1', customer: 'ann', items: ['cup'], total: 30 }, 5 * minute],
  [orders, '3', { id: '3', customer: 'bob', items: ['cup'], total: 30 }, 48 * 60 * minute],
]

/** The records that a topology writes to a topic when it is told the story. Shape: `['1 = 1: 120 euros', ...]`. */
async function told(definition: TopologyDefinition): Promise<(topic: string) => readonly string[]> {
  const driver = await testDriver(definition, { topics: ['orders.of.paris'] })
  for (const [topic, key, value, at] of story)
    if (definition.topics.some(({ name }) => name === topic.name))
      await driver.pipe(topic as typeof orders, key, value as never, { at })
  assert.equal(driver.deadLetters(), [])
  const shown = (value: unknown) => (typeof value === 'object' && value !== null ? Object.values(value)[0] : value)
  const written = new Map(
    definition.topics.map(topic => [
      topic.name,
      driver.read(topic as typeof orders).map(({ key, value }) => `${key} = ${shown(value)}`),
    ]),
  )
  return topic => written.get(topic) ?? []
}

const operatorPages = pages.filter(page => page.startsWith('docs/operators/'))

suite('pages of operators', test => {
  for (const [name, inTypeScript] of Object.entries(described))
    test(`${name}: the YAML beside the TypeScript says the same`, async () => {
      const inYaml = await loadTopology(`test/docs/operators/${name}.yaml`)
      assert.equal(topologyDifferences(inYaml, inTypeScript), [])
    })

  test('every operator of TypeScript has a section', () => {
    const headings = new Set(
      operatorPages.flatMap(page => [...text(page).matchAll(/^###? (\w+)/gm)].map(([, heading]) => heading)),
    )
    const classes = [Stream, Table, GroupedStream, GroupedTable, CogroupedStream, WindowedStream, WindowedTable]
    const operators = classes.flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype))
    assert.ok(operators.length > 40)
    const missing = operators.filter(name => !['constructor', 'input'].includes(name) && !headings.has(name))
    assert.equal(missing, [])
  })

  test('every section has a snippet in each language and the name in Kafka Streams', () => {
    const sections = operatorPages.flatMap(page =>
      text(page)
        .split(/^(?=### )/m)
        .slice(1)
        .map(section => ({ title: `${page}: ${section.split('\n', 1)[0]}`, section })),
    )
    assert.ok(sections.length > 55)
    // The code of a processor is described once for `process` and `processValues`, which are operators.
    const operators = sections.filter(({ title }) => !title.endsWith('### The code'))
    const lacking = operators.filter(
      ({ section }) => !/^```ts$/m.test(section) || !/^```yaml$/m.test(section) || !section.includes('Kafka Streams'),
    )
    assert.equal(
      lacking.map(({ title }) => title),
      [],
    )
  })

  test('every operator of YAML is shown', () => {
    const shown = operatorPages.map(text).join('\n')
    const steps = Object.values(stepsByStage).flatMap(Object.keys)
    assert.equal(
      steps.filter(step => !new RegExp(`[-\\[] ?${step}\\b`).test(shown)),
      [],
    )
  })

  test('the stateless ones write what their sections say', async () => {
    const read = await told(stateless)
    assert.equal(read('texts').slice(0, 6), [
      'ann = 1: 120 euros',
      '1 = 1: 120 euros',
      'tea = 1',
      'express = 1',
      '1 = tea',
      '1 = express',
    ])
    assert.equal(read('checked'), ['1 = 1', '1 = 1', '3 = 3'], 'no order of a test')
    assert.is(read('large').filter(line => line === 'ann = 1').length, 4, 'select-key and repartition, of two orders')
  })

  test('aggregations keep one value for each key', async () => {
    const read = await told(aggregations)
    assert.equal(
      read('counts').filter(line => /^[1a]/.test(line)),
      ['1 = 1', 'ann = 1', '1 = 2', 'ann = 2'],
    )
    assert.equal(read('large'), ['1 = 1', '2 = 2', '1 = 1', '3 = 3'])
    assert.equal(
      read('amounts').filter(line => !line.startsWith('2') && !line.startsWith('3')),
      ['1 = 120', '1 = 120', 'p1 = -120', '1 = 150', '1 = 150'],
    )
  })

  test('windows hold the records of their time', async () => {
    const read = await told(windows)
    assert.equal(read('large'), ['1 from 0 = 1', '2 from 0 = 2'], 'the windows that have closed')
    assert.equal(read('counts').slice(-2), ['1 from 0 = 2', '2 from 0 = 1'], 'the days that were held back')
    assert.ok(read('amounts').includes('1 from 60000 = 150'), 'a session of two orders')
    assert.ok(read('amounts').includes('1 from 60001 = 30'), 'a sliding window that the first order has left')
  })

  test('joins find their partners', async () => {
    const read = await told(joins)
    const texts = new Set(read('texts').map(line => line.split(' = ')[1]))
    for (const line of ['1 paid 120', '2 paid nothing', '1 of Ann', '1 of Anne', '2 of nobody', '3 of Bob', '1: 240'])
      assert.ok(texts.has(line), line)
    const names = new Set(read('names').map(line => line.split(' = ')[1]))
    assert.equal([...names].sort(), ['Ann reads /home', 'Ann reads nothing', 'Anne reads /home', 'Bob reads nothing'])
  })

  test('tables follow their changes', async () => {
    const read = await told(tables)
    const byCountry = read('counts').filter(line => line.startsWith('FR'))
    assert.equal(byCountry, ['FR = 1', 'FR = 1', 'FR = 1', 'FR = 0', 'FR = 0', 'FR = 0'])
    assert.equal(read('french').slice(0, 4), ['ann = Ann', 'bob = Bob', 'ann = null', 'ann = Anne'])
    assert.ok(read('names').includes('1 = 1 for Ann') && read('names').includes('1 = 1 for Anne'))
    assert.ok(read('names').includes('2 = 2 for nobody'))
    assert.ok(read('names').includes('ann = nowhere to FR') && read('names').includes('ann = FR to DE'))
    assert.equal(read('known-orders').at(-1), '3 = 3: 30 euros')
  })

  test('code of your own keeps its state', async () => {
    const read = await told(custom)
    assert.equal(
      read('counts').filter(line => line.startsWith('1')),
      ['1 = 1', '1 = 2'],
    )
  })
})
