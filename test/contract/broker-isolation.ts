import * as assert from 'uvu/assert'
import type { BrokerBench, BrokerCase } from './broker-bench.ts'
import { record, values } from './broker-bench.ts'

const at = (topic: string) => ({ topic, partition: 0 })

/** Waits until no open transaction is left in the partition. */
async function settled(bench: BrokerBench, topic: string): Promise<number> {
  let end = -1
  await bench.until(async () => {
    const [committed] = await bench.admin.listOffsets([at(topic)], 'committed')
    const [latest] = await bench.admin.listOffsets([at(topic)], 'latest')
    end = latest!
    return committed === latest
  }, 'the transactions to settle')
  return end
}

/** Reads from every position and compares with the first read: no position may show more. */
async function sameFromEverywhere(bench: BrokerBench, topic: string, every = 1, bytes?: number): Promise<void> {
  const end = await settled(bench, topic)
  const options = bytes === undefined ? {} : { maxBytesPerPartition: bytes }
  const { records } = await bench.read(topic, 0, options)
  for (let from = 0; from <= end; from += every) {
    const part = await bench.read(topic, 0, { ...options, from })
    assert.equal(
      part.records.map(found => found.offset),
      records.filter(found => found.offset >= from).map(found => found.offset),
      `from ${from}`,
    )
    assert.ok(part.position >= end, `position ${part.position} reaches ${end}`)
  }
}

