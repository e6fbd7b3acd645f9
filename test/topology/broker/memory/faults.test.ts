import * as assert from 'uvu/assert'
import type { BrokerApi, Fault } from '../../../../topology/broker/memory/faults.ts'
import { RetriableError, TaskMigratedError } from '../../../../topology/definition/errors.ts'
import { suite } from '../../../support/suite.ts'
import { brokerAt0, contents, errorOf, FirstRequest, member, pairs } from './parts.ts'

/** A broker with topic `t` whose first request of an API goes wrong, and a producer of id `tx`. */
async function spoiled(api: BrokerApi, fault: Fault) {
  const faults = new FirstRequest(api, fault)
  const { clock, broker } = brokerAt0({ faults })
  await broker.admin.createTopics([{ name: 't', partitions: 1, config: {} }])
  const producer = broker.connect('worker').producer({ transactionalId: 'tx', transactionTimeoutMs: 5_000 })
  const offsets = { group: 'g', offsets: [{ topic: 't', partition: 0, offset: 3, metadata: '' }] }
  const commit = async () => {
    await producer.init()
    return producer.commit({ records: pairs('t', ['k', 'v']), offsets })
  }
  const recovered = async () => {
    await broker.producer({ transactionalId: 'tx' }).init()
    const [offset] = await broker.admin.committedOffsets('g', [{ topic: 't', partition: 0 }])
    return { records: await contents(clock, broker, 't'), offset: offset?.offset }
  }
  return { clock, broker, faults, producer, commit, recovered }
}

const nothing = { records: [], offset: undefined }
const everything = { records: ['k=v'], offset: 3 }

