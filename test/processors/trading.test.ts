import * as assert from 'uvu/assert'
import { topics } from '../../processors/topics.ts'
import fromCode, { trading } from '../../processors/trading.ts'
import { loadTopology } from '../../topology/app/topology-file.ts'
import type { TopologyDefinition } from '../../topology/definition/definition.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { suite } from '../support/suite.ts'

suite('Trading topology', test => {
  test('YAML and TypeScript give the same graph', async () => {
    const fromYaml = await loadTopology('processors/trading.yaml')
    assert.equal(shapeOf(fromYaml), shapeOf(fromCode))
  })

  test('five sub-topologies, each with the name of its processor', () => {
    const graph = buildGraph(fromCode)
    assert.equal(
      graph.subtopologies
        .map(({ name, group, inputs }) => ({ name, group, inputs }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      [
        ['execution-sim', ['market.prices.portfolio', 'orders.commands', 'trades.approved']],
        ['instrument-risk', ['instrument.registered', 'market.prices', 'trading.signals']],
        [
          'portfolio-risk',
          ['market.prices.portfolio', 'orders.fills', 'portfolio.controls', 'trading.signals.portfolio'],
        ],
        ['reconciler', ['market.prices.portfolio', 'orders.fills', 'orders.placed']],
        ['repartition', ['signals.checked']],
      ].map(([name, inputs]) => ({ name, group: `trading-${name}`, inputs })),
    )
  })

  test('topics of one key have one partition count', () => {
    const counts = new Map(topics.map(topic => [topic.name, topic.partitions]))
    assert.equal(new Set(counts.values()), new Set([6]))
    assert.is(counts.size, 13)
  })

  test('other limits give the same graph, so state is kept', () => {
    const other = trading({
      limits: { version: 2, slippageTicks: 0, maxNotionalPerOrder: null, priceBand: null, portfolios: new Map() },
    })
    const without = (definition: TopologyDefinition) => shapeOf(definition).nodes.map(({ functions, ...node }) => node)
    assert.equal(without(other), without(fromCode))
  })
})

/** A definition as comparable data: serdes by name, functions by identity, places left out. */
function shapeOf({ name, topics, stores, nodes }: TopologyDefinition) {
  return {
    name,
    topics: topics
      .map(({ key, value, ...topic }) => ({ ...topic, key: key.name, value: value.name }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    stores: stores.map(store => ({ name: store.name, type: store.type, value: store.valueSerde.name })),
    nodes: nodes.map(({ at, ...node }) => {
      const { functions, ...rest } = { functions: undefined, ...node }
      return { ...JSON.parse(JSON.stringify(rest)), functions: functions as readonly unknown[] | undefined }
    }),
  }
}
