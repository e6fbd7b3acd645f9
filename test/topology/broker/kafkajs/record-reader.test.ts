import * as assert from 'uvu/assert'
import type { Reader } from '../../../../topology/broker/kafkajs/protocol/reader.ts'
import { encodeBatch } from '../../../../topology/broker/kafkajs/record-batch/encode.ts'
import type { FetchedPartition, RecordReader } from '../../../../topology/broker/port.ts'
import { MillraceError, TaskCorruptedError } from '../../../../topology/definition/errors.ts'
import { suite } from '../../../support/suite.ts'
import { type FakeAnswer, FakeBroker, type FakeHandler, outgoing } from './fake-broker.ts'

const notLeader = 6
const offsetOutOfRange = 1
const noProducer = { producer: { producerId: -1n, epoch: -1 }, baseSequence: -1, transactional: false }

/** Answers a fetch of partition 0: an error code, or a batch with one record for each value. */
function fetched(found: number | string, ...more: readonly string[]): () => FakeAnswer {
  const sent = typeof found === 'string' ? [found, ...more].map(value => outgoing(0, value)) : []
  const batch = sent.length > 0 ? encodeBatch(sent, noProducer) : null
  const errorCode = typeof found === 'number' ? found : 0
  return () => answer =>
    answer
      .int32(0)
      .int16(0)
      .int32(0)
      .array([0], () =>
        answer.string('topic').array([0], () =>
          answer
            .int32(0)
            .int16(errorCode)
            .int64(batch ? sent.length : -1)
            .int64(batch ? sent.length : -1)
            .int64(0)
            .int32(-1)
            .int32(-1)
            .bytes(batch),
        ),
      )
}

/** The position of the first partition of a Fetch v11. */
function firstPosition(body: Reader): number {
  for (let field = 0; field < 4; field++) body.int32()
  body.int8()
  for (let field = 0; field < 3; field++) body.int32()
  body.string()
  for (let field = 0; field < 3; field++) body.int32()
  return body.int64()
}

const values = (answers: readonly FetchedPartition[]) =>
  answers.flatMap(answer => answer.records).map(found => Buffer.from(found.value!).toString())

