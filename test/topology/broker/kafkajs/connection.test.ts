import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { connectError } from '../../../../topology/broker/kafkajs/connection.ts'
import { assertVersion, kafkajsVersion } from '../../../../topology/broker/kafkajs/internals.ts'
import { kafkajsBroker } from '../../../../topology/broker/kafkajs/kafkajs-broker.ts'
import { FatalError, type MillraceError } from '../../../../topology/definition/errors.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'
import { suite } from '../../../support/suite.ts'
import { type FakeAnswer, FakeBroker } from './fake-broker.ts'

const unstableOffsetCommit = 88
const at = [{ topic: 'topic', partition: 0 }]

function offsetFetch(errorCode: number, offset = -1): () => FakeAnswer {
  return () => answer =>
    answer
      .int32(0)
      .compactArray([0], () =>
        answer
          .compactString('topic')
          .compactArray([0], () => answer.int32(0).int64(offset).int32(-1).compactString('m').int16(errorCode).tags())
          .tags(),
      )
      .int16(0)
      .tags()
}

const failed = async (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: MillraceError) => error.code,
  )

suite('kafkajs connections', test => {
  let broker: FakeBroker | undefined
  test.after.each(async () => {
    await broker?.close()
    broker = undefined
  })

  test('another version of kafkajs is refused when its internals load', () => {
    assert.not.throws(() => assertVersion(kafkajsVersion))
    assert.throws(
      () => assertVersion('2.2.5'),
      (error: unknown) => error instanceof FatalError && error.code === 'UNSUPPORTED',
    )
  })

  test('a broker that is too old for a request is named as such', async () => {
    broker = await FakeBroker.start({
      // OffsetFetch up to v5 only.
      ApiVersions: () => answer =>
        answer.int16(0).array([3, 9, 10], (_, key) =>
          answer
            .int16(key)
            .int16(0)
            .int16(key === 10 ? 20 : 5),
        ),
    })
    const client = await broker.connect()
    assert.is(await failed(client.admin.committedOffsets('group', at)), 'UNSUPPORTED')
  })

  test('requireStable is asked for, and pending offsets are waited for', async () => {
    const asked: boolean[] = []
    broker = await FakeBroker.start({
      OffsetFetch: ({ body }) => {
        body.compactString()
        body.compactArray(() => {
          body.compactString()
          body.compactArray(() => body.int32())
          body.tags()
        })
        asked.push(body.boolean())
        return (asked.length < 3 ? offsetFetch(unstableOffsetCommit) : offsetFetch(0, 17))()
      },
    })
    const client = await broker.connect()
    assert.equal(await client.admin.committedOffsets('group', at), [{ offset: 17, metadata: 'm' }])
    assert.equal(asked, [true, true, true])
  })

  test('a client outlives the loss of all its connections', async () => {
    broker = await FakeBroker.start({ OffsetFetch: offsetFetch(0, 3) })
    const client = await broker.connect()
    for (let loss = 0; loss < 3; loss++) {
      assert.equal(await client.admin.committedOffsets('group', at), [{ offset: 3, metadata: 'm' }])
      broker.dropConnections()
    }
    assert.equal(await client.admin.committedOffsets('group', at), [{ offset: 3, metadata: 'm' }])
  })

  test('a connection with nothing to send sets no timer', async () => {
    broker = await FakeBroker.start({ OffsetFetch: offsetFetch(0, 3) })
    const timers = () => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
    const before = timers()
    const client = await broker.connect()
    await client.admin.committedOffsets('group', at)
    for (let look = 0; look < 10; look++) {
      await sleep(5)
      assert.is(timers(), before)
    }
  })

  test('a closed client gives out no connections', async () => {
    broker = await FakeBroker.start()
    const client = await broker.connect()
    await client.close()
    const reader = client.reader({ isolation: 'read_committed' })
    reader.seek(at[0]!, 0)
    const asked = broker.count('ApiVersions')
    await reader.poll().catch(() => {})
    await reader.close()
    assert.is(broker.count('ApiVersions'), asked)
  })

  test('a node that hangs is asked last from then on', async () => {
    const second = await FakeBroker.start({
      FindCoordinator: (_, fake) => answer =>
        answer.int32(0).int16(0).string(null).int32(2).string('127.0.0.1').int32(fake.port),
    })
    broker = await FakeBroker.start({
      Metadata: (_, fake) => answer => fake.metadata(answer, { others: [second] }),
      FindCoordinator: () => 'silence',
    })
    const client = await broker.connect(500)
    for (const transactionalId of ['one', 'two', 'three', 'four']) await client.producer({ transactionalId }).init()
    assert.equal([broker.count('FindCoordinator'), second.count('FindCoordinator')], [1, 4])
    await second.close()
  })

  test('no broker at the address, and an address that is none, are two errors', async () => {
    const free = await FakeBroker.start()
    const { port } = free
    await free.close()
    const options = { clock: systemClock, retryForMs: 50 }
    assert.is(await failed(kafkajsBroker({ ...options, brokers: [`127.0.0.1:${port}`] })), 'BROKER_UNAVAILABLE')
    assert.is(await failed(kafkajsBroker({ ...options, brokers: ['localhost'] })), 'CONFIG_INVALID')
  })

  test('a server that accepts and says nothing does not hold the client for ever', async () => {
    broker = await FakeBroker.start({ ApiVersions: () => 'silence' })
    const options = { clock: systemClock, retryForMs: 50, connectTimeoutMs: 50 }
    assert.is(await failed(kafkajsBroker({ ...options, brokers: [`127.0.0.1:${broker.port}`] })), 'BROKER_UNAVAILABLE')
  })

  test('credentials that a broker refuses are wrong; a connection that is lost while it signs in is an outage', () => {
    // src/errors.js and src/broker/saslAuthenticator of kafkajs: whatever goes wrong becomes a SASL error.
    const signingIn = (why: string) =>
      Object.assign(new Error(`SASL PLAIN authentication failed: ${why}`), { name: 'KafkaJSSASLAuthenticationError' })
    const code = (cause: unknown) => (connectError('kafka:9093', cause) as MillraceError).code
    assert.is(code(signingIn('Authentication failed: Invalid username or password')), 'CONFIG_INVALID')
    const type = 'UNSUPPORTED_SASL_MECHANISM'
    assert.is(code(Object.assign(new Error('no such mechanism'), { type })), 'CONFIG_INVALID')
    for (const why of ['Closed connection', 'Connection error: read ECONNRESET', 'no handshake within 9000 ms'])
      assert.is(code(signingIn(why)), 'BROKER_UNAVAILABLE', why)
  })
})