suite('memory broker: faults', test => {
  for (const api of ['InitProducerId', 'AddPartitionsToTxn', 'Produce', 'TxnOffsetCommit'] as const) {
    for (const kind of ['drop-request', 'drop-reply', 'fail'] as const) {
      test(`${kind} of ${api} fails the commit, and the next owner finds nothing of it`, async () => {
        const { clock, commit, recovered, faults } = await spoiled(api, { kind })
        const error = await errorOf(clock.resolve(commit()))
        assert.instance(error, RetriableError)
        assert.is(error.code, 'BROKER_UNAVAILABLE')
        assert.is(faults.fired, 1)
        assert.equal(await recovered(), nothing)
      })
    }
  }

  for (const [kind, outcome] of [
    ['drop-request', nothing],
    ['drop-reply', everything],
  ] as const) {
    test(`${kind} of EndTxn is COMMIT_UNKNOWN, and the next owner learns the verdict`, async () => {
      const { clock, commit, recovered, producer } = await spoiled('EndTxn', { kind })
      const error = await errorOf(clock.resolve(commit()))
      assert.instance(error, TaskMigratedError)
      assert.is(error.code, 'COMMIT_UNKNOWN')
      await clock.resolve(producer.close())
      assert.equal(await recovered(), outcome)
    })
  }

  test('a refused EndTxn is known not to have committed, and close aborts', async () => {
    const { clock, commit, broker, producer } = await spoiled('EndTxn', { kind: 'fail' })
    assert.is((await errorOf(clock.resolve(commit()))).code, 'BROKER_UNAVAILABLE')
    assert.equal(broker.openTransactions(), ['tx'])
    await clock.resolve(producer.close())
    assert.equal(broker.openTransactions(), [])
    assert.equal(await contents(clock, broker, 't'), [])
  })

  test('a late EndTxn commits after its caller gave up, unless the next owner was faster', async () => {
    const slow = await spoiled('EndTxn', { kind: 'late', ms: 100 })
    assert.is((await errorOf(slow.clock.resolve(slow.commit()))).code, 'COMMIT_UNKNOWN')
    await slow.clock.advance(100)
    assert.equal(await slow.recovered(), everything)

    const fast = await spoiled('EndTxn', { kind: 'late', ms: 100 })
    assert.is((await errorOf(fast.clock.resolve(fast.commit()))).code, 'COMMIT_UNKNOWN')
    assert.equal(await fast.recovered(), nothing)
    await fast.clock.advance(100)
    assert.equal(await contents(fast.clock, fast.broker, 't'), [])
  })

  test('a late Produce of a fenced producer writes nothing', async () => {
    const { clock, commit, recovered, broker } = await spoiled('Produce', { kind: 'late', ms: 100 })
    await errorOf(clock.resolve(commit()))
    await recovered()
    const end = await broker.admin.listOffsets([{ topic: 't', partition: 0 }], 'latest')
    await clock.advance(200)
    assert.equal(await broker.admin.listOffsets([{ topic: 't', partition: 0 }], 'latest'), end)
  })

  test('delays move the effect or only the answer', async () => {
    const request = await spoiled('Produce', { kind: 'delay', ms: 50 })
    const first = request.commit()
    await request.clock.advance(49)
    assert.equal(request.broker.inspect({ topic: 't', partition: 0 }).length, 0)
    await request.clock.resolve(first)
    assert.is(request.clock.now(), 50)

    const reply = await spoiled('Produce', { kind: 'delay-reply', ms: 50 })
    const second = reply.commit()
    await reply.clock.advance(49)
    assert.equal(reply.broker.inspect({ topic: 't', partition: 0 }).length, 1)
    await reply.clock.resolve(second)
    assert.is(reply.clock.now(), 50)
  })

  test('markers that are late hold readers, committed offsets and the next owner back', async () => {
    const { clock, broker, commit } = await spoiled('WriteTxnMarkers', { kind: 'delay', ms: 300 })
    await clock.resolve(commit())
    assert.is(clock.now(), 0)
    assert.equal(await broker.admin.listOffsets([{ topic: 't', partition: 0 }], 'committed'), [0])
    const times: string[] = []
    const offsets = broker.admin.committedOffsets('g', [{ topic: 't', partition: 0 }]).then(found => {
      times.push(`offsets ${found[0]?.offset} at ${clock.now()}`)
    })
    const next = broker.producer({ transactionalId: 'tx' })
    const init = next.init().then(() => times.push(`owner at ${clock.now()}`))
    await clock.resolve(Promise.all([offsets, init]))
    assert.equal(times.sort(), ['offsets 3 at 300', 'owner at 300'])
    assert.equal(await contents(clock, broker, 't'), ['k=v'])
  })

  test('a fetch whose answer is lost is fetched again from the same position', async () => {
    const { clock, broker } = await spoiled('Fetch', { kind: 'drop-reply' })
    await (await broker.writer()).send(pairs('t', ['a', '1']))
    const reader = broker.reader({ isolation: 'read_committed' })
    reader.seek({ topic: 't', partition: 0 }, 0)
    assert.is((await errorOf(clock.resolve(reader.poll()))).code, 'BROKER_UNAVAILABLE')
    const [again] = await clock.resolve(reader.poll())
    assert.equal([again!.records.length, again!.position], [1, 1])
  })

  for (const api of ['JoinGroup', 'SyncGroup', 'Heartbeat'] as const) {
    for (const kind of ['drop-request', 'drop-reply'] as const) {
      test(`a member gets over ${kind} of ${api}`, async () => {
        const faults = new FirstRequest(api, { kind })
        const { clock, broker } = brokerAt0({ faults })
        const log: string[] = []
        broker.join(member('g', log))
        await clock.advance(60_000)
        assert.is(faults.fired, 1)
        assert.match(log.at(-1)!, /^assigned 1 in/)
        assert.not.ok(log.some(line => line.startsWith('lost')))
      })
    }
  }

  test('a crashed client is never answered, sends nothing more, and its transaction times out', async () => {
    const { clock, broker } = brokerAt0()
    await broker.admin.createTopics([{ name: 't', partitions: 1, config: {} }])
    const worker = broker.connect()
    const producer = worker.producer({
      transactionalId: 'tx',
      transactionTimeoutMs: 5_000,
      onStep: step => {
        if (step === 'before-end') worker.crash()
      },
    })
    await producer.init()
    const settled: string[] = []
    const note = (what: string) => () => void settled.push(what)
    producer.commit({ records: pairs('t', ['k', 'v']) }).then(note('commit'), note('commit failed'))
    await clock.advance(4_999)
    assert.equal(broker.openTransactions(), ['tx'])
    worker.admin.describeTopics().then(note('admin'), note('admin failed'))
    worker.reader({ isolation: 'read_committed' }).poll().then(note('poll'), note('poll failed'))
    await clock.advance(1)
    assert.equal(broker.openTransactions(), [])
    await clock.advance(60_000)
    assert.equal(settled, [])
    assert.equal(await contents(clock, broker, 't'), [])
  })

  test('faults are told who asks for what', async () => {
    const { faults, clock, commit } = await spoiled('ListGroups', { kind: 'fail' })
    await clock.resolve(commit())
    const seen = faults.seen.filter(({ client }) => client === 'worker').map(({ api, about }) => `${api} ${about}`)
    assert.equal(seen, ['InitProducerId tx', 'AddPartitionsToTxn tx', 'Produce tx', 'TxnOffsetCommit tx', 'EndTxn tx'])
  })
})