suite('record reader against scripted brokers', test => {
  const started: FakeBroker[] = []
  test.after.each(async () => {
    for (const broker of started.splice(0)) await broker.close()
  })

  async function reading(handlers: Record<string, FakeHandler>) {
    const broker = await FakeBroker.start(handlers)
    started.push(broker)
    const client = await broker.connect()
    const reader: RecordReader = client.reader({ isolation: 'read_committed', maxWaitMs: 20 })
    reader.seek({ topic: 'topic', partition: 0 }, 0)
    return { broker, client, reader }
  }

  test('a partition whose leader moved is read from the new one', async () => {
    const second = await FakeBroker.start({ Fetch: fetched('from the second') })
    started.push(second)
    let leader = 1
    const { broker, reader } = await reading({
      Fetch: () => {
        leader = 2
        return fetched(notLeader)()
      },
      Metadata: (_, fake) => answer => fake.metadata(answer, { leader, others: [second] }),
    })
    assert.equal(values(await reader.poll()), ['from the second'])
    assert.equal([broker.count('Fetch'), second.count('Fetch')], [1, 1])
  })

  test('a lost connection is replaced, and the same position asked for', async () => {
    let asked = 0
    const { broker, reader } = await reading({
      Fetch: () => (asked++ === 0 ? 'close' : fetched('again')()),
    })
    assert.equal(values(await reader.poll()), ['again'])
    broker.dropConnections()
    reader.seek({ topic: 'topic', partition: 0 }, 0)
    assert.equal(values(await reader.poll()), ['again'])
  })

  test('a broker that stays away is told in the end, and the reader recovers when it is back', async () => {
    const { broker, reader } = await reading({ Fetch: () => 'close' })
    const error = await reader.poll().catch((thrown: unknown) => thrown)
    assert.instance(error, MillraceError)
    assert.is((error as MillraceError).code, 'BROKER_UNAVAILABLE')
    broker.handlers.Fetch = fetched('back')
    assert.equal(values(await reader.poll()), ['back'])
  })

  test('a fetch that waits does not hold up other requests: it has a connection of its own', async () => {
    let release = () => {}
    const parked = new Promise<void>(resolve => {
      release = resolve
    })
    const { broker, client, reader } = await reading({
      Fetch: async () => {
        await parked
        return fetched('late')()
      },
      ListOffsets: () => answer =>
        answer
          .int32(0)
          .array([0], () => answer.string('topic').array([0], () => answer.int32(0).int16(0).int64(-1).int64(42))),
    })
    const poll = reader.poll()
    while (broker.count('Fetch') === 0) await new Promise(resolve => setImmediate(resolve))
    assert.equal(await client.admin.listOffsets([{ topic: 'topic', partition: 0 }], 'latest'), [42])
    release()
    assert.equal(values(await poll), ['late'])
    const over = (api: string) => broker.requests.find(request => request.api === api)!.connection
    assert.is(new Set([over('Metadata'), over('ListOffsets'), over('Fetch')]).size, 3)
  })

  test('a position outside the log is said at each poll, and not moved', async () => {
    const positions: number[] = []
    const { broker, reader } = await reading({
      Fetch: ({ body }) => {
        positions.push(firstPosition(body))
        return fetched(offsetOutOfRange)()
      },
    })
    for (const _ of [0, 1]) {
      const error = await reader.poll().catch((thrown: unknown) => thrown)
      assert.instance(error, TaskCorruptedError)
      assert.is((error as MillraceError).code, 'OFFSET_OUT_OF_RANGE')
    }
    broker.handlers.Fetch = fetched('there again')
    assert.equal(values(await reader.poll()), ['there again'])
    assert.equal(positions, [0, 0])
  })

  test('an answer for a position that was left meanwhile is dropped', async () => {
    let release = () => {}
    const parked = new Promise<void>(resolve => {
      release = resolve
    })
    const positions: number[] = []
    const { broker, reader } = await reading({
      Fetch: async ({ body }) => {
        positions.push(firstPosition(body))
        if (positions.length > 1) return fetched('wanted')()
        await parked
        return fetched('stale')()
      },
    })
    const poll = reader.poll()
    while (broker.count('Fetch') === 0) await new Promise(resolve => setImmediate(resolve))
    reader.seek({ topic: 'topic', partition: 0 }, 0)
    release()
    assert.equal(await poll, [])
    assert.equal(values(await reader.poll()), ['wanted'])
  })

  test('a damaged batch is fetched again', async () => {
    const broken = encodeBatch([outgoing(0, 'damaged')], noProducer)
    broken[broken.length - 2]! ^= 1
    let asked = 0
    const { reader } = await reading({
      Fetch: () =>
        asked++ > 0
          ? fetched('whole')()
          : answer =>
              answer
                .int32(0)
                .int16(0)
                .int32(0)
                .array([0], () =>
                  answer
                    .string('topic')
                    .array([0], () =>
                      answer.int32(0).int16(0).int64(1).int64(1).int64(0).int32(-1).int32(-1).bytes(broken),
                    ),
                ),
    })
    const error = await reader.poll().catch((thrown: unknown) => thrown)
    assert.is((error as MillraceError).code, 'BROKER_UNAVAILABLE')
    assert.equal(values(await reader.poll()), ['whole'])
  })

  const large = ['a', 'b', 'c'].map(letter => letter.repeat(600_000))
  const firsts = (answers: readonly FetchedPartition[]) => values(answers).map(value => value[0])

  test('an answer is handed out a stretch a poll, without another fetch', async () => {
    const { broker, reader } = await reading({ Fetch: fetched(large[0]!, ...large.slice(1)) })
    for (const [index, letter] of ['a', 'b', 'c'].entries()) {
      const answers = await reader.poll()
      assert.equal(firsts(answers), [letter])
      assert.equal([answers[0]!.position, answers[0]!.endOffset], [index + 1, 3])
      assert.is(broker.count('Fetch'), 1)
    }
  })

  test('a partition paused in the middle of an answer goes on there; one that was moved is fetched anew', async () => {
    const { broker, reader } = await reading({ Fetch: fetched(large[0]!, ...large.slice(1)) })
    const at = { topic: 'topic', partition: 0 }
    assert.equal(firsts(await reader.poll()), ['a'])
    reader.pause(at)
    assert.equal(await reader.poll(), [])
    reader.resume(at)
    assert.equal(firsts(await reader.poll()), ['b'])
    assert.is(broker.count('Fetch'), 1)
    reader.seek(at, 0)
    assert.equal(firsts(await reader.poll()), ['a'])
    assert.is(broker.count('Fetch'), 2)
  })

  test('other partitions are asked for while an answer is read, by a fetch that does not wait', async () => {
    const waits: number[] = []
    const { broker, reader } = await reading({
      Fetch: ({ body }) => {
        body.int32()
        waits.push(body.int32())
        return fetched(large[0]!, ...large.slice(1))()
      },
    })
    assert.equal(firsts(await reader.poll()), ['a'])
    reader.seek({ topic: 'topic', partition: 1 }, 0)
    assert.equal(firsts(await reader.poll()), ['b'])
    while (broker.count('Fetch') < 2) await new Promise(resolve => setImmediate(resolve))
    assert.equal(waits, [20, 0])
  })
})
