import * as assert from 'uvu/assert'
import { TaskCorruptedError } from '../../topology/definition/errors.ts'
import type { BrokerCase } from './broker-bench.ts'
import { record, refused, text, values } from './broker-bench.ts'

const at = (topic: string) => ({ topic, partition: 0 })

/** Logs that lose records: compaction, retention, and positions that are no longer there. */
export const cleaningCases: readonly BrokerCase[] = [
  {
    name: 'a compacted changelog folds to the same state, with gaps in its offsets and the same end',
    hazard: 'restore counts records instead of offsets, or stops at a gap',
    async run(bench) {
      const topic = await bench.topic(1, { ...bench.options.compactConfig, 'cleanup.policy': 'compact' })
      const commit = async (...pairs: [string, string | null][]) => {
        const producer = await bench.producer()
        await producer.commit({ records: pairs.map(([key, value]) => record(topic, value, { text: key })) })
        await producer.close()
      }
      await commit(['a', '1'], ['b', '1'], ['a', '2'], ['c', '1'])
      await bench.abort(bench.name('tx'), [record(topic, 'lost', { text: 'a' })])
      await commit(['a', '3'], ['b', '2'], ['d', '1'])
      await commit(['last', '1'])
      const [end] = await bench.admin.listOffsets([at(topic)], 'latest')
      await bench.under.compact(topic)
      const { records, position } = await bench.read(topic)
      assert.equal([...new Map(records.map(found => [text(found.key), text(found.value)]))].sort(), [
        ['a', '3'],
        ['b', '2'],
        ['c', '1'],
        ['d', '1'],
        ['last', '1'],
      ])
      assert.not.ok(values(records).includes('lost'))
      assert.not.ok(
        records.some(found => found.offset === 0),
        'the first value of a is gone',
      )
      assert.ok(position >= end!, 'the position reaches the end')
      assert.equal((await bench.read(topic, 0, { from: 1 })).records.length, records.length, 'from inside a gap')
    },
  },
  {
    name: 'a position before the log start is OFFSET_OUT_OF_RANGE, and is not moved by itself',
    hazard: 'kafkajs resets to a default offset by itself: records are skipped in silence',
    async run(bench) {
      const topic = await bench.topic()
      await bench.write(['0', '1', '2', '3', '4', '5'].map(value => record(topic, value)))
      await bench.under.deleteRecords(topic, 0, 4)
      assert.equal(await bench.admin.listOffsets([at(topic)], 'earliest'), [4])
      const reader = bench.client.reader({ isolation: 'read_committed', maxWaitMs: 50 })
      reader.seek(at(topic), 2)
      for (const attempt of ['first', 'second']) {
        const error = await refused(bench.within(reader.poll(), `the ${attempt} poll`))
        assert.instance(error, TaskCorruptedError)
        assert.is(error.code, 'OFFSET_OUT_OF_RANGE')
        assert.equal([error.context.topic, error.context.partition], [topic, 0])
      }
      reader.seek(at(topic), 4)
      assert.equal(values(await bench.pollUntil(reader, fetched => fetched.position === 6)), ['4', '5'])
      await reader.close()
    },
  },
  {
    name: 'a position past the end is OFFSET_OUT_OF_RANGE; the end itself is not',
    hazard: 'a checkpoint of another cluster is taken for a restored store',
    async run(bench) {
      const topic = await bench.topic()
      await bench.write([record(topic, '0')])
      const reader = bench.client.reader({ isolation: 'read_committed', maxWaitMs: 50 })
      reader.seek(at(topic), 100)
      assert.is((await refused(bench.within(reader.poll(), 'the poll'))).code, 'OFFSET_OUT_OF_RANGE')
      reader.seek(at(topic), 1)
      assert.equal(values((await reader.poll()).flatMap(fetched => fetched.records)), [])
      await bench.write([record(topic, '1')])
      assert.equal(values(await bench.pollUntil(reader, fetched => fetched.position === 2)), ['1'])
      await reader.close()
    },
  },
  {
    name: 'a partition whose records were all deleted is empty, with its end where it was',
    hazard: 'an emptied changelog looks like a new one, and the checkpoint like one that is ahead',
    async run(bench) {
      const topic = await bench.topic()
      await bench.write(['0', '1', '2'].map(value => record(topic, value)))
      await bench.under.deleteRecords(topic, 0, 3)
      assert.equal(await bench.admin.listOffsets([at(topic)], 'earliest'), [3])
      assert.equal(await bench.admin.listOffsets([at(topic)], 'latest'), [3])
      const { records, position } = await bench.read(topic)
      assert.equal([values(records), position], [[], 3])
    },
  },
]
