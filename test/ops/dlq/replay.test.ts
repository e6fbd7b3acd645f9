import * as assert from 'uvu/assert'
import { readLetters } from '../../../ops/dlq/read-letters.ts'
import { replayedHeader, replayLetters } from '../../../ops/dlq/replay-letters.ts'
import { partitionsOf, readRaw } from '../../../topology/app/topics/read-raw.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { Broker, RawRecord } from '../../../topology/broker/port.ts'
import { ProcessorError, SerdeError } from '../../../topology/definition/errors.ts'
import { deadLetter } from '../../../topology/runtime/dead-letter.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { suite } from '../../support/suite.ts'

const at = Date.parse('2026-01-02T03:04:05Z')

/** `orders` with three records, of which 0 (decode) and 2 (process) were dead-lettered. */
async function deadLettered(): Promise<Broker> {
  const broker = new MemoryBroker({ clock: systemClock }).connect()
  const config = { 'cleanup.policy': 'delete' }
  await broker.admin.createTopics([
    { name: 'orders', partitions: 2, config },
    { name: 'orders.dlq', partitions: 2, config },
  ])
  const records = ['x', 'y', 'z'].map(text => ({
    topic: 'orders',
    partition: 1,
    timestamp: 1_000,
    key: Buffer.from('k'),
    value: Buffer.from(text),
    headers: [{ key: 'traceparent', value: Buffer.from('t') }],
  }))
  const writer = await broker.writer()
  await writer.send(records)
  const failed = (offset: number, error: Error, stage: 'decode' | 'process') =>
    deadLetter(
      { ...records[offset]!, offset },
      {
        error,
        stage,
        application: 'app',
        subtopology: 'risk',
        processor: 'risk',
        attempts: 1,
        firstFailureAt: at,
        lastFailureAt: at,
      },
    )
  await writer.send([
    failed(0, new SerdeError('DECODE_FAILED', 'not Avro'), 'decode'),
    failed(2, new ProcessorError('PROCESS_FAILED', 'no such book'), 'process'),
  ])
  await writer.close()
  return broker
}

async function all(broker: Broker, topic: string): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  for await (const record of readRaw(broker, await partitionsOf(broker, [topic]))) records.push(record)
  return records
}

suite('dead letters', test => {
  test('are read with where they came from and why', async () => {
    const [first, second, ...more] = await readLetters(await deadLettered())
    assert.equal(more, [])
    assert.is(first!.place, 'orders.dlq/1/0')
    assert.equal(first!.source, { topic: 'orders', partition: 1, offset: 0 })
    assert.is(first!.code, 'DECODE_FAILED')
    assert.is(first!.message, 'not Avro')
    assert.is(first!.lastFailure, '2026-01-02T03:04:05.000Z')
    assert.equal([second!.stage, second!.processor, second!.source.offset], ['process', 'risk', 2])
  })

  test('are chosen by topic, code, processor and place', async () => {
    const broker = await deadLettered()
    const places = async (filter: Parameters<typeof readLetters>[1]) =>
      (await readLetters(broker, filter)).map(letter => letter.place)
    assert.equal(await places({ topic: 'orders' }), ['orders.dlq/1/0', 'orders.dlq/1/1'])
    assert.equal(await places({ topic: 'fills' }), [])
    assert.equal(await places({ code: 'PROCESS_FAILED' }), ['orders.dlq/1/1'])
    assert.equal(await places({ processor: 'books' }), [])
    assert.equal(await places({ places: ['orders.dlq/1/0'] }), ['orders.dlq/1/0'])
  })

  test('go back as they were, once, however often they are replayed', async () => {
    const broker = await deadLettered()
    const letters = await readLetters(broker, { code: 'PROCESS_FAILED' })
    const dry = await replayLetters(broker, letters, { send: false })
    assert.equal([dry.sent.length, (await all(broker, 'orders')).length], [1, 3], 'nothing is sent unless told')

    assert.is((await replayLetters(broker, letters, { send: true })).sent.length, 1)
    const again = await replayLetters(broker, await readLetters(broker), { send: true })
    assert.equal(
      [again.sent, again.skipped].map(list => list.map(letter => letter.place)),
      [['orders.dlq/1/0'], ['orders.dlq/1/1']],
    )
    const third = await replayLetters(broker, await readLetters(broker), { send: true })
    assert.equal([third.sent.length, third.skipped.length], [0, 2])

    const back = (await all(broker, 'orders')).slice(3)
    assert.equal(
      back.map(({ partition, timestamp, key, value }) => [partition, timestamp, String(key), String(value)]),
      [
        [1, 1_000, 'k', 'z'],
        [1, 1_000, 'k', 'x'],
      ],
    )
    assert.equal(
      back[0]!.headers.map(({ key, value }) => [key, String(value)]),
      [
        ['traceparent', 't'],
        [replayedHeader, 'orders.dlq/1/1'],
      ],
    )
  })
})
