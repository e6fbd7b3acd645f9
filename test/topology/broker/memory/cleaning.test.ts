import * as assert from 'uvu/assert'
import { suite } from '../../../support/suite.ts'
import { brokerAt0, contents, errorOf, pairs } from './parts.ts'

async function compactedTopic(config: Record<string, string> = {}, cleanIntervalMs?: number) {
  const parts = brokerAt0(cleanIntervalMs === undefined ? {} : { cleanIntervalMs })
  await parts.broker.admin.createTopics([
    { name: 't', partitions: 1, config: { 'cleanup.policy': 'compact', ...config } },
  ])
  const writer = await parts.broker.writer()
  return { ...parts, writer, read: () => contents(parts.clock, parts.broker, 't') }
}

suite('memory broker: cleaning', test => {
  test('the last record of each key stays, at its offset', async () => {
    const { broker, writer, read } = await compactedTopic()
    await writer.send(pairs('t', ['a', '1'], ['b', '1'], ['a', '2']))
    await writer.send(pairs('t', ['c', '1'], ['b', '2']))
    broker.compact('t')
    assert.equal(await read(), ['a=2', 'c=1', 'b=2'])
    const offsets = broker
      .inspect({ topic: 't', partition: 0 })
      .flatMap(batch => batch.records.map(each => each.offset))
    assert.equal(offsets, [2, 3, 4])
  })

  test('a tombstone stays for delete.retention.ms from its first compaction, then goes', async () => {
    const { clock, broker, writer, read } = await compactedTopic({ 'delete.retention.ms': '1000' })
    await writer.send(pairs('t', ['a', '1'], ['a', null], ['b', '1']))
    await clock.advance(5_000)
    broker.compact('t')
    assert.equal(await read(), ['a=null', 'b=1'])
    await clock.advance(999)
    broker.compact('t')
    assert.equal(await read(), ['a=null', 'b=1'])
    await clock.advance(1)
    broker.compact('t')
    assert.equal(await read(), ['b=1'])
    assert.equal(await broker.admin.listOffsets([{ topic: 't', partition: 0 }], 'latest'), [3])
  })

  test('nothing at or above the last stable offset is touched', async () => {
    const { broker, writer, read, clock } = await compactedTopic()
    await writer.send(pairs('t', ['a', '1'], ['a', '2']))
    let release = () => {}
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    const producer = broker.producer({
      transactionalId: 'tx',
      onStep: step => (step === 'before-end' ? gate : undefined),
    })
    await producer.init()
    const commit = producer.commit({ records: pairs('t', ['a', '3']) })
    await clock.settle()
    await writer.send(pairs('t', ['a', '4']))
    broker.compact('t')
    assert.equal(await read(), ['a=2'])
    release()
    await clock.resolve(commit)
    assert.equal(await read(), ['a=2', 'a=3', 'a=4'])
    broker.compact('t')
    assert.equal(await read(), ['a=4'])
  })

  test('a tail of only superseded records and markers is compacted away, and the end stays', async () => {
    const { clock, broker, writer, read } = await compactedTopic({ 'delete.retention.ms': '0' })
    await writer.send(pairs('t', ['a', '1']))
    const producer = broker.producer({ transactionalId: 'tx' })
    await producer.init()
    await clock.resolve(producer.commit({ records: pairs('t', ['a', null]) }))
    broker.compact('t')
    broker.compact('t')
    assert.equal(await read(), [])
    assert.equal(broker.inspect({ topic: 't', partition: 0 }), [])
    assert.equal(await broker.admin.listOffsets([{ topic: 't', partition: 0 }], 'committed'), [3])
  })

  test('with an interval the broker cleans by itself, and keeps no timer while nothing arrives', async () => {
    const { clock, writer, read } = await compactedTopic({}, 1_000)
    await writer.send(pairs('t', ['a', '1'], ['a', '2']))
    assert.equal(await read(), ['a=1', 'a=2'])
    await clock.runUntilIdle()
    assert.is(clock.now(), 1_000)
    assert.equal(await read(), ['a=2'])
  })

  test('records older than retention.ms go, whole batches at a time', async () => {
    const { clock, broker } = brokerAt0()
    await broker.admin.createTopics([{ name: 't', partitions: 1, config: { 'retention.ms': '1000' } }])
    const writer = await broker.writer()
    for (const timestamp of [0, 500, 2_000]) {
      await writer.send(pairs('t', ['k', `${timestamp}`]).map(each => ({ ...each, timestamp })))
    }
    await clock.advance(1_400)
    broker.clean()
    assert.equal(await broker.admin.listOffsets([{ topic: 't', partition: 0 }], 'earliest'), [1])
    assert.equal(await contents(clock, broker, 't'), ['k=500', 'k=2000'])
  })

  test('a compacted topic refuses a record without a key', async () => {
    const { writer, read } = await compactedTopic()
    assert.is((await errorOf(writer.send(pairs('t', [null, 'v'])))).code, 'RECORD_REFUSED')
    assert.equal(await read(), [])
  })

  test('a topic configuration that is no number is refused when the topic is created', async () => {
    const { broker } = brokerAt0()
    const topic = { name: 't', partitions: 1, config: { 'retention.ms': 'a week' } }
    assert.is((await errorOf(broker.admin.createTopics([topic]))).code, 'CONFIG_INVALID')
    assert.is(
      (await errorOf(broker.admin.createTopics([{ ...topic, config: {}, partitions: 0 }]))).code,
      'CONFIG_INVALID',
    )
  })
})
