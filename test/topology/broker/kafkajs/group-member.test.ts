import * as assert from 'uvu/assert'
import type { GroupMember } from '../../../../topology/broker/port.ts'
import { suite } from '../../../support/suite.ts'
import { FakeBroker, type FakeHandler } from './fake-broker.ts'

const rebalanceInProgress = 27
const unknownMember = 25
const memberIdRequired = 79
const fencedInstance = 82

/** A coordinator with one member: each join begins a generation. */
function coordinator(heartbeat: () => number) {
  let generation = 0
  const joinedAs: string[] = []
  const handlers: Record<string, FakeHandler> = {
    JoinGroup: ({ body }) => {
      body.string()
      body.int32()
      body.int32()
      const memberId = body.string()!
      joinedAs.push(memberId)
      const errorCode = memberId === '' ? memberIdRequired : 0
      if (errorCode === 0) generation++
      return answer =>
        answer
          .int32(0)
          .int16(errorCode)
          .int32(generation)
          .string('protocol')
          .string('someone else')
          .string('member-1')
          .int32(0)
    },
    // Version 0, no topics, user data "tasks".
    SyncGroup: () => answer =>
      answer
        .int32(0)
        .int16(0)
        .bytes(Buffer.concat([Buffer.from('0000' + '00000000' + '00000005', 'hex'), Buffer.from('tasks')])),
    Heartbeat: () => {
      const errorCode = heartbeat()
      return answer => answer.int32(0).int16(errorCode)
    },
    LeaveGroup: () => answer => answer.int32(0).int16(0),
  }
  return { handlers, joinedAs }
}

