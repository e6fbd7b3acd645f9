import * as assert from 'uvu/assert'
import type { ProcessNode } from '../../../topology/definition/definition.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { type TopologyScope, topology } from '../../../topology/dsl/topology.ts'
import { sliding, tumbling } from '../../../topology/dsl/windows/windows.ts'
import { suite } from '../../support/suite.ts'

const text = { key: nullable(string), value: nullable(string) }
const left = topic('left', text)
const right = topic('right', text)

/** The rows that the first nodes of a topic will read for a record of key `k` at 25 ms. */
function wanted(from: string, build: (t: TopologyScope) => void): Record<string, unknown> {
  const graph = buildGraph(topology('app', build))
  const record = { key: 'k', value: 'v', timestamp: 25, headers: [] }
  const reads: Record<string, unknown> = {}
  for (const subtopology of graph.subtopologies)
    for (const entry of subtopology.entries.get(from) ?? [])
      for (const child of subtopology.children.get(entry.name) ?? [])
        Object.assign(reads, (child as ProcessNode).prefetch?.(record))
  return reads
}

suite('what operators read is asked for ahead', test => {
  test('through operators that keep the key', () => {
    const reads = wanted('left', t => {
      t.stream(left)
        .filter(value => value !== 'x')
        .mapValues(value => value, { value: nullable(string) })
        .groupByKey()
        .count('counts')
        .filter(count => count > 1n)
        .toStream()
        .leftJoinTable(t.table(right, 'right-table'), count => count)
        .peek(() => {})
    })
    assert.equal(reads, { counts: [['k']], 'right-table': [['k']] })
  })

  test('and no further than the key is known', () => {
    const reads = wanted('left', t => {
      t.stream(left)
        .selectKey(value => value, { key: nullable(string) })
        .groupByKey()
        .count('counts')
        .toStream()
        .peek(() => {})
    })
    assert.equal(reads, {})
  })

  test('a table, and the tables it is joined with', () => {
    const build = (t: TopologyScope) => {
      const [one, two] = [t.table(left, 'one'), t.table(right, 'two')]
      one
        .join(two, a => a)
        .toStream()
        .peek(() => {})
    }
    assert.equal(wanted('left', build), { one: [['k']], two: [['k']] })
    assert.equal(wanted('right', build), { one: [['k']], two: [['k']] })
  })

  test('windows by time, and all of a key where windows are looked for', () => {
    const windows = wanted('left', t => {
      t.stream(left)
        .groupByKey()
        .windowed(tumbling(10))
        .count('windows')
        .toStream()
        .peek(() => {})
    })
    assert.equal(windows, { windows: [['k', 20, 30]], 'windows-clock': [['stream-time']] })
    const slides = wanted('left', t => {
      t.stream(left)
        .groupByKey()
        .windowed(sliding(10))
        .count('slides')
        .toStream()
        .peek(() => {})
    })
    assert.equal(slides, { slides: [['k']], 'slides-clock': [['stream-time'], ['window-start']] })
  })
})
