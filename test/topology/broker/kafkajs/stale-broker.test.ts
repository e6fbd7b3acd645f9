import * as assert from 'uvu/assert'
import { Leaders } from '../../../../topology/broker/kafkajs/leaders.ts'
import type { TopicMetadata } from '../../../../topology/broker/kafkajs/protocol/metadata.ts'
import { MillraceError } from '../../../../topology/definition/errors.ts'
import { suite } from '../../../support/suite.ts'
import { FakeBroker, type FakeHandler, outgoing } from './fake-broker.ts'

const at = { topic: 'topic', partition: 0 }
const node = { nodes: [], controller: 1 }

function told(leader: number, leaderEpoch: number, id?: string): { readonly topics: readonly TopicMetadata[] } {
  const partitions = [{ errorCode: 0, partition: 0, leader, leaderEpoch }]
  return { topics: [{ errorCode: 0, name: 'topic', id, internal: false, partitions }] }
}

/** Two brokers that lead in turn: the first thinks that it leads with epoch 5, the second, which knows more, leads with epoch 6. */
async function staleAndNew(handlers: {
  readonly stale: Record<string, FakeHandler>
  readonly current: Record<string, FakeHandler>
}) {
  const brokers: FakeBroker[] = []
  const metadata =
    (leader: number, epoch: number): FakeHandler =>
    () =>
    answer =>
      brokers[0]!.metadataWithEpochs(answer, { leader, epoch, others: brokers.slice(1) })
  const stale = await FakeBroker.start({ Metadata: metadata(1, 5), ...handlers.stale })
  brokers.push(stale)
  for (let index = 0; index < 2; index++)
    brokers.push(await FakeBroker.start({ Metadata: metadata(2, 6), ...handlers.current }))
  for (const broker of brokers) Object.assign(broker.newest, { Metadata: 12, ListOffsets: 5 })
  return { brokers, stale, current: brokers[1]!, close: () => Promise.all(brokers.map(broker => broker.close())) }
}

/** ListOffsets v5: the end, for the epoch that the broker leads with; else the error that a broker gives. */
const ends =
  (epoch: number, end: number): FakeHandler =>
  ({ body }) => {
    body.int32()
    body.int8()
    const [[asked]] = body.array(() => {
      body.string()
      return body.array(() => {
        body.int32()
        const known = body.int32()
        body.int64()
        return known
      })
    }) as [[number]]
    const errorCode = asked < epoch ? 74 : asked > epoch ? 75 : 0
    return answer =>
      answer
        .int32(0)
        .array([0], () =>
          answer.string('topic').array([0], () => answer.int32(0).int16(errorCode).int64(-1).int64(end).int32(epoch)),
        )
  }

