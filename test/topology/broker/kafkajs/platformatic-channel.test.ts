import * as assert from 'uvu/assert'
import { kafkajsBroker } from '../../../../topology/broker/kafkajs/kafkajs-broker.ts'
import { platformaticChannels } from '../../../../topology/broker/kafkajs/platformatic-channel.ts'
import type { MillraceError } from '../../../../topology/definition/errors.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'
import { suite } from '../../../support/suite.ts'
import { acceptPartitions, answerProduce, ends, FakeBroker, outgoing, readProduce } from './fake-broker.ts'

const openChannel = await platformaticChannels()

const failed = async (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: MillraceError) => error.code,
  )

suite('the channel on @platformatic/kafka', test => {
  let broker: FakeBroker | undefined
  test.after.each(async () => {
    await broker?.close()
    broker = undefined
  })

  const committing = () =>
    FakeBroker.start({
      AddPartitionsToTxn: acceptPartitions,
      Produce: ({ body }) => {
        const partitions = readProduce(body)
        return answer => answerProduce(answer, partitions)
      },
      EndTxn: () => answer => answer.int32(0).int16(0),
    })

  test('a transaction passes, and the client outlives the loss of all its connections', async () => {
    broker = await committing()
    const client = await broker.connect(3_000, undefined, openChannel)
    for (let loss = 0; loss < 3; loss++) {
      const producer = client.producer({ transactionalId: 'one' })
      await producer.init()
      const appended = await producer.commit({ records: [outgoing(0), outgoing(1)] })
      assert.equal([...appended], ends([0, 11], [1, 11]))
      await producer.close()
      broker.dropConnections()
    }
  })

  test('an EndTxn that was written and whose connection was lost is an unknown commit', async () => {
    broker = await committing()
    broker.handlers.EndTxn = () => 'close'
    const client = await broker.connect(3_000, undefined, openChannel)
    const producer = client.producer({ transactionalId: 'one' })
    await producer.init()
    assert.is(await failed(producer.commit({ records: [outgoing(0)] })), 'COMMIT_UNKNOWN')
    assert.is(broker.count('EndTxn'), 1)
  })

  test('a request without an answer ends its connection in time', async () => {
    broker = await committing()
    broker.handlers.EndTxn = () => 'silence'
    const client = await broker.connect(200, undefined, openChannel)
    const producer = client.producer({ transactionalId: 'one' })
    await producer.init()
    assert.is(await failed(producer.commit({ records: [outgoing(0)] })), 'COMMIT_UNKNOWN')
  })

  test('no broker at the address, and one that accepts and says nothing, are outages', async () => {
    const free = await FakeBroker.start()
    const { port } = free
    await free.close()
    const options = { clock: systemClock, retryForMs: 50, connectTimeoutMs: 50, openChannel }
    assert.is(await failed(kafkajsBroker({ ...options, brokers: [`127.0.0.1:${port}`] })), 'BROKER_UNAVAILABLE')
    broker = await FakeBroker.start({ ApiVersions: () => 'silence' })
    assert.is(await failed(kafkajsBroker({ ...options, brokers: [`127.0.0.1:${broker.port}`] })), 'BROKER_UNAVAILABLE')
  })

  test('a package that is not installed is named, with what to do', async () => {
    const missing = platformaticChannels(() => Promise.reject(new Error("Cannot find package '@platformatic/kafka'")))
    const error: MillraceError = await missing.then(
      () => assert.unreachable(),
      error => error,
    )
    assert.is(error.code, 'CONFIG_INVALID')
    assert.match(error.message, /npm install @platformatic\/kafka, or choose 'kafkajs' \(KAFKA_TRANSPORT\)/)
  })
})
