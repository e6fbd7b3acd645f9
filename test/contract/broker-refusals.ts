import * as assert from 'uvu/assert'
import type { OutgoingRecord } from '../../topology/broker/port.ts'
import { RecordsRefusedError } from '../../topology/broker/record-refusal.ts'
import type { BrokerBench, BrokerCase } from './broker-bench.ts'
import { record, refused, text, values } from './broker-bench.ts'

const hourMs = 3_600_000

/** The kinds of records that a broker refuses, in a topic of the configuration that refuses them. */
const kinds: readonly {
  readonly name: string
  readonly config: Readonly<Record<string, string>>
  readonly says: RegExp
  poison(topic: string): OutgoingRecord
}[] = [
  {
    name: 'without a key, for a compacted topic',
    config: { 'cleanup.policy': 'compact' },
    says: /INVALID_RECORD \(87\).*key/,
    poison: topic => record(topic, 'poison', { key: null }),
  },
  {
    name: 'further ahead of the clock than the topic allows',
    config: { 'message.timestamp.after.max.ms': String(hourMs) },
    says: /INVALID_TIMESTAMP \(32\)/,
    poison: topic => record(topic, 'poison', { timestamp: Date.now() + 24 * 365 * hourMs }),
  },
  {
    name: 'over max.message.bytes',
    config: { 'max.message.bytes': '20000' },
    says: /MESSAGE_TOO_LARGE \(10\)/,
    poison: topic => record(topic, '', { value: new Uint8Array(30_000) }),
  },
  {
    name: 'of the timestamp 2^63-1, which no number holds',
    config: {},
    says: /timestamp/,
    poison: topic => record(topic, 'poison', { timestamp: 2 ** 63 }),
  },
]

/** Twelve records, three of which are poison: the third, the fourth and the last. */
function mixed(topic: string, poison: (topic: string) => OutgoingRecord): OutgoingRecord[] {
  return Array.from({ length: 12 }, (_, index) =>
    index === 2 || index === 3 || index === 11 ? poison(topic) : record(topic, `${index}`, { text: `key ${index}` }),
  )
}

const others = ['0', '1', '4', '5', '6', '7', '8', '9', '10']

async function valuesOf(bench: BrokerBench, topic: string): Promise<(string | null)[]> {
  return values((await bench.read(topic)).records)
}

/** A refusal belongs to one record: it is named, and no other suffers. */
export const refusalCases: readonly BrokerCase[] = kinds.flatMap(({ name, config, says, poison }) => [
  {
    name: `records ${name} are named by the error of their transaction, with the broker's words`,
    hazard: 'the engine cannot tell which record to dead-letter, and every worker ends, after each restart',
    async run(bench) {
      const [topic, elsewhere] = [await bench.topic(1, config), await bench.topic()]
      const id = bench.name('tx')
      const producer = await bench.producer(id)
      const records = [record(elsewhere, 'before'), ...mixed(topic, poison)]
      const error = await refused(bench.within(producer.commit({ records }), 'the commit to be refused'))
      await producer.close()
      assert.instance(error, RecordsRefusedError)
      const { refusals } = error as RecordsRefusedError
      assert.equal(
        refusals.map(refusal => records.indexOf(refusal.record)).sort((left, right) => left - right),
        [3, 4, 12],
      )
      for (const refusal of refusals) assert.match(refusal.error.message, says)
      const next = await bench.producer(id)
      await next.commit({ records: [record(topic, 'next')] })
      await next.close()
      await bench.until(async () => (await bench.read(topic)).records.length > 0, 'the next record')
      assert.equal(await valuesOf(bench, topic), ['next'])
      assert.equal(await valuesOf(bench, elsewhere), [])
    },
  },
  {
    name: `records ${name} are replaced in their transaction by what the caller gives instead`,
    hazard: 'an output without an input record, of a punctuator, holds up its task for ever',
    async run(bench) {
      const [topic, letters] = [await bench.topic(1, config), await bench.topic(2)]
      const producer = await bench.producer()
      const records = mixed(topic, poison)
      let asked = 0
      await producer.commit({
        records,
        replaceRefused(refusals) {
          asked += refusals.length
          return refusals.map(refusal => record(letters, `instead of ${records.indexOf(refusal.record)}`))
        },
      })
      await producer.commit({ records: [record(topic, 'next')] })
      await producer.close()
      assert.is(asked, 3)
      await bench.until(async () => (await bench.read(topic)).records.length === 10, 'both commits to show')
      assert.equal(await valuesOf(bench, topic), [...others, 'next'])
      const instead = (await valuesOf(bench, letters)).sort()
      assert.equal(instead, ['instead of 11', 'instead of 2', 'instead of 3'])
    },
  },
  {
    name: `a writer stores all records but those ${name}, and names these`,
    hazard: 'one refused record loses the others of its send, or stores some of them twice when it is repeated',
    async run(bench) {
      const topic = await bench.topic(1, config)
      const writer = await bench.client.writer()
      const records = mixed(topic, poison)
      const error = await refused(bench.within(writer.send(records), 'the send to be refused'))
      assert.instance(error, RecordsRefusedError)
      assert.equal(
        (error as RecordsRefusedError).refusals.map(refusal => text(refusal.record.key)),
        [records[2]!, records[3]!, records[11]!].map(each => text(each.key)),
      )
      await writer.send([record(topic, 'next')])
      await writer.close()
      assert.equal(await valuesOf(bench, topic), [...others, 'next'])
    },
  },
])
