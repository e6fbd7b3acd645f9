import * as assert from 'uvu/assert'
import { sampleApproval } from '../../../ops/trading/smoke/sample-approval.ts'
import {
  ordersFills,
  ordersPlaced,
  smokeGraph,
  smokeTopology,
  tradesApproved,
} from '../../../ops/trading/smoke/smoke-topology.ts'
import { instruments } from '../../../processors/settings.ts'
import trading from '../../../processors/trading.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { suite } from '../../support/suite.ts'

suite('smoke', test => {
  test('it shares no topic with the live pipeline', () => {
    const live = new Set(buildGraph(trading).topics.keys())
    const own = [...smokeGraph.topics.keys()]
    assert.ok(own.includes('smoke.orders.fills'))
    assert.equal(
      own.filter(name => live.has(name)),
      [],
    )
  })

  test('an approval becomes an order and its fills, on its own topics', async () => {
    const driver = await testDriver(smokeTopology)
    const approval = sampleApproval(instruments[0]!, 1_000)
    await driver.pipe(tradesApproved, approval.key, approval, { at: 1_000 })
    await driver.advanceWallClock('10s')
    assert.is(driver.read(ordersPlaced).length, 1)
    const fills = driver.read(ordersFills)
    assert.ok(fills.at(-1)?.value.payload.isTerminal)
    assert.is(fills.at(-1)?.value.payload.portfolioId, 'smoke')
  })
})
