import * as assert from 'uvu/assert'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
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
})
