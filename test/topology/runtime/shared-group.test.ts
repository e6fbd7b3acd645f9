import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { MillraceError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { assignWithin, readRefusal, writeMemberState } from '../../../topology/runtime/assignment.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'
import { scripted } from './scripted-group.ts'

/** An application of one processor that reads `<application>.in` of two partitions. */
function application(name: string, processorName: string) {
  const input = topic(`${name}.in`, { key: string, value: string, partitions: 2 })
  const one = processor({ name: processorName, streams: [input], process: () => {} })
  return buildGraph(topology(name, t => t.processor(one)))
}

const member = (memberId: string, of: string | undefined, generation = -1) => ({
  memberId,
  userData: writeMemberState({
    tasks: [],
    generation,
    owner: '',
    topology: '',
    ...(of !== undefined && { application: of }),
  }),
})

suite('two applications whose names make one group', test => {
  test('the one that has the group runs on, and the other is refused by name', async () => {
    const clock = new VirtualClock({ seed: 1 })
    const broker = new MemoryBroker({ clock })
    const failures = new Map<string, MillraceError>()
    const start = async (name: string, processorName: string) => {
      const storage = memoryStorage({ clock })
      const graph = application(name, processorName)
      const worker = new Worker({ graph, broker: broker.connect(), storage, clock, createTopics: 'all' })
      void worker.failed.then(error => failures.set(name, error as MillraceError))
      await clock.resolve(worker.start())
      await clock.advance(10_000)
      return worker
    }
    const first = await start('trading', 'risk-eu')
    const second = await start('trading-risk', 'eu')
    assert.equal([...failures.keys()], ['trading-risk'])
    assert.is(failures.get('trading-risk')!.code, 'CONFIG_INVALID')
    assert.match(failures.get('trading-risk')!.message, "group 'trading-risk-eu' belongs to application 'trading'")
    await clock.resolve(second.stop())
    await clock.advance(20_000)
    assert.equal(
      first.status().map(({ state }) => state),
      ['running', 'running'],
    )
    await clock.resolve(first.stop())
  })

  test('after an outage, in which all lost their places, it is still that of the one that had it', async () => {
    const { clock, broker, joined, storage } = scripted()
    const graph = application('trading-risk', 'eu')
    const worker = new Worker({ graph, broker, storage, clock, createTopics: 'all' })
    await clock.resolve(worker.start())
    joined[0]!.onAssigned('[0,1]', { id: 7, memberId: 'm' })
    await clock.advance(1_000)
    joined[0]!.onLost('Kafka does not know the member', 'GENERATION_ENDED')
    const members = [{ memberId: 'm', userData: joined[0]!.userData() }, member('n', 'trading')]
    assert.equal(readRefusal(assignWithin('trading', members, 2).get('n')!), { application: 'trading-risk' })
    await clock.resolve(worker.stop())
  })

  test('members that do not say their application, of an older version, belong to the group', () => {
    const assigned = assignWithin('a', [member('1', 'a', 3), member('2', undefined)], 2)
    assert.equal([...assigned.values()].sort(), ['[0]', '[1]'])
  })

  test('the application with the latest generation has the group, and a leader of another assigns no tasks', () => {
    const members = [member('1', 'a'), member('2', 'b', 7), member('3', 'b')]
    const byOwner = assignWithin('b', members, 2)
    assert.equal([byOwner.get('2'), byOwner.get('3')].sort(), ['[0]', '[1]'])
    assert.equal(readRefusal(byOwner.get('1')!), { application: 'b' })
    const byOther = assignWithin('a', members, 5)
    assert.equal(
      [byOther.get('2'), byOther.get('3'), readRefusal(byOther.get('1')!)],
      [undefined, undefined, { application: 'b' }],
    )
    assert.is(readRefusal('[0]'), undefined)
  })
})
