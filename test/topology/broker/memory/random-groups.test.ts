import * as assert from 'uvu/assert'
import type { BrokerFaults, Fault } from '../../../../topology/broker/memory/faults.ts'
import { MemoryBroker } from '../../../../topology/broker/memory/memory-broker.ts'
import type { Generation } from '../../../../topology/broker/port.ts'
import { VirtualClock } from '../../../../topology/testing/virtual-clock.ts'
import { suite } from '../../../support/suite.ts'

const tasks = ['a', 'b', 'c', 'd', 'e']

/** The tasks that one member believes to own, and in which generation. */
interface Belief {
  alive: boolean
  owned: string[]
  generation: Generation | undefined
  assigned: number
}

/** Members come, leave and crash for a minute under faults; then all is quiet for two. */
async function run(seed: number) {
  const clock = new VirtualClock({ seed, startMs: 0 })
  let quiet = false
  let fired = 0
  const faults: BrokerFaults = {
    onRequest: (): Fault | undefined => {
      if (quiet || clock.random() > 0.1) return undefined
      fired++
      const roll = clock.random()
      if (roll < 0.3) return { kind: 'drop-request', afterMs: clock.random() * 1_000 }
      if (roll < 0.6) return { kind: 'drop-reply', afterMs: clock.random() * 1_000 }
      return { kind: roll < 0.8 ? 'delay' : 'delay-reply', ms: clock.random() * 8_000 }
    },
  }
  const broker = new MemoryBroker({ clock, faults })
  const beliefs: Belief[] = []
  const overlaps: string[] = []

  /** Two may believe in the same task only when they are in different generations: the older one is a zombie. */
  const look = () => {
    const seen = new Map<string, number>()
    for (const { alive, owned, generation } of beliefs) {
      if (!alive || !generation) continue
      for (const task of owned) {
        if (seen.get(task) === generation.id) overlaps.push(`${task} in generation ${generation.id} at ${clock.now()}`)
        seen.set(task, generation.id)
      }
    }
  }
  const live = async () => {
    const belief: Belief = { alive: true, owned: [], generation: undefined, assigned: 0 }
    const letGo = () => {
      belief.owned = []
      belief.generation = undefined
    }
    beliefs.push(belief)
    const client = broker.connect()
    const member = client.join({
      groupId: 'g',
      topics: [],
      protocol: 'test',
      rebalanceTimeoutMs: 6_000,
      userData: () => belief.owned.join(),
      assign: members => {
        const share = (index: number) => tasks.filter((_, task) => task % members.length === index).join()
        return new Map(members.map(({ memberId }, index) => [memberId, share(index)]))
      },
      onAssigned: (assignment, generation) => {
        belief.owned = assignment.split(',').filter(Boolean)
        belief.generation = generation
        belief.assigned++
        look()
      },
      onRevoked: async () => {
        await clock.sleep(clock.random() * 9_000)
        letGo()
      },
      onLost: letGo,
    })
    if (beliefs.length <= 2) return // two stay to the end
    await clock.sleep(clock.random() * 30_000)
    belief.alive = false
    if (clock.random() < 0.5) client.crash()
    else await member.leave()
  }
  const lives: Promise<void>[] = []
  while (clock.now() < 60_000) {
    lives.push(live())
    await clock.advance(clock.random() * 8_000)
  }
  await clock.advance(40_000)
  quiet = true
  await clock.advance(120_000)
  await Promise.all(lives)
  return { beliefs, overlaps, fired }
}

suite('memory broker: random groups', test => {
  test('no task has two owners in a generation, and in quiet the living share all tasks in one generation', async () => {
    let [fired, assigned] = [0, 0]
    for (let seed = 1; seed <= 60; seed++) {
      const result = await run(seed)
      fired += result.fired
      for (const belief of result.beliefs) assigned += belief.assigned
      assert.equal(result.overlaps, [], `seed ${seed}`)
      const living = result.beliefs.filter(({ alive }) => alive)
      assert.is(living.length, 2)
      assert.equal(living.flatMap(({ owned }) => owned).sort(), tasks, `seed ${seed}`)
      assert.is(new Set(living.map(({ generation }) => generation?.id)).size, 1, `seed ${seed}`)
    }
    assert.ok(fired > 500 && assigned > 500, `${fired} faults, ${assigned} assignments`)
  })
})
