import * as assert from 'uvu/assert'
import { int64, string } from '../../../schemas/serdes.ts'
import type { Stream } from '../../../topology/definition/dsl/stream.ts'
import { tumbling } from '../../../topology/definition/dsl/windows.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/definition/topology.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

const words = topic('words', { key: string, value: string })
const counts = topic('counts', { key: string, value: int64 })
const late = topic('late', { key: string, value: string })

/** What is behind a stream whose key was changed, for 'a', 'b', 'a': it is partitioned anew in a topic named after the store. */
async function countsOf(count: (rekeyed: Stream<string, string>) => void) {
  const driver = await testDriver(
    topology('app', t => count(t.stream(words).selectKey(value => value, { key: string }))),
  )
  for (const value of ['a', 'b', 'a']) await driver.pipe(words, 'k', value, { at: 1 })
  return driver.read(counts).map(({ key, value }) => `${key} ${value}`)
}

suite('repartition topics without a name of their own', test => {
  test('a grouping is named after its store', async () => {
    const found = await countsOf(rekeyed => rekeyed.groupByKey().count('by-word').toStream().to(counts))
    assert.equal(found, ['a 1', 'b 1', 'a 2'])
  })

  test('a windowed grouping is named after its store, with late records aside', async () => {
    const found = await countsOf(rekeyed =>
      rekeyed
        .groupByKey()
        .windowed(tumbling('1m', { late }))
        .count('by-word')
        .toStream()
        .selectKey((_, window) => window.key)
        .to(counts),
    )
    assert.equal(found, ['a 1', 'b 1', 'a 2'])
  })

  test('a table is named after its store', async () => {
    const found = await countsOf(rekeyed =>
      rekeyed
        .toTable('last')
        .mapValues(value => BigInt(value.length), { value: int64 })
        .toStream()
        .to(counts),
    )
    assert.equal(found, ['a 1', 'b 1', 'a 1'])
  })
})
