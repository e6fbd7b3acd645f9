import * as assert from 'uvu/assert'
import type { LetterFilter } from '../../../ops/dlq/letter-filter.ts'
import { readStates } from '../../../ops/dlq/letter-states.ts'
import { openLetters, readLetters } from '../../../ops/dlq/read-letters.ts'
import { settleLetters } from '../../../ops/dlq/settle-letters.ts'
import { partitionsOf, readRaw } from '../../../topology/app/topics/read-raw.ts'
import type { BrokerFaults } from '../../../topology/broker/memory/faults.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { OutgoingRecord, RawRecord } from '../../../topology/broker/port.ts'
import { ProcessorError, SerdeError } from '../../../topology/definition/errors.ts'
import { deadLetter, letterOfOutput, reducedLetter } from '../../../topology/runtime/dead-letter.ts'
import { NodeFailure } from '../../../topology/runtime/node-failure.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { suite } from '../../support/suite.ts'

const at = Date.parse('2026-01-02T03:04:05Z')
const config = { 'cleanup.policy': 'delete' }
const retried = { state: 'retried' } as const

/** The dead letter of a record of `orders`, partition 1. */
function letterAt(record: OutgoingRecord, offset: number, error: Error, stage: 'decode' | 'process', minutes = 0) {
  const time = at + minutes * 60_000
  const where = { application: 'app', subtopology: 'risk', processor: stage === 'decode' ? 'risk' : 'check' }
  return deadLetter(
    { ...record, offset },
    { error, stage, ...where, attempts: 1, firstFailureAt: time, lastFailureAt: time },
  )
}

