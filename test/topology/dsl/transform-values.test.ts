import * as assert from 'uvu/assert'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import type { Table } from '../../../topology/dsl/tables/table.ts'
import { type TopologyScope, topology } from '../../../topology/dsl/topology.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

const prices = topic('prices', { key: string, value: nullable(string) })
const others = topic('others', { key: string, value: nullable(string) })
const out = topic('out', { key: string, value: nullable(string) })
const counts = topic('counts', { key: string, value: int64 })
const seen = keyValueStore('seen', { key: string, value: int64 })

/** The value with the number of updates of its key; no value for `hide`. */
const numbered = (t: TopologyScope): Table<string, string | null> =>
  t.table(prices, 'prices').transformValues({
    name: 'numbered',
    value: string,
    stores: { seen },
    async transform(value, key, { stores }) {
      const number = ((await stores.seen.get(key)) ?? 0n) + 1n
      stores.seen.put(key, number)
      return value === null || value === 'hide' ? null : `${value}${number}`
    },
  })

async function told(declare: (t: TopologyScope) => void, values: readonly (string | null)[]) {
  const driver = await testDriver(topology('app', declare))
  await driver.pipe(others, 'k', 'o', { at: 0 }).catch(() => {})
  for (const [at, value] of values.entries()) await driver.pipe(prices, 'k', value, { at })
  assert.equal(driver.deadLetters(), [])
  return driver
}

suite('transformValues', test => {
  test('gives each update to the code, tombstones too, and keeps what it makes', async () => {
    const driver = await told(t => numbered(t).toStream().to(out), ['a', 'b', null, 'c', 'hide'])
    assert.equal(
      driver.read(out).map(({ value, timestamp }) => [value, timestamp]),
      [
        ['a1', 0],
        ['b2', 1],
        [null, 2],
        ['c4', 3],
        [null, 4],
      ],
    )
    assert.is(driver.store('numbered').get('k'), undefined)
    assert.is(driver.store('seen').get('k'), 5n)
  })

  test('says nothing of a value that goes before it was ever shown', async () => {
    const driver = await told(t => numbered(t).toStream().to(out), ['hide', null])
    assert.equal(driver.read(out), [])
  })

  test('is looked up as it was made, by joins and groups', async () => {
    const joined = await told(
      t => {
        numbered(t)
          .join(t.table(others, 'others'), (one, two) => `${one}${two}`)
          .toStream()
          .to(out)
      },
      ['a', 'b'],
    )
    await joined.pipe(others, 'k', 'p', { at: 9 })
    assert.equal(
      joined.read(out).map(({ value }) => value),
      ['a1o', 'b2o', 'b2p'],
      'the code is not asked again',
    )
    const grouped = await told(
      t => {
        numbered(t)
          .groupBy(value => [value, value], { name: 'by-value', key: string, value: string })
          .count('n')
          .toStream()
          .to(counts)
      },
      ['a', 'b'],
    )
    assert.equal(
      grouped.read(counts).map(({ key, value }) => [key, value]),
      [
        ['a1', 1n],
        ['a1', 0n],
        ['b2', 1n],
      ],
    )
  })

  test('is told the time and the place, and called back as time passes', async () => {
    const calls: unknown[] = []
    await told(
      t => {
        t.table(prices, 'prices')
          .transformValues({
            name: 'placed',
            value: string,
            transform: (_, __, { streamTime, task, source }) => `${streamTime} ${task.partition} ${source?.offset}`,
            punctuations: [
              { name: 'tick', every: 2, on: 'stream-time', run: (time, { source }) => void calls.push([time, source]) },
            ],
          })
          .toStream()
          .peek(value => void calls.push(value))
          .to(out)
      },
      ['a', 'b', 'c'],
    )
    assert.equal(calls, ['0 0 0', [0, undefined], '1 0 1', '2 0 2', [2, undefined]])
  })
})