/** read_committed: the hazards that kafkajs's own filter of aborted records does not withstand. */
export const isolationCases: readonly BrokerCase[] = [
  {
    name: 'read_uncommitted sees open and aborted records, read_committed neither',
    hazard: 'isolation is not passed on to the fetch',
    async run(bench) {
      const topic = await bench.topic()
      await bench.abort(bench.name('tx'), [record(topic, 'aborted')])
      const open = await bench.hang(bench.name('tx'), { records: [record(topic, 'open')] })
      const all = await bench.read(topic, 0, { isolation: 'read_uncommitted' })
      assert.equal(values(all.records), ['aborted', 'open'])
      assert.equal(values((await bench.read(topic)).records), [])
      open.release()
      await bench.within(open.outcome, 'the commit')
      await settled(bench, topic)
      assert.equal(values((await bench.read(topic)).records), ['open'])
    },
  },
  {
    name: 'an open transaction holds the last stable offset, and what follows it waits',
    hazard: 'records after an open transaction overtake it: order and exactly-once of a reader break',
    async run(bench) {
      const topic = await bench.topic()
      await bench.write([record(topic, 'first')])
      const open = await bench.hang(bench.name('tx'), { records: [record(topic, 'second'), record(topic, 'third')] })
      await bench.write([record(topic, 'fourth')])
      assert.equal(await bench.admin.listOffsets([at(topic)], 'committed'), [1])
      assert.equal(await bench.admin.listOffsets([at(topic)], 'latest'), [4])
      const reader = bench.client.reader({ isolation: 'read_committed', maxWaitMs: 50 })
      reader.seek(at(topic), 0)
      const before = await bench.pollUntil(reader, fetched => fetched.position === 1 && fetched.endOffset === 1)
      assert.equal(values(before), ['first'])
      for (const fetched of await reader.poll()) assert.equal([fetched.records.length, fetched.position], [0, 1])
      open.release()
      await bench.within(open.outcome, 'the commit')
      assert.equal(values(await bench.pollUntil(reader, fetched => fetched.position === 5)), [
        'second',
        'third',
        'fourth',
      ])
      await reader.close()
    },
  },
  {
    name: 'interleaved aborts of two producers on one partition stay hidden',
    hazard: 'kafkajs does not sort the aborted transactions by first offset and shows records of one of them',
    async run(bench) {
      const topic = await bench.topic()
      const [a, b] = [bench.name('tx-a'), bench.name('tx-b')]
      const first = await bench.hang(a, { records: [record(topic, 'a1'), record(topic, 'a2')] })
      await bench.write([record(topic, 'kept 1')])
      const second = await bench.hang(b, { records: [record(topic, 'b1'), record(topic, 'b2')] })
      await bench.write([record(topic, 'kept 2')])
      await (await bench.producer(b)).close()
      await bench.write([record(topic, 'kept 3')])
      await (await bench.producer(a)).close()
      await bench.write([record(topic, 'kept 4')])
      await settled(bench, topic)
      assert.equal(values((await bench.read(topic)).records), ['kept 1', 'kept 2', 'kept 3', 'kept 4'])
      await sameFromEverywhere(bench, topic)
      await Promise.all([first.producer.close(), second.producer.close()])
    },
  },
  {
    name: 'aborted and committed transactions that overlap are told apart from every position',
    hazard: 'a fetch that begins inside two aborted transactions activates only one of them per record',
    async run(bench) {
      const topic = await bench.topic()
      const [a, b, c] = [bench.name('tx-a'), bench.name('tx-b'), bench.name('tx-c')]
      const lost = (name: string) => Array.from({ length: 2_500 }, (_, index) => record(topic, `${name} ${index}`))
      const kept = Array.from({ length: 1_500 }, (_, index) => record(topic, `kept ${index}`))
      const hanging = await Promise.all([
        bench.hang(a, { records: lost('a') }),
        bench.hang(b, { records: lost('b') }),
        bench.hang(c, { records: kept }),
      ])
      await Promise.all([a, b].map(async id => (await bench.producer(id)).close()))
      hanging[2].release()
      await bench.within(hanging[2].outcome, 'the commit')
      await settled(bench, topic)
      assert.equal(
        values((await bench.read(topic)).records),
        kept.map((_, index) => `kept ${index}`),
      )
      await sameFromEverywhere(bench, topic, 650)
      await sameFromEverywhere(bench, topic, 2_600, 10_000)
      await Promise.all(hanging.map(each => each.producer.close()))
    },
  },
  {
    name: 'an aborted record whose key is four zero bytes is no abort marker',
    hazard: 'kafkajs reads an int32 key 0 as the marker and shows the rest of the aborted transaction',
    async run(bench) {
      const topic = await bench.topic()
      const zero = new Uint8Array(4)
      await bench.abort(bench.name('tx'), [
        record(topic, 'lost 1', { key: zero }),
        record(topic, 'lost 2'),
        record(topic, 'lost 3', { key: zero }),
        record(topic, 'lost 4'),
      ])
      await bench.write([record(topic, 'kept', { key: zero })])
      await settled(bench, topic)
      assert.equal(values((await bench.read(topic)).records), ['kept'])
      await sameFromEverywhere(bench, topic)
    },
  },
  {
    name: 'one producer that aborts twice within a fetch, with commits between, shows only the commits',
    hazard: 'the second entry of a producer in the aborted list is lost, or outlives its marker',
    async run(bench) {
      const topic = await bench.topic()
      const id = bench.name('tx')
      const commit = async (value: string) => {
        const producer = await bench.producer(id)
        await producer.commit({ records: [record(topic, value)] })
        await producer.close()
      }
      await bench.abort(id, [record(topic, 'lost 1')])
      await bench.abort(id, [record(topic, 'lost 2'), record(topic, 'lost 3')])
      await commit('kept 1')
      await bench.abort(id, [record(topic, 'lost 4')])
      await commit('kept 2')
      await settled(bench, topic)
      const { records, polls } = await bench.read(topic)
      assert.equal(values(records), ['kept 1', 'kept 2'])
      assert.ok(polls >= 1)
      await sameFromEverywhere(bench, topic)
    },
  },
  {
    name: 'an aborted transaction larger than a fetch stays hidden though its marker is far away',
    hazard: 'a filter that looks for the marker in the same fetch shows what precedes it',
    async run(bench) {
      const topic = await bench.topic()
      const large = 'x'.repeat(200_000)
      await bench.abort(
        bench.name('tx'),
        Array.from({ length: 10 }, () => record(topic, large)),
      )
      await bench.write([record(topic, 'kept')])
      await settled(bench, topic)
      const { records } = await bench.read(topic, 0, { maxBytesPerPartition: 50_000 })
      assert.equal(values(records), ['kept'])
      await sameFromEverywhere(bench, topic, 1, 50_000)
    },
  },
]
