import * as assert from 'uvu/assert'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { type Topic, topic } from '../../../topology/definition/topic.ts'
import { type TopologyScope, topology } from '../../../topology/dsl/topology.ts'
import { planTopics } from '../../../topology/runtime/topic-plan.ts'
import { suite } from '../../support/suite.ts'

const after = 'message.timestamp.after.max.ms'
const of = (name: string, config: Readonly<Record<string, string>> = {}) =>
  topic(name, { key: string, value: string, partitions: 1, config })

suite('topic plan', test => {
  test('topics that the topology writes take any event time; one that it only reads is left to its writers', () => {
    const graph = buildGraph(
      topology('app', t => {
        t.stream(of('read')).to(of('written'))
        t.stream(of('other')).to(of('bounded', { [after]: '3600000', 'retention.ms': '-1' }))
      }),
    )
    const { declared, internal } = planTopics(graph, new Map())
    // Long.MAX_VALUE, Kafka's own default before 4.0. Source: KIP-937
    const any = '9223372036854775807'
    assert.equal(Object.fromEntries(declared.map(({ name, config }) => [name, config])), {
      read: {},
      written: { [after]: any },
      other: {},
      // what the user says goes first
      bounded: { [after]: '3600000', 'retention.ms': '-1' },
    })
    assert.ok(internal.length > 0)
    for (const { name, config } of internal) assert.is(config[after], any, name)
  })

  const text = (name: string, partitions?: number) =>
    topic(name, { key: string, value: string, ...(partitions !== undefined && { partitions }) })
  const byValue = (t: TopologyScope, from: Topic<string, string, string>, name: string) =>
    t
      .stream(from, { subtopology: `to-${name}` })
      .selectKey(value => value, { key: string })
      .repartition({ name })
  const widths = (declare: (t: TopologyScope) => void, existing: Record<string, number> = {}) => {
    const specs = Object.entries(existing).map(
      ([name, partitions]) => [name, { name, partitions, config: {} }] as const,
    )
    const { partitions } = planTopics(buildGraph(topology('app', declare)), new Map(specs))
    return (name: string) => partitions.get(name)
  }

  test('repartition topics that are joined are as wide as the wider writer, whichever is declared first', () => {
    const [narrow, wide] = [text('narrow', 3), text('wide', 6)]
    for (const [one, two] of [
      [narrow, wide],
      [wide, narrow],
    ] as const) {
      const of = widths(t => {
        byValue(t, one, `by-${one.name}`)
          .merge(byValue(t, two, `by-${two.name}`))
          .to(text('out', 1))
      })
      assert.equal([of('app-by-narrow-repartition'), of('app-by-wide-repartition')], [6, 6])
    }
  })

  test('what the cluster has of a topic goes before what is declared, for those that inherit from it too', () => {
    const of = widths(t => byValue(t, text('lines', 3), 'by-value').to(text('out', 1)), { lines: 5, out: 1 })
    assert.equal([of('lines'), of('app-by-value-repartition')], [5, 5])
  })

  test('a topic that exists keeps its count, whatever its writer has', () => {
    const of = widths(t => byValue(t, text('lines', 3), 'by-value').to(text('out', 1)), {
      lines: 5,
      'app-by-value-repartition': 3,
    })
    assert.is(of('app-by-value-repartition'), 3)
  })

  test('a topic of no known count is as wide as those it is read with, else it has one partition', () => {
    const of = widths(t => {
      t.stream(text('lines', 4))
        .merge(t.stream(text('others')))
        .to(text('out'))
      t.stream(text('alone')).to(text('copy'))
    })
    assert.equal([of('others'), of('out'), of('alone'), of('copy')], [4, 1, 1, 1])
  })
})
