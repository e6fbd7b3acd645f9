import * as assert from 'uvu/assert'
import { compareTopics, topicNames } from '../../ops/topics/topic-differences.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { suite } from '../support/suite.ts'
import { counts, definition, lines, sink, source, work } from '../topology/definition/parts.ts'

/** lines (3 partitions, kept a day) -> count(store) -> counts (count not declared) */
const graph = buildGraph(
  definition(
    [lines('lines', { partitions: 3, config: { 'retention.ms': '86400000' } }), lines('counts')],
    [counts('word-counts')],
    [source('read', ['lines']), work('count', ['read'], { stores: ['word-counts'] }), sink('out', ['count'], 'counts')],
  ),
)
const asDeclared = { name: 'lines', partitions: 3, config: { 'retention.ms': '86400000' } }
const of = (found: ReturnType<typeof compareTopics>, name: string) => found.find(topic => topic.wanted.name === name)

suite('topics beside the cluster', test => {
  test('on an empty cluster every topic is missing, with its count: the changelog has one partition a task', () => {
    const found = compareTopics(graph, [])
    assert.equal(
      found.map(({ wanted, kind, exists }) => [wanted.name, wanted.partitions, kind, exists]),
      [
        ['lines', 3, 'declared', false],
        ['counts', 1, 'declared', false],
        ['app-word-counts-changelog', 3, 'internal', false],
        ['lines.dlq', 3, 'internal', false],
      ],
    )
    assert.equal(topicNames(graph), ['lines', 'counts', 'app-word-counts-changelog', 'lines.dlq'])
  })

  test('a topic as declared has no difference, whatever else is set on it', () => {
    const found = compareTopics(graph, [{ ...asDeclared, config: { ...asDeclared.config, 'segment.ms': '1000' } }])
    assert.equal(of(found, 'lines')?.differences, [])
  })

  test('another partition count is a difference, with what to do about it', () => {
    assert.equal(of(compareTopics(graph, [{ ...asDeclared, partitions: 5 }]), 'lines')?.differences, [
      'has 5 partitions, declared are 3: declare 5, or copy the records into a new topic',
    ])
    assert.equal(of(compareTopics(graph, [{ ...asDeclared, partitions: 1 }]), 'lines')?.differences, [
      'has 1 partition, declared are 3: copy the records into a new topic: adding partitions moves keys away from their state',
    ])
  })

  test('a count that nobody declared follows the cluster', () => {
    const found = compareTopics(graph, [{ name: 'counts', partitions: 7, config: {} }])
    assert.equal(of(found, 'counts')?.differences, [])
  })

  test('a declared setting that is unset or otherwise is a difference', () => {
    const differences = (config: Record<string, string>) =>
      of(compareTopics(graph, [{ ...asDeclared, config }]), 'lines')?.differences
    const remedy = "run 'millrace topics apply --alter', or declare what is there"
    assert.equal(differences({}), [`retention.ms is not set, wanted is 86400000: ${remedy}`])
    assert.equal(differences({ 'retention.ms': '1' }), [`retention.ms is 1, wanted is 86400000: ${remedy}`])
  })

  test('a changelog that is not compacted is a difference', () => {
    const found = compareTopics(graph, [{ name: 'app-word-counts-changelog', partitions: 3, config: {} }])
    assert.ok(of(found, 'app-word-counts-changelog')?.differences.some(line => line.startsWith('cleanup.policy')))
  })
})
