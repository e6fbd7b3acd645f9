import * as assert from 'uvu/assert'
import type { BrokerCase } from './broker-bench.ts'
import { bytes, record, refused, text, values } from './broker-bench.ts'

const at = (topic: string, partition = 0) => ({ topic, partition })

/** Records arrive as they were sent, and a reader may be moved while it waits. */
export const readingCases: readonly BrokerCase[] = [
  {
    name: 'a record arrives with its key, value, headers and timestamp',
    hazard: 'dead letters and traces lose repeated headers, a null value or the event time',
    async run(bench) {
      const topic = await bench.topic()
      const headers = [
        { key: 'trace', value: bytes('1') },
        { key: 'none', value: null },
        { key: 'trace', value: bytes('2') },
        { key: 'empty', value: new Uint8Array(0) },
      ]
      await bench.write([record(topic, 'value', { text: 'key', timestamp: 1_700_000_000_123, headers })])
      const { records } = await bench.read(topic)
      assert.is(records.length, 1)
      const [found] = records
      assert.equal([found!.topic, found!.partition, found!.offset], [topic, 0, 0])
      assert.equal([text(found!.key), text(found!.value), found!.timestamp], ['key', 'value', 1_700_000_000_123])
      assert.equal(
        found!.headers.map(header => [header.key, text(header.value)]),
        [
          ['trace', '1'],
          ['none', null],
          ['trace', '2'],
          ['empty', ''],
        ],
      )
    },
  },
  {
    name: 'null and empty keys and values are four different things',
    hazard: 'a tombstone read as an empty value is not a deletion',
    async run(bench) {
      const topic = await bench.topic()
      const empty = new Uint8Array(0)
      const pairs = [
        [null, bytes('v')],
        [bytes('k'), null],
        [empty, empty],
        [null, null],
      ] as const
      await bench.write(pairs.map(([key, value]) => record(topic, '', { key, value })))
      const { records } = await bench.read(topic)
      assert.equal(
        records.map(found => [text(found.key), text(found.value)]),
        [
          [null, 'v'],
          ['k', null],
          ['', ''],
          [null, null],
        ],
      )
    },
  },
  {
    name: 'order is kept within a partition, for a writer and for a transaction, over many sends',
    hazard: 'grouping or splitting a send reorders the records of one key',
    async run(bench) {
      const topic = await bench.topic(2)
      const expected = Array.from({ length: 5_000 }, (_, index) => `${index}`)
      const sent = expected.map((value, index) => record(topic, value, { partition: index % 2 }))
      await bench.write(sent.slice(0, 2_500))
      const producer = await bench.producer()
      await producer.commit({ records: sent.slice(2_500) })
      for (const partition of [0, 1]) {
        const each = [at(topic, partition)]
        await bench.until(async () => {
          const [committed] = await bench.admin.listOffsets(each, 'committed')
          const [latest] = await bench.admin.listOffsets(each, 'latest')
          return committed === latest
        }, 'the commit to show')
        const { records } = await bench.read(topic, partition, { maxBytesPerPartition: 20_000 })
        assert.equal(
          values(records),
          expected.filter((_, index) => index % 2 === partition),
        )
      }
      await producer.close()
    },
  },
  {
    name: 'each record lands in the partition it names',
    hazard: "another partitioner breaks co-partitioning with other languages' producers",
    async run(bench) {
      const topic = await bench.topic(3)
      await bench.write([2, 0, 1, 2].map(partition => record(topic, `to ${partition}`, { partition })))
      for (const [partition, expected] of [['to 0'], ['to 1'], ['to 2', 'to 2']].entries()) {
        assert.equal(values((await bench.read(topic, partition)).records), expected)
      }
    },
  },
  {
    name: 'an empty send and an empty transaction are answered',
    hazard: 'a commit of a punctuator without output hangs or fails',
    async run(bench) {
      const topic = await bench.topic()
      await bench.write([])
      const producer = await bench.producer()
      assert.is((await bench.within(producer.commit({ records: [] }), 'the empty commit')).size, 0)
      await producer.commit({ records: [record(topic, 'after')] })
      await producer.close()
      await bench.until(async () => values((await bench.read(topic)).records).join() === 'after', 'the record')
    },
  },
  {
    name: 'a poll of a partition without news ends after the wait, and a later record wakes the next',
    hazard: 'a reader spins on an empty partition, or sleeps through what arrives',
    async run(bench) {
      const topic = await bench.topic()
      const reader = bench.client.reader({ isolation: 'read_committed', maxWaitMs: 50 })
      reader.seek(at(topic), 0)
      const found = await bench.within(reader.poll(), 'an empty poll')
      for (const fetched of found)
        assert.equal([fetched.records.length, fetched.position, fetched.endOffset], [0, 0, 0])
      await bench.write([record(topic, 'late')])
      assert.equal(values(await bench.pollUntil(reader, fetched => fetched.records.length > 0)), ['late'])
      await reader.close()
    },
  },
  {
    name: 'several partitions of several topics are read by one reader, each from its position',
    hazard: 'one cursor for all partitions loses records of the slower ones',
    async run(bench) {
      const [a, b] = [await bench.topic(2), await bench.topic(1)]
      await bench.write(['a0', 'a1', 'a2'].map(value => record(a, value, { partition: 1 })))
      await bench.write(['b0', 'b1'].map(value => record(b, value)))
      const reader = bench.client.reader({ isolation: 'read_committed' })
      reader.seek(at(a, 0), 0)
      reader.seek(at(a, 1), 1)
      reader.seek(at(b, 0), 1)
      const found: string[] = []
      await bench.until(async () => {
        for (const fetched of await reader.poll()) found.push(...(values(fetched.records) as string[]))
        return found.length >= 3
      }, 'three records')
      assert.equal(found.sort(), ['a1', 'a2', 'b1'])
      await reader.close()
    },
  },
  {
    name: 'a paused partition is not read and keeps its position',
    hazard: 'back-pressure drops what was fetched before the pause',
    async run(bench) {
      const [a, b] = [await bench.topic(), await bench.topic()]
      await bench.write([record(a, 'a0'), record(b, 'b0')])
      const reader = bench.client.reader({ isolation: 'read_committed', maxWaitMs: 20 })
      reader.seek(at(a), 0)
      reader.seek(at(b), 0)
      reader.pause(at(a))
      const first = await bench.pollUntil(reader, fetched => fetched.topic === b && fetched.records.length > 0)
      assert.equal(values(first), ['b0'])
      assert.equal(values((await reader.poll()).flatMap(fetched => fetched.records)), [])
      reader.resume(at(a))
      const rest = await bench.pollUntil(reader, fetched => fetched.topic === a && fetched.records.length > 0)
      assert.equal(values(rest), ['a0'])
      await reader.close()
    },
  },
  {
    name: 'a partition removed or moved while a poll waits is left out of its answer; a paused one loses nothing',
    hazard: 'records of a revoked partition, or from before a seek, reach a task that no longer expects them',
    async run(bench) {
      const [gone, moved, paused] = [await bench.topic(), await bench.topic(), await bench.topic()]
      const all = [gone, moved, paused]
      // long enough for the writes: a poll that came back before them would ask an empty log for offset 1
      const reader = bench.client.reader({ isolation: 'read_committed', maxWaitMs: 3_000 })
      for (const topic of all) reader.seek(at(topic), 0)
      await reader.poll()
      const waiting = reader.poll()
      reader.remove(at(gone))
      reader.seek(at(moved), 1)
      reader.pause(at(paused))
      for (const topic of all) await bench.write([record(topic, '0'), record(topic, '1')])
      const answer = await bench.within(waiting, 'the poll')
      assert.equal(
        answer.filter(fetched => fetched.topic !== paused && fetched.records.length > 0),
        [],
      )
      const found = answer.flatMap(fetched => fetched.records)
      found.push(...(await bench.pollUntil(reader, fetched => fetched.topic === moved && fetched.position >= 2)))
      reader.resume(at(paused))
      if (found.filter(each => each.topic === paused).length < 2)
        found.push(...(await bench.pollUntil(reader, fetched => fetched.topic === paused && fetched.position >= 2)))
      assert.equal(values(found.filter(each => each.topic === gone)), [])
      assert.equal(values(found.filter(each => each.topic === moved)), ['1'])
      assert.equal(values(found.filter(each => each.topic === paused)), ['0', '1'])
      await reader.close()
    },
  },
  {
    name: 'a record of 900 kB goes through and comes back whole',
    hazard: 'a fetch limit below one batch reads nothing for ever',
    async run(bench) {
      const topic = await bench.topic()
      const value = new Uint8Array(900_000).map((_, index) => (index * 31) % 251)
      const producer = await bench.producer()
      await producer.commit({ records: [record(topic, '', { value })] })
      await producer.close()
      const { records } = await bench.read(topic, 0, { maxBytesPerPartition: 10_000 })
      assert.is(records.length, 1)
      assert.is(Buffer.compare(records[0]!.value!, value), 0)
    },
  },
  {
    name: 'a poll gives no more than its cap, though a batch holds more, and the next goes on within the batch',
    hazard: 'a batch that is gigabytes once decompressed is in memory at once',
    async run(bench) {
      const topic = await bench.topic()
      const expected = Array.from({ length: 30 }, (_, index) => `${index}`.repeat(1_000))
      await bench.write(expected.map(value => record(topic, value)))
      const { records, polls } = await bench.read(topic, 0, { maxBytesPerPartition: 10_000 })
      assert.equal(values(records), expected)
      // 50,000 bytes in all.
      assert.ok(polls >= 5, `${polls} polls`)
    },
  },
  {
    name: 'a record over the limit fails its transaction with RECORD_TOO_LARGE and nothing of it shows',
    hazard: 'half a transaction stays, or the error does not tell the engine to dead-letter the record',
    async run(bench) {
      const topic = await bench.topic()
      const id = bench.name('tx')
      const producer = await bench.producer(id)
      const large = new Uint8Array((bench.options.maxRecordBytes ?? 1_048_576) + 200_000)
      const records = [record(topic, 'small'), record(topic, '', { value: large })]
      const error = await refused(bench.within(producer.commit({ records }), 'the commit to be refused'))
      assert.is(error.code, 'RECORD_TOO_LARGE')
      await producer.close()
      const next = await bench.producer(id)
      await next.commit({ records: [record(topic, 'next')] })
      await next.close()
      await bench.until(async () => (await bench.read(topic)).records.length > 0, 'the next record')
      assert.equal(values((await bench.read(topic)).records), ['next'])
    },
  },
]
