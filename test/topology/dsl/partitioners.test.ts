import * as assert from 'uvu/assert'
import { sameTopology } from '../../../topology/definition/equality.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { type TopologyScope, topology } from '../../../topology/dsl/topology.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

const lines = topic('lines', { key: string, value: string, partitions: 3 })
const out = topic('out', { key: string, value: string, partitions: 3 })
const last = (_: string, __: string, partitions: number) => partitions - 1

/** The partition, in the topic `out`, of each record of a few keys. */
async function partitionsOf(declare: (t: TopologyScope) => void): Promise<readonly number[]> {
  const driver = await testDriver(topology('app', declare))
  for (const key of ['a', 'b', 'c', 'd', 'e']) await driver.pipe(lines, key, '1')
  assert.equal(driver.deadLetters(), [])
  return driver.readRecords(out).map(({ partition }) => partition)
}

suite('partitioners', test => {
  test('choose the partition that to, through and toOneOf write to', async () => {
    const chosen = [2, 2, 2, 2, 2]
    assert.equal(await partitionsOf(t => t.stream(lines).to(out, { partitioner: last })), chosen)
    assert.equal(await partitionsOf(t => t.stream(lines).toOneOf([out], () => out, { partitioner: last })), chosen)
    assert.equal(
      await partitionsOf(t =>
        t
          .stream(lines)
          .through(out, { partitioner: last })
          .forEach(() => {}),
      ),
      chosen,
    )
    const byKey = await partitionsOf(t => t.stream(lines).to(out))
    assert.is.not(new Set(byKey).size, 1, 'by the key otherwise')
  })

  test('see value, key, number of partitions and record', async () => {
    const seen: unknown[] = []
    await partitionsOf(t =>
      t.stream(lines).to(out, {
        partitioner: (value, key, partitions, { headers }) => {
          seen.push([value, key, partitions, headers.length])
          return 0
        },
      }),
    )
    assert.equal(seen[0], ['1', 'a', 3, 0])
  })

  test('of a repartition decide which task goes on', async () => {
    const tasks: number[] = []
    const driver = await testDriver(
      topology('app', t =>
        t
          .stream(lines)
          .repartition({ name: 'spread', partitions: 4, partitioner: value => Number(value) })
          .processValues<string>({
            name: 'note',
            value: string,
            process: (_, __, { task }) => void tasks.push(task.partition),
          })
          .to(out),
      ),
    )
    for (const value of ['3', '0', '2']) await driver.pipe(lines, 'k', value)
    assert.equal(tasks, [3, 0, 2])
  })

  test('that choose what the topic has not fail the record; a promise too, and an async one is refused', async () => {
    for (const wrong of [3, -1, 0.5, Number.NaN, Promise.resolve(1)]) {
      const driver = await testDriver(
        topology('app', t => t.stream(lines).to(out, { partitioner: () => wrong as never })),
      )
      await driver.pipe(lines, 'k', 'v')
      assert.equal(driver.read(out), [])
      assert.is(driver.deadLetters().length, 1, String(wrong))
    }
    const async = (async () => 0) as never
    for (const declare of [
      (t: TopologyScope) => t.stream(lines).to(out, { partitioner: async }),
      (t: TopologyScope) => t.stream(lines).toOneOf([out], () => out, { partitioner: async }),
      (t: TopologyScope) => t.stream(lines).repartition({ name: 'spread', partitioner: async }).to(out),
    ])
      assert.throws(() => topology('app', declare), /is async, and its promise is never awaited/)
  })

  test('are part of what makes two topologies the same', () => {
    const made = (partitioner: typeof last) =>
      topology('app', t => t.stream(lines).repartition({ name: 'spread', partitioner }).to(out, { partitioner }))
    assert.ok(sameTopology(made(last), made(last)))
    assert.not(
      sameTopology(
        made(last),
        made(() => 0),
      ),
    )
  })
})
