import * as assert from 'uvu/assert'
import { TopologyError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { chooseProcessors } from '../../../topology/definition/processor-choice.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { suite } from '../../support/suite.ts'

const text = { key: string, value: string }
const graph = buildGraph(
  topology('app', t => {
    for (const name of ['orders', 'payments', 'refunds'])
      t.stream(topic(name, text), { subtopology: name }).to(topic(`${name}-out`, text))
  }),
)
const chosen = (...names: string[]) => chooseProcessors(graph, names).map(sub => sub.name)

suite('choice of processors', test => {
  test('no name stands for all; one that is named twice is chosen once', () => {
    assert.equal(chosen(), ['orders', 'payments', 'refunds'])
    assert.equal(chosen('refunds', 'orders', 'refunds'), ['refunds', 'orders'])
  })

  test('says every name that the topology does not have, and what was likely meant', () => {
    assert.throws(
      () => chosen('order', 'payments', 'x', 'order'),
      (error: unknown) =>
        error instanceof TopologyError &&
        error.code === 'TOPOLOGY_INVALID' &&
        error.message ===
          "topology 'app' has no processor 'order'; did you mean 'orders'?, 'x': choose among orders, payments, refunds",
    )
  })
})
