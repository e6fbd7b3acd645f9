import * as assert from 'uvu/assert'
import type { Broker, Generation, GroupMember, GroupMemberInfo } from '../../topology/broker/port.ts'
import { MillraceError } from '../../topology/definition/errors.ts'
import type { BrokerBench, BrokerCase } from './broker-bench.ts'
import { record, refused, values } from './broker-bench.ts'

const taskCount = 6
const sessionTimeoutMs = 6_000

/** A member that records its assignments. `tasks` are those it has now; empty while it has none. */
interface Participant {
  readonly member: GroupMember
  readonly log: string[]
  readonly seenUserData: string[]
  tasks: number[]
  generation: Generation | undefined
}

/** Each member keeps its tasks up to a fair share; the rest goes to the member with the fewest. */
function assignSticky(members: readonly GroupMemberInfo[]): ReadonlyMap<string, string> {
  const limit = Math.ceil(taskCount / members.length)
  const free = new Set(Array.from({ length: taskCount }, (_, task) => task))
  const owned = members.map(({ memberId, userData }) => {
    const kept = (JSON.parse(userData) as number[]).filter(task => free.has(task)).slice(0, limit)
    for (const task of kept) free.delete(task)
    return { memberId, tasks: kept }
  })
  for (const task of free)
    owned.reduce((least, each) => (each.tasks.length < least.tasks.length ? each : least)).tasks.push(task)
  return new Map(owned.map(({ memberId, tasks }) => [memberId, JSON.stringify(tasks)]))
}

function participate(
  client: Broker,
  groupId: string,
  topics: readonly string[],
  rest: { onRevoked?: () => Promise<void>; rebalanceTimeoutMs?: number; instanceId?: string } = {},
): Participant {
  const log: string[] = []
  const seenUserData: string[] = []
  let held: number[] = []
  const member = client.join({
    groupId,
    topics,
    protocol: 'conformance',
    sessionTimeoutMs,
    ...(rest.instanceId && { instanceId: rest.instanceId }),
    rebalanceTimeoutMs: rest.rebalanceTimeoutMs ?? 15_000,
    userData: () => JSON.stringify(held),
    assign: members => {
      seenUserData.push(...members.map(each => each.userData))
      return assignSticky(members)
    },
    onAssigned: (assignment, generation) => {
      participant.tasks = held = JSON.parse(assignment) as number[]
      participant.generation = generation
      log.push(`assigned ${assignment}`)
    },
    onRevoked: async () => {
      log.push('revoking')
      await rest.onRevoked?.()
      participant.tasks = []
      log.push('revoked')
    },
    onLost: () => {
      participant.tasks = held = []
      log.push('lost')
    },
    onReplaced: () => {
      participant.tasks = held = []
      log.push('replaced')
    },
  })
  const participant: Participant = { member, log, seenUserData, tasks: [], generation: undefined }
  return participant
}

/** Waits until the members share all tasks in one generation. */
async function balanced(bench: BrokerBench, ...members: Participant[]): Promise<void> {
  await bench.until(() => {
    const tasks = members.flatMap(each => each.tasks).sort()
    const one = new Set(members.map(each => each.generation?.id)).size === 1
    return one && tasks.join() === '0,1,2,3,4,5' && members.every(each => each.tasks.length > 0)
  }, `${members.length} members to share the tasks`)
}

