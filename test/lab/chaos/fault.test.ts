import * as assert from 'uvu/assert'
import { seededRandom } from '../../../topology/testing/random.ts'
import { suite } from '../../support/suite.ts'
import { brokerFaults } from '../cluster/broker-faults.ts'
import { clusterFaultKinds, faultKinds, heavyFaults, lightFaults, planFor, planOf } from './fault.ts'
import { commitPoints, killAt } from './kill-point.ts'

const spacing = { heavyMs: 10_000, lightMs: 2_000 }

suite('plan of faults', test => {
  test('the same seed gives the same plan, another one another', () => {
    const plan = (seed: number) => planFor(600_000, faultKinds, spacing, seededRandom(seed))
    assert.equal(plan(7), plan(7))
    assert.not.equal(plan(7), plan(8))
  })

  test('each kind comes once a round, at its time', () => {
    const { heavy, light } = planFor(heavyFaults.length * 2 * 10_000, faultKinds, spacing, seededRandom(1))
    assert.is(heavy.length, heavyFaults.length * 2)
    for (const kind of heavyFaults) assert.is(heavy.filter(fault => fault.kind === kind).length, 2, kind)
    for (const [index, { at }] of heavy.entries()) assert.ok(at >= index * 10_000 && at <= (index + 1) * 10_000)
    assert.ok(light.every(({ kind }) => (lightFaults as readonly string[]).includes(kind)))
  })

  test('only the kinds asked for', () => {
    const { heavy, light } = planFor(60_000, ['zombie'], spacing, seededRandom(1))
    assert.equal(new Set(heavy.map(({ kind }) => kind)), new Set(['zombie']))
    assert.is(light.length, 0)
  })

  test('faults of the brokers of a cluster come one at a time, beside all others but those of the only broker', () => {
    const { heavy, light } = planFor(30 * 10_000, clusterFaultKinds, spacing, seededRandom(1))
    for (const kind of brokerFaults)
      assert.ok(
        heavy.some(fault => fault.kind === kind),
        kind,
      )
    assert.not.ok(heavy.some(({ kind }) => kind === 'broker-kill' || kind === 'broker-restart'))
    assert.ok(light.length > 0)
  })

  test('as many of each as counted', () => {
    const { heavy, light } = planOf({ zombie: 2, 'kill-applied': 1, poison: 3 }, spacing, seededRandom(1))
    assert.equal(heavy.map(({ kind }) => kind).sort(), ['kill-applied', 'zombie', 'zombie'])
    assert.equal(
      light.map(({ kind }) => kind),
      ['poison', 'poison', 'poison'],
    )
  })

  test('a kill point is one of the eight, with a count', () => {
    assert.is(commitPoints.length, 8)
    for (const point of commitPoints) assert.type(killAt(`${point}:3`), 'function')
    for (const wrong of ['applied', 'applied:0', 'sometime:1', 'applied:1:2'])
      assert.throws(() => killAt(wrong), /must be <point>:<count>/)
  })
})