suite('a broker that lost its controller and still answers', test => {
  let close: () => Promise<unknown> = async () => {}
  test.after.each(async () => {
    await close()
  })

  test('older metadata does not take the place of newer, whoever is asked last', () => {
    const leaders = new Leaders()
    leaders.learn({ ...node, ...told(2, 6) })
    leaders.learn({ ...node, ...told(1, 5) })
    assert.equal(leaders.of(at), { node: 2, epoch: 6 })
    leaders.forget(at)
    leaders.learn({ ...node, ...told(1, 5) })
    assert.is(leaders.of(at), undefined, 'the leader of the past is not the one that was forgotten')
    leaders.learn({ ...node, ...told(2, 6) })
    assert.equal(leaders.of(at), { node: 2, epoch: 6 })
  })

  test('a topic made anew begins with new epochs, and the one that is gone does not come back', () => {
    const leaders = new Leaders()
    leaders.learn({ ...node, ...told(2, 6, 'a'.repeat(32)) })
    leaders.learn({ ...node, ...told(3, 0, 'b'.repeat(32)) })
    assert.equal(leaders.of(at), { node: 3, epoch: 0 })
    leaders.learn({ ...node, ...told(1, 7, 'a'.repeat(32)) })
    assert.equal(leaders.of(at), { node: 3, epoch: 0 })
  })

  test('leaders without epochs, of an older broker, are taken as they come', () => {
    const leaders = new Leaders()
    leaders.learn({ ...node, ...told(2, -1) })
    leaders.learn({ ...node, ...told(1, -1) })
    assert.equal(leaders.of(at), { node: 1, epoch: -1 })
  })

  test('the end of a partition is never the one that the deposed leader tells', async () => {
    const cluster = await staleAndNew({ stale: { ListOffsets: ends(5, 100) }, current: { ListOffsets: ends(6, 150) } })
    close = cluster.close
    const client = await cluster.stale.connect()
    for (let round = 0; round < 3; round++) assert.equal(await client.admin.listOffsets([at], 'committed'), [150])
    assert.is(cluster.stale.count('ListOffsets'), 0)
  })

  test('without the other brokers its word alone is not taken', async () => {
    const cluster = await staleAndNew({
      stale: { ListOffsets: ends(5, 100) },
      current: { Metadata: () => 'close', ListOffsets: ends(6, 150) },
    })
    close = cluster.close
    const client = await cluster.stale.connect()
    const error = await client.admin.listOffsets([at], 'committed').catch((thrown: unknown) => thrown)
    assert.instance(error, MillraceError)
    assert.is((error as MillraceError).code, 'BROKER_UNAVAILABLE')
    assert.match((error as MillraceError).message, 'may be out of date')
    assert.is(cluster.stale.count('ListOffsets'), 0)
  })

  test('committed offsets are read from the coordinator that most brokers name', async () => {
    const coordinator =
      (id: number): FakeHandler =>
      () =>
      answer =>
        answer
          .int32(0)
          .int16(0)
          .string(null)
          .int32(id)
          .string('127.0.0.1')
          .int32(cluster.brokers[id - 1]!.port)
    const offsets =
      (offset: number): FakeHandler =>
      () =>
      answer =>
        answer
          .int32(0)
          .array([0], () =>
            answer
              .string('topic')
              .array([0], () => answer.int32(0).int64(offset).int32(-1).string('').int16(0).tags())
              .tags(),
          )
          .int16(0)
          .tags()
    const cluster = await staleAndNew({
      stale: { FindCoordinator: coordinator(1), OffsetFetch: offsets(3) },
      current: { FindCoordinator: coordinator(2), OffsetFetch: offsets(7) },
    })
    close = cluster.close
    const client = await cluster.stale.connect()
    for (const group of ['one', 'two', 'three'])
      assert.equal(await client.admin.committedOffsets(group, [at]), [{ offset: 7, metadata: '' }])
    assert.is(cluster.stale.count('OffsetFetch'), 0)
  })

  test('a fetch names the epoch of the leader, and one that is out of date looks for another', async () => {
    const epochs: number[] = []
    const fetch: FakeHandler = ({ body }) => {
      for (let field = 0; field < 4; field++) body.int32()
      body.int8()
      body.int32()
      body.int32()
      body.array(() => {
        body.string()
        body.array(() => {
          body.int32()
          epochs.push(body.int32())
          for (let field = 0; field < 5; field++) body.int32()
        })
      })
      const errorCode = epochs.length === 1 ? 74 : 0
      return answer =>
        answer
          .int32(0)
          .int16(0)
          .int32(0)
          .array([0], () =>
            answer
              .string('topic')
              .array([0], () =>
                answer.int32(0).int16(errorCode).int64(0).int64(0).int64(0).int32(0).int32(-1).bytes(Buffer.alloc(0)),
              ),
          )
    }
    const broker = await FakeBroker.start({
      Metadata: () => answer => broker.metadataWithEpochs(answer, { leader: 1, epoch: epochs.length === 0 ? 5 : 6 }),
      Fetch: fetch,
    })
    close = () => broker.close()
    Object.assign(broker.newest, { Metadata: 12 })
    const reader = (await broker.connect()).reader({ isolation: 'read_committed' })
    reader.seek(at, 0)
    await reader.poll()
    await reader.close()
    assert.equal(epochs.slice(0, 2), [5, 6])
  })

  test('a coordinator that is silent is looked up anew, at other brokers', async () => {
    const found: string[] = []
    const coordinator =
      (name: string, id: number): FakeHandler =>
      () => {
        found.push(name)
        return answer =>
          answer
            .int32(0)
            .int16(0)
            .string(null)
            .int32(id)
            .string('127.0.0.1')
            .int32(cluster.brokers[id - 1]!.port)
      }
    const cluster = await staleAndNew({
      stale: { FindCoordinator: coordinator('stale', 1), InitProducerId: () => 'silence' },
      current: { FindCoordinator: coordinator('current', 2) },
    })
    close = cluster.close
    const client = await cluster.stale.connect(300)
    for (const transactionalId of ['a', 'b', 'c', 'd']) await client.producer({ transactionalId }).init()
    assert.ok(found.filter(name => name === 'stale').length <= 1, `the stale broker was asked ${found.join()}`)
    assert.ok(cluster.stale.count('InitProducerId') <= 1)
  })

  test('a leader that answers and leads no more is left when another broker says so', async () => {
    const produced: string[] = []
    const produce =
      (name: string, errorCode: number): FakeHandler =>
      () => {
        produced.push(name)
        return answer =>
          answer
            .int32(1)
            .string('topic')
            .array([0], () => answer.int32(0).int16(errorCode).int64(10).int64(-1).int64(0).int32(0).string(null))
            .int32(0)
      }
    // REQUEST_TIMED_OUT: its followers do not follow it any more.
    const cluster = await staleAndNew({
      stale: { Produce: produce('stale', 7) },
      current: { Produce: produce('new', 0) },
    })
    close = cluster.close
    const writer = await (await cluster.stale.connect()).writer()
    await writer.send([outgoing(0)])
    await writer.send([outgoing(0)])
    assert.is(produced.filter(name => name === 'new').length, 2)
    assert.ok(produced.length <= 3, `sent to ${produced.join()}`)
  })
})
