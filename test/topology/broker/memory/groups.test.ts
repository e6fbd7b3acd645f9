import * as assert from 'uvu/assert'
import { suite } from '../../../support/suite.ts'
import { brokerAt0, errorOf, member } from './parts.ts'

suite('memory broker: groups on the clock', test => {
  test('a crashed member is missed when its session ends, not before', async () => {
    const { clock, broker } = brokerAt0()
    const [stays, crashes] = [broker.connect(), broker.connect()]
    const log: string[] = []
    const lost: string[] = []
    stays.join(member('g', log))
    crashes.join(member('g', lost))
    await clock.advance(5_000)
    assert.is(log.at(-1), 'assigned 2 in 2')
    crashes.crash()
    await clock.advance(8_900)
    assert.is(log.at(-1), 'assigned 2 in 2', 'the last heartbeat was at most a second before the crash')
    await clock.advance(2_200)
    assert.equal(log.slice(-2), ['revoked', 'assigned 1 in 3'])
    assert.equal(lost, ['assigned 2 in 2'])
  })

  test('a member that holds on past the rebalance timeout is left out, told, and comes back', async () => {
    const { clock, broker } = brokerAt0()
    const slow: string[] = []
    const fast: string[] = []
    const holdsOn = async () => {
      slow.push('revoking')
      await clock.sleep(20_000)
      slow.push('revoked')
    }
    broker.join(member('g', slow, { rebalanceTimeoutMs: 8_000, onRevoked: holdsOn }))
    await clock.advance(100)
    broker.join(member('g', fast, { rebalanceTimeoutMs: 8_000 }))
    await clock.advance(8_500)
    assert.equal(fast, ['assigned 1 in 2'])
    await clock.advance(1_000)
    assert.equal(slow, ['assigned 1 in 1', 'revoking', 'lost UNKNOWN_MEMBER_ID'])
    await clock.advance(15_000)
    assert.equal(slow.slice(3), ['revoked', 'assigned 2 in 3'])
    assert.equal(fast.slice(1), ['revoked', 'assigned 2 in 3'])
  })

  test('a long revocation within the rebalance timeout outlives the session timeout, because heartbeats go on', async () => {
    const { clock, broker } = brokerAt0()
    const log: string[] = []
    broker.join(member('g', log, { onRevoked: () => clock.sleep(30_000) }))
    await clock.advance(100)
    broker.join(member('g', []))
    await clock.advance(35_000)
    assert.equal(log, ['assigned 1 in 1', 'assigned 2 in 2'])
  })

  test('when the leader crashes before it assigns, the others go on after its session', async () => {
    const { clock, broker } = brokerAt0()
    const leader = broker.connect()
    const log: string[] = []
    leader.join(
      member('g', [], {
        assign: () => {
          leader.crash()
          return new Map()
        },
      }),
    )
    await clock.settle()
    broker.join(member('g', log))
    await clock.advance(9_000)
    assert.equal(log, [])
    await clock.advance(2_000)
    assert.equal(log, ['assigned 1 in 2'])
  })

  test('a member that leaves while it joins does not hold the others up', async () => {
    const { clock, broker } = brokerAt0()
    const log: string[] = []
    broker.join(member('g', log, { onRevoked: () => clock.sleep(500) }))
    await clock.advance(100)
    const brief = broker.join(member('g', []))
    await clock.advance(100)
    await brief.leave()
    await clock.advance(5_000)
    assert.match(log.at(-1)!, /^assigned 1/)
  })

  test('a leader whose assignment throws says so, and the group goes on when it does not throw again', async () => {
    const { clock, broker } = brokerAt0()
    const log: string[] = []
    let calls = 0
    broker.join(
      member('g', log, {
        assign: members => {
          if (++calls === 1) throw new Error('no plan')
          return new Map(members.map(each => [each.memberId, 'ok']))
        },
      }),
    )
    await clock.advance(1_000)
    assert.is(log[0], 'lost no plan')
    assert.match(log.at(-1)!, /^assigned ok/)
  })

  test('confirm asks the coordinator, and is false once the member has left or is cut off', async () => {
    const { clock, broker } = brokerAt0()
    const one = broker.join(member('g', []))
    assert.is(await clock.resolve(one.confirm()), false, 'before the first assignment')
    await clock.advance(10)
    assert.is(await clock.resolve(one.confirm()), true)
    assert.is(one.lastHeartbeat(), 10)
    await one.leave()
    assert.is(await clock.resolve(one.confirm()), false)
  })

  test('offsets of an old generation are refused, or let through when the broker plays one that cannot tell', async () => {
    for (const fenceGenerations of [true, false]) {
      const { clock, broker } = brokerAt0({ fenceGenerations })
      const generations: { id: number; memberId: string }[] = []
      broker.join(member('g', [], { onAssigned: (_, generation) => generations.push(generation) }))
      await clock.advance(10)
      const producer = broker.producer({ transactionalId: 'tx' })
      await producer.init()
      const generation = { ...generations[0]!, id: generations[0]!.id - 1 }
      const offsets = { group: 'g', generation, offsets: [{ topic: 't', partition: 0, offset: 1, metadata: '' }] }
      const commit = clock.resolve(producer.commit({ records: [], offsets }))
      if (fenceGenerations) assert.is((await errorOf(commit)).code, 'GENERATION_ENDED')
      else await commit
      await clock.resolve(producer.close())
      const [found] = await clock.resolve(broker.admin.committedOffsets('g', [{ topic: 't', partition: 0 }]))
      assert.is(found?.offset, fenceGenerations ? undefined : 1)
    }
  })
})
