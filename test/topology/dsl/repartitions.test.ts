import * as assert from 'uvu/assert'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import type { Stream } from '../../../topology/dsl/streams/stream.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { tumbling } from '../../../topology/dsl/windows/windows.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

const words = topic('words', { key: string, value: string })
const counts = topic('counts', { key: string, value: int64 })
const late = topic('late', { key: string, value: string })

/** The counts of a stream whose key was changed, for 'a', 'b', 'a': it is partitioned anew in a topic named after the store. */
async function countsOf(count: (rekeyed: Stream<string, string>) => void) {
  const driver = await testDriver(
    topology('app', t => count(t.stream(words).selectKey(value => value, { key: string }))),
  )
  for (const value of ['a', 'b', 'a']) await driver.pipe(words, 'k', value, { at: 1 })
  return driver.read(counts).map(({ key, value }) => `${key} ${value}`)
}

suite('repartition topics', test => {
  test('a grouping is named after its store', async () => {
    const found = await countsOf(rekeyed => rekeyed.groupByKey().count('by-word').toStream().to(counts))
    assert.equal(found, ['a 1', 'b 1', 'a 2'])
  })

  test('one that is called as the store behind it', async () => {
    const found = await countsOf(rekeyed => rekeyed.groupByKey({ name: 'sums' }).count('sums').toStream().to(counts))
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

  // Source: Kafka Streams' KStreamImpl.createRepartitionedSource filters by `key != null`.
  test('records without a key are left out of a grouping, and counted', async () => {
    const driver = await testDriver(
      topology('app', t =>
        t
          .stream(words)
          .groupBy(value => (value === 'none' ? null : value), { name: 'by-word', key: string })
          .count('by-word-counts')
          .toStream()
          .to(counts),
      ),
    )
    for (const value of ['a', 'none', 'a']) await driver.pipe(words, 'k', value, { at: 1 })
    assert.equal(driver.deadLetters(), [])
    assert.equal(driver.skipped, { 'null-key': 1 })
    assert.equal(
      driver.read(counts).map(({ key, value }) => [key, value]),
      [
        ['a', 1n],
        ['a', 2n],
      ],
    )
  })

  test('a null value deletes in a table behind one', async () => {
    const values = topic('values', { key: string, value: nullable(string) })
    const out = topic('out', { key: string, value: nullable(string) })
    const driver = await testDriver(
      topology('app', t => {
        const rekeyed = t.stream(values).selectKey((_, key) => `${key}${key}`, { key: string })
        rekeyed.toTable('last', { value: string }).toStream().to(out)
      }),
    )
    for (const value of ['a', null]) await driver.pipe(values, 'k', value, { at: 1 })
    assert.equal(driver.deadLetters(), [])
    assert.equal(
      driver.read(out).map(({ key, value }) => [key, value]),
      [
        ['kk', 'a'],
        ['kk', null],
      ],
    )
    assert.equal(driver.store('last').all(), [])
  })
})
