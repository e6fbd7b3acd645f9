import { crc32 } from 'node:zlib'
import * as assert from 'uvu/assert'
import { signalEvent } from '../../../processors/domain/shared/signal-event.ts'
import { tradingSignals } from '../../../processors/topics.ts'
import type { TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import { bindTopics } from '../../../store/outbox/bound-topic.ts'
import { partitionOf } from '../../../topology/runtime/partitioner.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'
import type { AnyJson } from '../support/any-json.ts'
import { send } from '../support/stub-app.ts'
import { postLate } from './support/late-signal.ts'
import { type Pipeline, startPipeline } from './support/pipeline.ts'
import { answered, msft, post, signal } from './support/pipeline-requests.ts'

const { database } = await realParts({ postgres: true })
let pipeline: Pipeline

const murmur2 = partitionOf
/** The default of librdkafka: CRC-32 of the key, modulo the partitions (`rd_kafka_msg_partitioner_consistent_random`). */
const librdkafka = (key: Uint8Array, partitions: number) => crc32(key) % partitions

/** A signal as another producer makes it. */
function event(idempotencyKey: string, more: Readonly<Record<string, unknown>> = {}): TradingSignalEvent {
  const payload = {
    ...{ signalId: idempotencyKey, idempotencyKey, strategyId: 'bot', portfolioId: 'alpha-01', exchange: 'XNAS' },
    ...{ instrumentId: 'MSFT', side: 'BUY', quantity: 10n ** 19n, orderType: 'MARKET', limitPrice: null },
    ...{ referencePrice: 285n * 10n ** 17n, reduceOnly: false, validUntil: null, timeInForce: null, ...more },
  } as TradingSignalEvent['payload']
  return signalEvent(payload, Date.now(), 'python')
}

/** Writes an event as a foreign producer does: with a partitioner, and perhaps a key, of its own. */
async function produce(value: TradingSignalEvent, partitioner: typeof murmur2, key = value.key): Promise<void> {
  const { broker, registry } = pipeline.parts
  const bound = (await bindTopics([tradingSignals], broker, registry)).get(tradingSignals.name)!
  const keyBytes = bound.key.encode(key)!
  const partition = partitioner(keyBytes, bound.partitions)
  const record = { topic: tradingSignals.name, partition, timestamp: value.occurredAt, key: keyBytes, headers: [] }
  const writer = await broker.writer()
  await writer.send([{ ...record, value: bound.value.encode(value) }])
  await writer.close()
}

async function get(path: string): Promise<AnyJson> {
  const response = await pipeline.gateway.app.request(path)
  return { status: response.status, ...((await response.json()) as object) }
}

const statusOf = (key: string) => get(`/v1/portfolios/alpha-01/signals/${key}`)

async function decided(key: string): Promise<AnyJson> {
  await waitFor(async () => (await statusOf(key)).state === 'DECIDED', { what: `'${key}' is not decided` })
  return statusOf(key)
}

/** The messages of the dead letters of signals. */
async function deadLetters(count: number): Promise<readonly string[]> {
  const { broker } = pipeline.parts
  const topic = `${tradingSignals.name}.dlq`
  const ends = async () => {
    const partitions = Array.from({ length: 6 }, (_, partition) => ({ topic, partition }))
    return broker.admin.listOffsets(partitions, 'latest')
  }
  await waitFor(async () => (await ends()).reduce((sum, end) => sum + end, 0) >= count, { what: 'no dead letter' })
  const reader = broker.reader({ isolation: 'read_committed' })
  const messages: string[] = []
  for (const [partition, end] of (await ends()).entries()) if (end > 0) reader.seek({ topic, partition }, 0)
  while (messages.length < count)
    for (const { records } of await reader.poll())
      for (const { headers } of records)
        messages.push(String(headers.find(({ key }) => key === 'millrace.dlq.error.message')?.value))
  await reader.close()
  return messages
}

suite('signals of other producers', test => {
  test.before(async () => {
    pipeline = await startPipeline(await database())
    await post(pipeline.gateway, '/v1/instruments', msft)
    await answered(pipeline.gateway, '/v1/instruments/XNAS/MSFT?minVersion=1&waitMs=10000')
  })

  test('the default partitioner of librdkafka gets a named dead letter, murmur2 a decision under the same key', async () => {
    const value = event('k1')
    assert.is.not(
      librdkafka(Buffer.from(value.key), 6),
      murmur2(Buffer.from(value.key), 6),
      'the example shows something',
    )
    await produce(value, librdkafka)
    assert.match((await deadLetters(1))[0]!, /is on partition \d, and its key belongs on \d: .*murmur2/)
    await produce(value, murmur2)
    const { outcome, fingerprint } = await decided('k1')
    assert.equal([outcome, fingerprint], ['APPROVED', null])
  })

  test('a key that is not the instrument’s gets a named dead letter, and its idempotency key is still free', async () => {
    const value = event('k2')
    await produce(value, murmur2, 'XNAS:AAPL')
    await produce({ ...value, key: 'MSFT' }, murmur2, 'XNAS:MSFT')
    const messages = (await deadLetters(3)).filter(message => message.includes('KEY_MISMATCH'))
    assert.is(messages.length, 2)
    assert.is((await statusOf('k2')).status, 404)
    await produce(value, murmur2)
    assert.is((await decided('k2')).outcome, 'APPROVED')
  })

  test('a posted signal has a fingerprint and a status; a key that was used for something else answers 409', async () => {
    const response = await post(pipeline.gateway, '/v1/signals', signal('k3'))
    const { fingerprint, status } = (await response.json()) as AnyJson
    assert.match(fingerprint, /^[0-9a-f]{64}$/)
    assert.is(status, '/v1/portfolios/alpha-01/signals/k3')
    const settled = await decided('k3')
    assert.equal([settled.fingerprint, settled.outcome], [fingerprint, 'APPROVED'])
    const again = async (key: string, more: Readonly<Record<string, unknown>>) =>
      (await pipeline.gateway.app.request(send('/v1/signals', 'POST', signal(key, more)))).status
    assert.is(await again('k3', { quantity: '11' }), 409, 'first seen over HTTP')
    assert.is(await again('k1', { quantity: '11' }), 409, 'first seen in Kafka')
    assert.is(await again('k1', {}), 202, 'the same request')
  })

  test('a signal that lost its key to another one on the way is reported as a dead letter', async () => {
    const { outbox } = pipeline
    await produce(event('k4', { quantity: 10n ** 18n }), murmur2)
    await decided('k4')
    // As if both had been posted at one moment: the row of the request is there, its record comes second.
    await postLate(outbox, 'k4')
    const found = await statusOf('k4')
    assert.equal([found.state, found.reasonCode, found.outcome], ['DEAD_LETTERED', 'IDEMPOTENCY_CONFLICT', null])
  })

  test.after(() => pipeline.close())
})
