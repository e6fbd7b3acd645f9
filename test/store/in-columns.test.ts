import * as assert from 'uvu/assert'
import { createTable } from '../../store/postgres/store-ddl.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { avro, decimal, inColumns, string, type TypeOf, topic, topology, tumbling } from '../../topology/index.ts'
import { testDriver } from '../../topology/testing.ts'
import { suite } from '../support/suite.ts'

const Bar = avro({
  type: 'record',
  name: 'Bar',
  fields: [
    { name: 'high', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'low', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 } },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
})
const prices = topic('prices', { key: string, value: decimal })
const bars = topology('charts', t => {
  t.stream(prices)
    .groupByKey()
    .windowed(tumbling('1m', { grace: '1s' }))
    .aggregate('bars', {
      init: (): TypeOf<typeof Bar> => ({ high: 0n, low: 10n ** 30n, note: null }),
      add: (bar, at) => ({ ...bar, high: at > bar.high ? at : bar.high, low: at < bar.low ? at : bar.low }),
      value: inColumns(Bar),
    })
})

suite('aggregates in columns', test => {
  test('have a column for each field of their schema, exact decimals as numeric', () => {
    const store = buildGraph(bars).subtopologies[0]!.stores.find(each => each.name === 'bars')!
    const ddl = createTable('public', store)
    assert.match(ddl, '"high" numeric(38,18) not null, "low" numeric(38,18) not null, "note" text collate "C"')
    assert.match(ddl, '"window_start" bigint not null')
  })

  test('are what the operator put, also from the store', async () => {
    const driver = await testDriver(bars)
    driver.pipeSync(prices, 'a', 5n, { at: 1_000 })
    driver.pipeSync(prices, 'a', 3n, { at: 2_000 })
    const [entry] = [...(await driver.store('bars').all())]
    assert.equal(entry?.value, { high: 5n, low: 3n, note: null })
    driver.close()
  })

  test('need a record', () => {
    assert.throws(() => inColumns(string), /which has no Avro schema of a record/)
  })
})
