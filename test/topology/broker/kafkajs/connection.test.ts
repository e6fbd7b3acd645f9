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
      .array([0], () =>
        answer
          .string('topic')
          .array([0], () => answer.int32(0).int64(offset).int32(-1).string('m').int16(errorCode).tags())
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

  const refusal = async (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: MillraceError) => error,
    )

  test('a broker that is too old for a request is named as such, and so is one that is too new', async () => {
    broker = await FakeBroker.start()
    broker.newest.OffsetFetch = 5
    const client = await broker.connect()
    const old = await refusal(client.admin.committedOffsets('group', at))
    assert.is(old?.code, 'UNSUPPORTED')
    const place = `the broker 127.0.0.1:${broker.port}`
    assert.is(
      old?.message,
      `no version of OffsetFetch is known to both sides: ${place} takes v0 to v5, this client has v7 to v9: use Kafka 2.5 or newer, or a broker compatible with it`,
    )
    await client.close()

    broker.newest.OffsetFetch = 40
    broker.oldest.OffsetFetch = 30
    const other = await broker.connect()
    const fresh = await refusal(other.admin.committedOffsets('group', at))
    assert.is(fresh?.code, 'UNSUPPORTED')
    assert.match(
      fresh?.message ?? '',
      'takes v30 to v40, this client has v7 to v9: update millrace, or use an older broker',
    )
    assert.is(broker.count('OffsetFetch'), 0)
  })

  test('a request goes out in the newest version that both sides know, which a node is asked for once a connection', async () => {
    const versions: number[] = []
    broker = await FakeBroker.start({
      OffsetFetch: ({ version }) => {
        versions.push(version)
        const group = offsetFetch(0, version)()
        if (version < 8 || typeof group !== 'function') return group
        // Since v8 the answer is a list of groups.
        return answer => {
          answer
            .int32(0)
            .array(['group'], () =>
              answer
                .string('group')
                .array(['topic'], () => {
                  answer
                    .string('topic')
                    .array([0], () => answer.int32(0).int64(version).int32(-1).string('m').int16(0).tags())
                    .tags()
                })
                .int16(0)
                .tags(),
            )
            .tags()
        }
      },
    })
    for (const [newest, sent] of [
      [7, 7],
      [8, 8],
      [9, 9],
      [20, 9],
    ] as const) {
      broker.newest.OffsetFetch = newest
      const client = await broker.connect()
      assert.equal(await client.admin.committedOffsets('group', at), [{ offset: sent, metadata: 'm' }])
      const asked = broker.count('ApiVersions')
      await client.admin.committedOffsets('group', at)
      assert.is(broker.count('ApiVersions'), asked)
      await client.close()
    }
    assert.equal(versions, [7, 7, 8, 8, 9, 9, 9, 9])
  })

  test('requireStable is asked for, and pending offsets are waited for', async () => {
    const asked: boolean[] = []
    broker = await FakeBroker.start({
      OffsetFetch: ({ body }) => {
        body.string()
        body.array(() => {
          body.string()
          body.array(() => body.int32())
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
      assert.ok(timers() <= before, `${timers()} timers, ${before} before`)
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
