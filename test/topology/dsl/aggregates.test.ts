import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { tuple } from '../../../topology/definition/stores/layout.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { type TopologyScope, topology } from '../../../topology/dsl/topology.ts'
import { tumbling } from '../../../topology/dsl/windows/windows.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

const text = { key: nullable(string), value: nullable(string) }
const source = topic('source', text)
const second = topic('second', text)
const third = topic('third', text)
const out = topic('out', text)
const counts = topic('counts', { key: nullable(string), value: nullable(int64) })

const declare = (build: (t: TopologyScope) => void) => topology('app', build)

suite('aggregates', test => {
  test('null keys and values are left out and counted', async () => {
    const driver = await testDriver(declare(t => t.stream(source).groupByKey().count('counts').toStream().to(counts)))
    await driver.pipe(source, null, 'x')
    await driver.pipe(source, 'k', null)
    await driver.pipe(source, 'k', 'x')
    assert.equal(driver.read(counts), [{ key: 'k', value: 1n, timestamp: 0 }])
    assert.equal(driver.skipped, { 'null-key': 1, 'null-value': 1 })
  })

  test('an aggregate of no value deletes its row, and one that never was says nothing', async () => {
    const driver = await testDriver(
      declare(t => {
        t.stream(source)
          .groupByKey()
          .aggregate('last', {
            init: () => '',
            add: (_, value) => (value === 'gone' ? null : value) as string,
            value: string,
          })
          .toStream()
          .to(out)
      }),
    )
    for (const value of ['gone', 'a', 'gone', 'gone']) await driver.pipe(source, 'k', value)
    assert.equal(
      driver.read(out).map(({ value }) => value),
      ['a', null],
    )
    assert.equal(driver.store('last').all(), [])
  })

  test('per commit, many updates of a key are one; each update else', async () => {
    const run = async (updates: 'each' | 'per-commit') => {
      const driver = await testDriver(
        declare(t => {
          t.stream(source)
            .flatMapValues(value => (value ?? '').split(''), { value: string })
            .groupByKey()
            .count('counts', { updates })
            .toStream()
            .to(counts)
        }),
      )
      await driver.pipe(source, 'k', 'abc', { at: 4 })
      const first = driver.read(counts).map(({ value }) => value)
      await driver.pipe(source, 'k', '', { at: 5 })
      assert.equal(driver.read(counts), [], 'nothing changed')
      return first
    }
    assert.equal(await run('each'), [1n, 2n, 3n])
    assert.equal(await run('per-commit'), [3n])
  })

  test('per commit, a window is shown once for a record, with the value from before for whoever regroups it', async () => {
    const driver = await testDriver(
      declare(t => {
        t.stream(source)
          .flatMapValues(value => (value ?? '').split(''), { value: string })
          .groupByKey()
          .windowed(tumbling(10))
          .count('windows', { updates: 'per-commit' })
          .groupBy((count, window) => [window.key, count], { name: 'by-key', key: string, value: int64 })
          .reduce('totals', { add: (sum, count) => sum + count, subtract: (sum, count) => sum - count })
          .toStream()
          .to(counts)
      }),
    )
    await driver.pipe(source, 'k', 'abc', { at: 4 })
    await driver.pipe(source, 'k', 'de', { at: 5 })
    await driver.pipe(source, 'k', 'f', { at: 15 })
    assert.equal(
      driver.read(counts).map(({ value }) => value),
      [3n, 5n, 6n],
    )
  })

  test('a regrouped table is always the aggregate of what the table holds', async () => {
    const changes = fc.array(
      fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), group: fc.constantFrom('x', 'y', undefined) }),
      { maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(changes, async drafts => {
        const driver = await testDriver(
          declare(t => {
            const groups = t
              .table(source, 'table')
              .groupBy((value, key) => [value, key], { name: 'by-value', key: string, value: string })
            groups.count('sizes').toStream().to(counts)
            groups.aggregate('members', {
              init: () => '',
              add: (all, key) => [...all, key].sort().join(''),
              subtract: (all, key) => all.replace(key, ''),
              value: string,
            })
          }),
          { partitions: 3 },
        )
        const table = new Map<string, string>()
        for (const { key, group } of drafts) {
          await driver.pipe(source, key, group ?? null)
          if (group === undefined) table.delete(key)
          else table.set(key, group)
        }
        const members = (group: string) => [...table].filter(([, value]) => value === group).map(([key]) => key)
        for (const group of ['x', 'y']) {
          assert.is(driver.store('sizes').get(group) ?? 0n, BigInt(members(group).length))
          assert.is(driver.store('members').get(group) ?? '', members(group).sort().join(''))
        }
      }),
      { numRuns: 100, seed: 1 },
    )
  })

  test('several streams are aggregated into one value', async () => {
    const driver = await testDriver(
      declare(t => {
        t.stream(source)
          .groupByKey()
          .cogroup((all: string, value) => `${all}1${value}`)
          .cogroup(t.stream(second).groupByKey(), (all, value) => `${all}2${value}`)
          .cogroup(
            t.stream(third).groupBy(value => value, { name: 'third-by-value', key: string }),
            all => `${all}3`,
          )
          .aggregate('all', { init: () => '', value: string })
          .toStream()
          .to(out)
      }),
    )
    await driver.pipe(source, 'k', 'a')
    await driver.pipe(second, 'k', 'b')
    await driver.pipe(third, 'any', 'k')
    assert.is(driver.store('all').get('k'), '1a2b3')
  })

  test('an aggregate may have columns of its own', async () => {
    const stats = tuple([
      ['count', int64],
      ['longest', string],
    ])
    const driver = await testDriver(
      declare(t => {
        t.stream(source)
          .groupByKey()
          .aggregate('stats', {
            init: () => [0n, ''] as const,
            add: ([count, longest], value) => [count + 1n, value.length > longest.length ? value : longest] as const,
            value: stats,
          })
      }),
    )
    for (const value of ['a', 'abc', 'ab']) await driver.pipe(source, 'k', value)
    assert.equal(driver.store('stats').get('k'), [3n, 'abc'])
  })

  test('a grouping that was only counted cannot be used for its values afterwards, and says so', () => {
    assert.throws(
      () =>
        declare(t => {
          const grouped = t
            .stream(source)
            .mapValues(value => ({ value }))
            .groupBy(({ value }) => value, { name: 'by-value', key: string })
          grouped.count('counts')
          grouped.aggregate('all', { init: () => '', add: all => all, value: string })
        }),
      /'all' needs the values of a grouping that was first used without them: give groupBy \{ value: <serde> \}/,
    )
  })

  test('a suppressed table shows the last of many updates, also where it shrinks again', async () => {
    const driver = await testDriver(
      declare(t => {
        t.table(source, 'table').suppress({ name: 'calm', every: 10 }).toStream().to(out)
      }),
    )
    const pipe = (value: string | null, at: number) => driver.pipe(source, 'k', value, { at })
    await pipe('a', 0)
    await pipe('b', 5)
    await pipe(null, 9)
    assert.equal(driver.read(out), [])
    await driver.pipe(source, 'other', 'x', { at: 10 })
    assert.equal(driver.read(out), [{ key: 'k', value: null, timestamp: 9 }])
    assert.is(driver.store('calm').all().length, 1, 'the other key waits')
  })
})