suite('group member against a scripted coordinator', test => {
  let broker: FakeBroker | undefined
  test.after.each(() => broker?.close())

  async function join(heartbeat: () => number, onRevoked: () => Promise<void> = async () => {}, instanceId?: string) {
    const { handlers, joinedAs } = coordinator(heartbeat)
    broker = await FakeBroker.start(handlers)
    return { ...(await memberOf(broker, 3_000, onRevoked, instanceId)), joinedAs, fake: broker }
  }

  async function memberOf(
    node: FakeBroker,
    requestTimeoutMs = 3_000,
    onRevoked: () => Promise<void> = async () => {},
    instanceId?: string,
  ) {
    const said: string[] = []
    const client = await node.connect(requestTimeoutMs, (level, message, context) =>
      said.push(`${level} ${message} ${JSON.stringify(context)}`),
    )
    const log: string[] = []
    const member: GroupMember = client.join({
      groupId: 'group',
      topics: ['topic'],
      protocol: 'protocol',
      sessionTimeoutMs: 1_200,
      ...(instanceId && { instanceId }),
      userData: () => '',
      assign: () => new Map(),
      onAssigned: (assignment, { id }) => log.push(`assigned ${assignment} ${id}`),
      async onRevoked() {
        log.push('revoking')
        await onRevoked()
        log.push('revoked')
      },
      onLost: () => log.push('lost'),
      onSilence: () => log.push('silent'),
      onAnswered: () => log.push('answered'),
      onReplaced: () => log.push('replaced'),
    })
    return { member, log, said }
  }

  test('a member id is asked for, then kept across rebalances', async () => {
    const beats = [0, rebalanceInProgress]
    const { log, joinedAs, member } = await join(() => beats.shift() ?? 0)
    await until(() => log.length >= 4)
    assert.equal(log.slice(0, 4), ['assigned tasks 1', 'revoking', 'revoked', 'assigned tasks 2'])
    assert.equal(joinedAs, ['', 'member-1', 'member-1'])
    await member.leave()
  })

  test('heartbeats go on while the revocation is awaited, and the join waits for it', async () => {
    let release = () => {}
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    const { log, joinedAs, member, fake } = await join(
      () => (log?.includes('revoked') ? 0 : rebalanceInProgress),
      () => gate,
    )
    await until(() => log.includes('revoking'))
    const before = fake.count('Heartbeat')
    await until(() => fake.count('Heartbeat') >= before + 4)
    assert.equal(joinedAs, ['', 'member-1'], 'it has not joined again')
    release()
    await until(() => log.includes('assigned tasks 2'))
    assert.equal(log, ['assigned tasks 1', 'revoking', 'revoked', 'assigned tasks 2'])
    await member.leave()
  })

  test('an unknown member has lost everything, and comes back as a new one', async () => {
    const beats = [0, unknownMember]
    const { log, joinedAs, member } = await join(() => beats.shift() ?? 0)
    await until(() => log.includes('assigned tasks 2'))
    assert.equal(log, ['assigned tasks 1', 'lost', 'assigned tasks 2'])
    assert.equal(joinedAs, ['', 'member-1', '', 'member-1'])
    await member.leave()
  })

  test('confirm is true for an accepted heartbeat only, and false while a rebalance is on', async () => {
    let answer = 0
    let release = () => {}
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    const { log, member } = await join(
      () => answer,
      () => gate,
    )
    await until(() => log.length > 0)
    assert.is(await member.confirm(), true)
    answer = rebalanceInProgress
    assert.is(await member.confirm(), false)
    release()
    await member.leave()
    assert.is(await member.confirm(), false)
  })

  test('a coordinator that is silent for longer than a session decides when it answers: nothing is lost before', async () => {
    let verdict = 0
    const { log, member, fake, said } = await join(() => verdict)
    await until(() => log.length > 0)
    const { Heartbeat } = fake.handlers
    fake.handlers.Heartbeat = () => 'close'
    await until(() => log.includes('silent'))
    await new Promise(resolve => setTimeout(resolve, 1_500))
    assert.equal([...new Set(log)], ['assigned tasks 1', 'silent'], 'longer than the session timeout of 1,200 ms')
    fake.handlers.Heartbeat = Heartbeat!
    await until(() => log.includes('answered'))
    assert.is(log.includes('lost'), false)
    verdict = unknownMember
    await until(() => log.includes('lost'))
    assert.is(await member.confirm(), false)
    await member.leave()
    const warnings = said.filter(line => line.startsWith('warn') && line.includes('heartbeat'))
    assert.is(warnings.length, 1, `said once: ${warnings.join('; ')}`)
    assert.match(warnings[0]!, 'BROKER_UNAVAILABLE')
  })

  test('a member whose instance another one has taken ends, and does not join again', async () => {
    const beats = [0, fencedInstance]
    const { log, joinedAs, member, fake } = await join(() => beats.shift() ?? 0, undefined, 'worker-0')
    await until(() => log.includes('replaced'))
    await new Promise(resolve => setTimeout(resolve, 500))
    assert.equal(log, ['assigned tasks 1', 'replaced'])
    assert.equal(joinedAs, ['', 'member-1'])
    assert.is(await member.confirm(), false)
    await member.leave()
    assert.is(fake.count('LeaveGroup'), 0, 'the place is the other one')
  })

  test('a join that waits at a silent coordinator goes to the node that the others name, long before its time is over', async () => {
    const { handlers } = coordinator(() => 0)
    const [frozen, second, third] = await Promise.all([
      FakeBroker.start(),
      FakeBroker.start(),
      FakeBroker.start(handlers),
    ])
    const all = [frozen!, second!, third!]
    let coordinates = frozen!
    const silent: FakeHandler = () => 'silence'
    for (const node of all)
      Object.assign(node.handlers, {
        Metadata: (() => answer => frozen!.metadata(answer, { others: [second!, third!] })) satisfies FakeHandler,
        FindCoordinator: (() => answer => {
          const id = all.indexOf(coordinates) + 1
          answer.int32(0).int16(0).string(null).int32(id).string('127.0.0.1').int32(coordinates.port)
        }) satisfies FakeHandler,
      })
    frozen!.handlers.JoinGroup = () => {
      for (const api of Object.keys(frozen!.handlers)) frozen!.handlers[api] = silent
      coordinates = third!
      return 'silence'
    }
    const { member, log } = await memberOf(frozen!)
    const began = Date.now()
    await until(() => log.includes('assigned tasks 1'))
    assert.ok(Date.now() - began < 20_000, `${Date.now() - began} ms; the rebalance may take 60 s`)
    await member.leave()
    await Promise.all(all.map(node => node.close()))
  })

  test('a join is given up when its coordinator answers nothing on another connection, and sent again', async () => {
    const { handlers } = coordinator(() => 0)
    broker = await FakeBroker.start(handlers)
    const { JoinGroup, Metadata } = broker.handlers
    let joins = 0
    broker.handlers.JoinGroup = request => {
      if (++joins !== 2) return JoinGroup!(request, broker!)
      broker!.handlers.Metadata = () => 'silence'
      return 'silence'
    }
    const { member, log } = await memberOf(broker, 300)
    await until(() => joins === 2)
    await until(() => broker!.count('Metadata') >= 2)
    broker.handlers.Metadata = Metadata!
    await until(() => log.includes('assigned tasks 1'))
    assert.is(joins, 3, 'the time of the one given up, 65 s, was not over')
    await member.leave()
  })

  test('a refusal to join is told with its code, once', async () => {
    const notAuthorised = 30
    let refused = true
    const { log, member, said, fake } = await join(() => 0)
    await until(() => log.length > 0)
    const { JoinGroup } = fake.handlers
    fake.handlers.JoinGroup = request =>
      refused
        ? answer => answer.int32(0).int16(notAuthorised).int32(-1).string('').string('').string('').int32(0)
        : JoinGroup!(request, fake)
    fake.handlers.Heartbeat = () => answer => answer.int32(0).int16(unknownMember)
    await until(() => fake.count('JoinGroup') >= 6)
    fake.handlers.Heartbeat = () => answer => answer.int32(0).int16(0)
    refused = false
    await until(() => log.at(-1) === 'assigned tasks 2')
    const warnings = said.filter(line => line.startsWith('warn') && line.includes('join failed'))
    assert.is(warnings.length, 1, warnings.join('; '))
    assert.match(warnings[0]!, 'NOT_AUTHORISED')
    await member.leave()
  })
})

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !holds(); ) {
    if (Date.now() > end) throw new Error('waited 20 s in vain')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