/** `orders` with three records, of which 0 (decode) and, an hour later, 2 (process) were dead-lettered. */
async function deadLettered(faults?: BrokerFaults) {
  const cluster = new MemoryBroker({ clock: systemClock, ...(faults && { faults }) })
  const broker = cluster.connect()
  await broker.admin.createTopics([
    { name: 'orders', partitions: 2, config },
    { name: 'orders.dlq', partitions: 2, config: { ...config, 'retention.ms': '1000' } },
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
  await writer.send([
    letterAt(records[0]!, 0, new SerdeError('DECODE_FAILED', 'not Avro'), 'decode'),
    letterAt(records[2]!, 2, new ProcessorError('PROCESS_FAILED', 'no such book'), 'process', 60),
  ])
  return { broker, writer, clean: () => cluster.clean() }
}

async function all(broker: Parameters<typeof readLetters>[0], topic: string): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  for await (const record of readRaw(broker, await partitionsOf(broker, [topic]))) records.push(record)
  return records
}

const headersOf = (record: RawRecord) =>
  Object.fromEntries(record.headers.map(({ key, value }) => [key, String(value)]))

suite('dead letters', test => {
  test('are read with where they came from and why, and are open', async () => {
    const { broker } = await deadLettered()
    const [first, second, ...more] = await readLetters(broker)
    assert.equal(more, [])
    assert.is(first!.place, 'orders.dlq/1/0')
    assert.equal(first!.source, { topic: 'orders', partition: 1, offset: 0 })
    assert.equal(
      [first!.code, first!.message, first!.lastFailure],
      ['DECODE_FAILED', 'not Avro', '2026-01-02T03:04:05.000Z'],
    )
    assert.match(first!.stack, 'letters.test.ts')
    assert.equal([first!.state, first!.origin, first!.retries], ['open', first!.place, 0])
    assert.equal([second!.stage, second!.processor, second!.source.offset], ['process', 'check', 2])
  })

  test('are chosen by application, topic, processor, sub-topology, code, time and place', async () => {
    const { broker } = await deadLettered()
    const places = async (filter: LetterFilter) =>
      (await readLetters(broker, filter)).map(letter => letter.place.slice(11))
    assert.equal(await places({ topic: 'orders' }), ['1/0', '1/1'])
    assert.equal(await places({ topic: 'orders.dlq', code: 'PROCESS_FAILED' }), ['1/1'])
    assert.equal(await places({ application: 'app' }), ['1/0', '1/1'])
    assert.equal(await places({ application: 'another' }), [])
    assert.equal(await places({ processor: 'check' }), ['1/1'])
    assert.equal(await places({ processor: 'risk' }), ['1/0', '1/1'])
    assert.equal(await places({ since: at + 1 }), ['1/1'])
    assert.equal(await places({ until: at + 1 }), ['1/0'])
    assert.equal(await places({ places: ['orders.dlq/1/0'] }), ['1/0'])
  })

  test('a slip in a name is an error that names the nearest one', async () => {
    const { broker } = await deadLettered()
    for (const [filter, said] of [
      [{ topic: 'oders' }, "topic 'oders' has no dead-letter topic; did you mean 'orders'?"],
      [{ topic: 'fills' }, "topic 'fills' has no dead-letter topic: choose among 'orders'"],
      [{ application: 'apq' }, "no dead letter is of application 'apq'; did you mean 'app'?"],
      [{ processor: 'chekc' }, "no dead letter is of processor 'chekc'; did you mean 'check'?"],
      [{ code: 'DECODE_FALIED' }, "there is no error code 'DECODE_FALIED'; did you mean 'DECODE_FAILED'?"],
      [{ places: ['orders.dlq/1'] }, "'orders.dlq/1' is no place of a dead letter: write <topic>/<partition>/<offset>"],
      [{ places: ['oders.dlq/1/0'] }, "there is no dead-letter topic 'oders.dlq'; did you mean 'orders.dlq'?"],
      [{ places: ['orders.dlq/1/7'] }, 'there is no dead letter at orders.dlq/1/7'],
    ] as const)
      try {
        await readLetters(broker, filter)
        assert.unreachable(JSON.stringify(filter))
      } catch (error) {
        assert.ok((error as Error).message.startsWith(said), (error as Error).message)
      }
  })

  test('go back as they were, addressed to the group that failed, once, however often that is asked for', async () => {
    const { broker } = await deadLettered()
    const letters = await openLetters(broker)
    const second = await settleLetters(broker, systemClock, letters.slice(1), retried)
    assert.is(second.done.length, 1)
    const again = await settleLetters(broker, systemClock, letters, retried)
    assert.equal(
      [again.done, again.skipped].map(list => list.map(letter => letter.place)),
      [['orders.dlq/1/0'], ['orders.dlq/1/1']],
    )
    assert.equal(await openLetters(broker), [])
    assert.equal(
      (await readLetters(broker)).map(({ state }) => state),
      ['retried', 'retried'],
    )

    const back = (await all(broker, 'orders')).slice(3)
    assert.equal(
      back.map(({ partition, timestamp, key, value }) => [partition, timestamp, String(key), String(value)]),
      [
        [1, 1_000, 'k', 'z'],
        [1, 1_000, 'k', 'x'],
      ],
    )
    assert.equal(Object.entries(headersOf(back[0]!)), [
      ['traceparent', 't'],
      ['millrace.retry.letter', 'orders.dlq/1/1'],
      ['millrace.retry.origin', 'orders.dlq/1/1'],
      ['millrace.retry.count', '1'],
      ['millrace.retry.group', 'app-risk'],
    ])
  })

  test('of two runs at once each record is sent by one', async () => {
    const { broker } = await deadLettered()
    const letters = await openLetters(broker)
    await Promise.allSettled([1, 2, 3].map(() => settleLetters(broker, systemClock, letters, retried)))
    await settleLetters(broker, systemClock, letters, retried)
    assert.is((await all(broker, 'orders')).length, 5)
    assert.equal(await openLetters(broker), [])
  })

  for (const kind of ['drop-reply', 'drop-request'] as const)
    test(`a run whose commit gets no answer (${kind}) learns its outcome, and sends nothing twice`, async () => {
      let ends = 0
      const { broker } = await deadLettered({
        onRequest: ({ api }) => (api === 'EndTxn' && ends++ === 0 ? { kind } : undefined),
      })
      const { done, skipped } = await settleLetters(broker, systemClock, await openLetters(broker), retried)
      assert.equal([done.length, skipped.length], [2, 0])
      assert.is((await all(broker, 'orders')).length, 5)
      assert.equal(await openLetters(broker), [])
    })

  test('that fail again chain to their origin; those that do not are resolved when their group is past them', async () => {
    const { broker, writer } = await deadLettered()
    await settleLetters(broker, systemClock, await openLetters(broker), retried)
    const [sentFirst, sentSecond] = (await all(broker, 'orders')).slice(3)
    const failure = new ProcessorError('PROCESS_FAILED', 'still no such book')
    await writer.send([letterAt(sentSecond!, sentSecond!.offset, failure, 'process', 90)])
    const states = async () =>
      (await readLetters(broker)).map(({ state, failedAgainAs = '' }) => `${state} ${failedAgainAs}`)
    assert.equal(await states(), ['retried ', 'retried orders.dlq/1/2', 'open '])
    const committed = { topic: 'orders', partition: 1, offset: sentFirst!.offset + 1, metadata: '' }
    await broker.admin.commitOffsets('app-risk', [committed])
    assert.equal(await states(), ['resolved ', 'retried orders.dlq/1/2', 'open '])

    const [third] = await openLetters(broker)
    assert.equal([third!.previous, third!.origin, third!.retries], ['orders.dlq/1/1', 'orders.dlq/1/1', 1])
    await settleLetters(broker, systemClock, [third!], retried)
    const last = headersOf((await all(broker, 'orders')).at(-1)!)
    assert.equal(
      [last['millrace.retry.letter'], last['millrace.retry.origin'], last['millrace.retry.count'], last.traceparent],
      ['orders.dlq/1/2', 'orders.dlq/1/1', '2', 't'],
    )
    assert.equal(
      Object.keys(last).filter(key => key.startsWith('millrace.dlq')),
      [],
    )
  })

  test('that are given up keep their reason, and send nothing', async () => {
    const { broker } = await deadLettered()
    const reason = 'a test of the bot'
    await settleLetters(broker, systemClock, (await openLetters(broker)).slice(0, 1), { state: 'dropped', reason })
    const [first, second] = await readLetters(broker)
    assert.equal([first!.state, first!.reason, second!.state], ['dropped', reason, 'open'])
    assert.is((await all(broker, 'orders')).length, 3)
  })

  test('states of letters that have left their topic are forgotten by the next run', async () => {
    const { broker, writer, clean } = await deadLettered()
    await settleLetters(broker, systemClock, await openLetters(broker), retried)
    const records = await all(broker, 'orders')
    clean()
    await writer.send([letterAt(records[1]!, 1, new Error('boom'), 'process', 120)])
    assert.is((await readStates(broker, ['orders.dlq'])).size, 2)
    await settleLetters(broker, systemClock, await openLetters(broker), retried)
    assert.equal([...(await readStates(broker, ['orders.dlq'])).keys()], ['orders.dlq/1/2'])
  })

  test('a state is never taken for that of another letter, when the topic is made anew', async () => {
    const { broker, writer } = await deadLettered()
    await settleLetters(broker, systemClock, await openLetters(broker), retried)
    const records = await all(broker, 'orders')
    await broker.admin.deleteTopics(['orders.dlq'])
    await broker.admin.createTopics([{ name: 'orders.dlq', partitions: 2, config }])
    await writer.send([letterAt(records[1]!, 1, new Error('boom'), 'process', 120)])
    assert.equal(
      (await readLetters(broker)).map(({ state }) => state),
      ['open'],
    )
  })

  test('without the value of their record cannot be sent back, and can be dropped', async () => {
    const { broker, writer } = await deadLettered()
    const [letter] = await all(broker, 'orders.dlq')
    await writer.send([{ ...reducedLetter(letter!, at), partition: 0 }])
    const reduced = (await openLetters(broker)).filter(each => each.reduced)
    assert.equal(
      reduced.map(({ place, source }) => [place, source.offset]),
      [['orders.dlq/0/0', 0]],
    )
    const refusal = await settleLetters(broker, systemClock, await openLetters(broker), retried).catch(error => error)
    assert.match(refusal.message, 'orders.dlq/0/0')
    assert.is((await all(broker, 'orders')).length, 3)
    const { done } = await settleLetters(broker, systemClock, reduced, { state: 'dropped', reason: 'sent by hand' })
    assert.is(done.length, 1)
  })

  test('of an output that came of no record go back to everybody who reads its topic, with its own time', async () => {
    const { broker, writer } = await deadLettered()
    const output = { topic: 'orders', partition: 0, key: null, value: Buffer.from('tick'), headers: [] }
    const failure = new NodeFailure('sink', undefined, new SerdeError('RECORD_REFUSED', 'ahead'))
    const task = { application: 'app', subtopology: 'risk', input: 'orders', partition: 1 }
    await writer.send([letterOfOutput({ ...output, timestamp: 5_000 }, task, failure, at)])
    const letters = (await openLetters(broker)).filter(({ source }) => source.offset === -1)
    await settleLetters(broker, systemClock, letters, retried)
    const back = (await all(broker, 'orders')).filter(({ partition }) => partition === 0)
    assert.equal(
      back.map(record => [String(record.value), record.timestamp, headersOf(record)['millrace.retry.group']]),
      [['tick', 5_000, undefined]],
    )
  })
})