/** Groups: the ownership of tasks, and its moves. */
export const groupCases: readonly BrokerCase[] = [
  {
    name: 'a single member leads, assigns itself everything, and its heartbeats are confirmed',
    hazard: 'a task runs on an ownership that no coordinator has granted',
    async run(bench) {
      const topic = await bench.topic(taskCount)
      const one = participate(bench.client, bench.name('group'), [topic])
      await balanced(bench, one)
      assert.equal(one.log, ['assigned [0,1,2,3,4,5]'])
      assert.ok(one.generation!.memberId.length > 0)
      const joined = one.member.lastHeartbeat()
      assert.ok(joined > 0)
      await bench.until(() => one.member.lastHeartbeat() > joined, 'a heartbeat by itself')
      assert.is(await bench.within(one.member.confirm(), 'a heartbeat'), true)
      await one.member.leave()
    },
  },
  {
    name: 'a group is described with its members, what each said of itself, and what it was assigned',
    hazard: 'nobody can tell who owns a task, or that nobody does',
    async run(bench) {
      const topic = await bench.topic(taskCount)
      const group = bench.name('group')
      const unknown = bench.name('group')
      const one = participate(bench.client, group, [topic])
      await balanced(bench, one)
      const [found, none] = await bench.client.admin.describeGroups([group, unknown])
      assert.equal([found!.group, found!.state, found!.members.length], [group, 'Stable', 1])
      const [member] = found!.members
      assert.is(member!.memberId, one.generation!.memberId)
      assert.equal([member!.userData, member!.assignment], ['[]', '[0,1,2,3,4,5]'])
      assert.ok(member!.clientId.length > 0 && member!.clientHost.startsWith('/'))
      assert.equal(none, { group: unknown, state: 'Dead', members: [] })
      await one.member.leave()
      const [left] = await bench.client.admin.describeGroups([group])
      assert.equal(left!.members, [])
    },
  },
  {
    name: 'a second member joins only after the first has let go, and the first keeps what it can',
    hazard: 'two owners at once; or every rebalance moves every task, because the leader does not see who had what',
    async run(bench) {
      const topic = await bench.topic(taskCount)
      const group = bench.name('group')
      let release = () => {}
      const gate = new Promise<void>(resolve => {
        release = resolve
      })
      const one = participate(bench.client, group, [topic], { onRevoked: () => gate })
      await balanced(bench, one)
      const two = participate(await bench.connect(), group, [topic])
      await bench.until(() => one.log.includes('revoking'), 'the revocation')
      assert.equal(two.log, [])
      assert.is(await bench.within(one.member.confirm(), 'a heartbeat'), false, 'a rebalance is not confirmed')
      assert.equal(two.log, [], 'nothing is assigned while the first has not let go')
      release()
      await balanced(bench, one, two)
      assert.equal(one.log.slice(1, 3), ['revoking', 'revoked'])
      assert.equal(one.tasks, [0, 1, 2])
      assert.equal(two.tasks, [3, 4, 5])
      assert.ok([...one.seenUserData, ...two.seenUserData].includes('[0,1,2,3,4,5]'), 'the leader saw what was held')
      assert.is.not(one.generation!.memberId, two.generation!.memberId)
      await one.member.leave()
      await two.member.leave()
    },
  },
  {
    name: 'co-partitioned topics are assigned together: each task reads its partition of both, once',
    hazard: 'an assignment by topic splits a join between two workers',
    async run(bench) {
      const [left, right] = [await bench.topic(taskCount), await bench.topic(taskCount)]
      const group = bench.name('group')
      const partitions = Array.from({ length: taskCount }, (_, partition) => partition)
      for (const topic of [left, right]) {
        await bench.write(partitions.map(partition => record(topic, `${partition}`, { partition })))
      }
      const clients = [bench.client, await bench.connect()]
      const members = clients.map(client => participate(client, group, [left, right]))
      await balanced(bench, ...members)
      const seen: string[] = []
      for (const [index, { tasks }] of members.entries()) {
        const reader = clients[index]!.reader({ isolation: 'read_committed' })
        for (const partition of tasks) for (const topic of [left, right]) reader.seek({ topic, partition }, 0)
        let found = 0
        await bench.until(async () => {
          for (const fetched of await reader.poll()) {
            assert.ok(tasks.includes(fetched.partition))
            seen.push(...(values(fetched.records) as string[]))
            found += fetched.records.length
          }
          return found >= 2 * tasks.length
        }, 'both sides of the tasks')
        await reader.close()
      }
      assert.equal(
        seen.sort(),
        partitions.flatMap(partition => [`${partition}`, `${partition}`]),
      )
      for (const each of members) await each.member.leave()
    },
  },
  {
    name: 'when a member leaves, the others get its tasks at once',
    hazard: 'a graceful stop costs a session timeout',
    async run(bench) {
      const topic = await bench.topic(taskCount)
      const group = bench.name('group')
      const one = participate(bench.client, group, [topic])
      const two = participate(await bench.connect(), group, [topic])
      await balanced(bench, one, two)
      const started = Date.now()
      await bench.within(two.member.leave(), 'the leave')
      await balanced(bench, one)
      assert.ok(Date.now() - started < sessionTimeoutMs, 'sooner than the session timeout')
      assert.is(await bench.within(two.member.confirm(), 'a heartbeat'), false)
      await one.member.leave()
    },
  },
  {
    name: "a crashed member's tasks go to the others after its session timeout",
    hazard: 'tasks of a dead worker stand still for ever, or move while it may still be alive',
    async run(bench) {
      const topic = await bench.topic(taskCount)
      const group = bench.name('group')
      const client = await bench.connect()
      const one = participate(bench.client, group, [topic])
      const two = participate(client, group, [topic])
      await balanced(bench, one, two)
      const alive = two.member.lastHeartbeat()
      const events = two.log.length
      await bench.under.crash(client)
      await balanced(bench, one)
      assert.ok(one.member.lastHeartbeat() - alive >= sessionTimeoutMs - 1_000, 'not before the session timed out')
      assert.is(two.log.length, events, 'a dead member is told nothing')
      await one.member.leave()
    },
  },
  {
    name: 'a crashed member that comes back under its instance id has its tasks at once, and the others hear nothing',
    hazard: 'a restart costs a session timeout; or stops every worker of the group',
    async run(bench) {
      const topic = await bench.topic(taskCount)
      const group = bench.name('group')
      const one = participate(bench.client, group, [topic], { instanceId: 'one' })
      const first = await bench.connect()
      const two = participate(first, group, [topic], { instanceId: 'two' })
      await balanced(bench, one, two)
      const [tasks, generation] = [two.tasks, two.generation!]
      const events = one.log.length
      for (const crashed of [first, bench.client]) {
        await bench.under.crash(crashed)
        const [instanceId, before] = crashed === first ? ['two', two] : ['one', one]
        const again = participate(await bench.connect(), group, [topic], { instanceId })
        const started = Date.now()
        await bench.until(() => again.tasks.length > 0, 'its tasks')
        assert.ok(Date.now() - started < sessionTimeoutMs / 2, `after ${Date.now() - started} ms`)
        assert.equal(again.tasks, before.tasks)
        assert.is(again.generation!.id, generation.id)
        assert.is.not(again.generation!.memberId, before.generation!.memberId)
        if (crashed === bench.client) await again.member.leave()
      }
      assert.is(one.log.length, events, 'no rebalance')
      assert.equal(tasks, two.tasks)
    },
  },
  {
    name: 'of two members with one instance id the older is fenced, with what it commits, and ends',
    hazard: 'a zombie and its successor both run the tasks; or they take them from each other for ever',
    async run(bench) {
      const topic = await bench.topic(taskCount)
      const group = bench.name('group')
      const old = participate(bench.client, group, [topic], { instanceId: 'one' })
      await balanced(bench, old)
      const generation = old.generation!
      const young = participate(await bench.connect(), group, [topic], { instanceId: 'one' })
      await bench.until(() => young.tasks.length === taskCount, 'the tasks')
      const offsets = [{ topic, partition: 0, offset: 4, metadata: '' }]
      const producer = await bench.producer()
      const error = await refused(producer.commit({ records: [], offsets: { group, generation, offsets } }))
      assert.ok(['GENERATION_ENDED', 'FENCED'].includes(error.code), error.code)
      await producer.close()
      await bench.until(() => old.log.includes('replaced'), 'the older one to be told')
      assert.is(await bench.within(old.member.confirm(), 'a heartbeat'), false)
      assert.is(await bench.within(young.member.confirm(), 'a heartbeat'), true)
      const current = await bench.producer()
      await current.commit({ records: [], offsets: { group, generation: young.generation!, offsets } })
      await current.close()
      assert.equal(old.log, ['assigned [0,1,2,3,4,5]', 'replaced'])
      assert.equal(young.log, ['assigned [0,1,2,3,4,5]'])
      await young.member.leave()
    },
  },
  {
    name: 'a member that does not let go within the rebalance timeout is left behind, told so, and comes back',
    hazard: 'one stuck task stops the whole group; or the straggler goes on as if it owned its tasks',
    async run(bench) {
      const topic = await bench.topic(taskCount)
      const group = bench.name('group')
      let release = () => {}
      const gate = new Promise<void>(resolve => {
        release = resolve
      })
      const timeouts = { rebalanceTimeoutMs: 2_000 }
      const slow = participate(bench.client, group, [topic], { ...timeouts, onRevoked: () => gate })
      await balanced(bench, slow)
      const other = participate(await bench.connect(), group, [topic], timeouts)
      await balanced(bench, other)
      await bench.until(() => slow.log.includes('lost'), 'the straggler to be told')
      release()
      await balanced(bench, slow, other)
      await slow.member.leave()
      await other.member.leave()
    },
  },
  {
    name: 'offsets of a member of an older generation are refused',
    hazard: 'a zombie commits offsets over those of the new owner',
    async run(bench) {
      const topic = await bench.topic(taskCount)
      const group = bench.name('group')
      const one = participate(bench.client, group, [topic])
      await balanced(bench, one)
      const old = one.generation!
      const two = participate(await bench.connect(), group, [topic])
      await balanced(bench, one, two)
      const offsets = [{ topic, partition: 0, offset: 4, metadata: '' }]
      const producer = await bench.producer()
      const error = await refused(producer.commit({ records: [], offsets: { group, generation: old, offsets } }))
      assert.ok(['GENERATION_ENDED', 'FENCED'].includes(error.code), error.code)
      await producer.close()
      const current = await bench.producer()
      await current.commit({ records: [], offsets: { group, generation: one.generation!, offsets } })
      await current.close()
      assert.equal(await bench.admin.committedOffsets(group, [{ topic, partition: 0 }]), [{ offset: 4, metadata: '' }])
      await one.member.leave()
      await two.member.leave()
    },
  },
  {
    name: 'offsets of a group that has members cannot be set from outside',
    hazard: 'an operator moves the offsets of a running task, which overwrites them at its next commit',
    async run(bench) {
      const topic = await bench.topic(taskCount)
      const group = bench.name('group')
      const one = participate(bench.client, group, [topic])
      await balanced(bench, one)
      const offsets = [{ topic, partition: 0, offset: 1, metadata: '' }]
      assert.instance(
        await refused(bench.within(bench.admin.commitOffsets(group, offsets), 'the refusal')),
        MillraceError,
      )
      await one.member.leave()
      await bench.admin.commitOffsets(group, offsets)
      assert.equal(await bench.admin.committedOffsets(group, [{ topic, partition: 0 }]), [{ offset: 1, metadata: '' }])
    },
  },
]
