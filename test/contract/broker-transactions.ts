import * as assert from 'uvu/assert'
import { partitionKey } from '../../topology/broker/port.ts'
import type { BrokerCase } from './broker-bench.ts'
import { record, values } from './broker-bench.ts'

/** The effects of one transaction: all of them or none (C1), and the end it leaves behind. */
export const transactionCases: readonly BrokerCase[] = [
  {
    name: 'a transaction over several topics and partitions commits whole, and says where it ended',
    hazard: 'kafkajs resolves a send with the surviving partitions only: a lost partition passes for success',
    async run(bench) {
      const [a, b] = [await bench.topic(2), await bench.topic()]
      await bench.write([record(a, 'before', { partition: 1 })])
      const producer = await bench.producer()
      const appended = await producer.commit({
        records: [
          record(a, 'a0', { partition: 0 }),
          record(a, 'a1', { partition: 1 }),
          record(b, 'b0'),
          record(a, 'a2', { partition: 1 }),
        ],
      })
      await producer.close()
      assert.equal(
        [...appended].sort(),
        [
          [partitionKey(a, 0), 1],
          [partitionKey(a, 1), 3],
          [partitionKey(b, 0), 1],
        ].sort(),
      )
      // Each partition gets its marker at a time of its own.
      for (const [topic, partition, count] of [
        [a, 0, 1],
        [a, 1, 3],
        [b, 0, 1],
      ] as const)
        await bench.until(
          async () => (await bench.read(topic, partition)).records.length === count,
          `the commit to show in ${topic}/${partition}`,
        )
      assert.equal(values((await bench.read(a, 0)).records), ['a0'])
      assert.equal(values((await bench.read(a, 1)).records), ['before', 'a1', 'a2'])
      assert.equal(values((await bench.read(b)).records), ['b0'])
    },
  },
  {
    name: 'back-to-back transactions of one producer all commit, in order',
    hazard: 'the next transaction begins before the markers of the last are written, and fails or tears',
    async run(bench) {
      const topic = await bench.topic(2)
      const producer = await bench.producer()
      const expected: string[] = []
      for (let index = 0; index < 30; index++) {
        expected.push(`${index}`)
        const records = [0, 1].map(partition => record(topic, `${index}`, { partition }))
        await bench.within(producer.commit({ records }), `commit ${index}`)
      }
      await producer.close()
      await bench.until(async () => (await bench.read(topic, 1)).records.length === 30, '30 commits to show')
      for (const partition of [0, 1]) {
        await bench.until(async () => (await bench.read(topic, partition)).records.length === 30, '30 commits to show')
        assert.equal(values((await bench.read(topic, partition)).records), expected)
      }
    },
  },
  {
    name: 'the steps of a commit are called in order',
    hazard: 'a kill point that does not fire proves nothing',
    async run(bench) {
      const topic = await bench.topic()
      const steps: string[] = []
      const producer = bench.client.producer({
        transactionalId: bench.name('tx'),
        onStep: step => {
          steps.push(step)
        },
      })
      await producer.init()
      await producer.commit({
        records: [record(topic, 'a')],
        offsets: { group: bench.name('group'), offsets: [{ topic, partition: 0, offset: 1, metadata: '' }] },
      })
      await producer.close()
      assert.equal(steps, ['begun', 'produced', 'offsets-sent', 'before-end', 'end-sent'])
    },
  },
  {
    name: 'a commit that fails at a step is aborted by close, and nothing of it shows',
    hazard: 'the transaction hangs and holds every read_committed reader at the LSO',
    async run(bench) {
      const topic = await bench.topic()
      const hanging = await bench.hang(bench.name('tx'), { records: [record(topic, 'lost')] }, 'produced')
      hanging.fail()
      assert.instance(await bench.within(hanging.outcome, 'the commit to fail'), Error)
      await hanging.producer.close()
      await bench.write([record(topic, 'kept')])
      await bench.until(async () => (await bench.read(topic)).records.length > 0, 'the record after the abort')
      assert.equal(values((await bench.read(topic)).records), ['kept'])
    },
  },
  {
    name: 'a committed transaction at the end of a partition leaves a marker, and the position goes past it',
    hazard: 'restore completion taken as `last record + 1 == end` never comes: lag never reaches zero',
    async run(bench) {
      const topic = await bench.topic()
      const producer = await bench.producer()
      await producer.commit({ records: [record(topic, 'a'), record(topic, 'b')] })
      await producer.close()
      const at = [{ topic, partition: 0 }]
      await bench.until(async () => (await bench.admin.listOffsets(at, 'committed'))[0] === 3, 'the marker')
      assert.equal(await bench.admin.listOffsets(at, 'latest'), [3])
      const { records, position } = await bench.read(topic)
      assert.equal([values(records), position], [['a', 'b'], 3])
      assert.equal((await bench.read(topic, 0, { from: 2 })).position, 3)
      assert.equal((await bench.read(topic, 0, { from: 3 })).position, 3)
    },
  },
  {
    name: 'a partition that holds only aborted records is read to its end',
    hazard: 'a batch of only aborted or control records never reaches the consumer, so restore waits for ever',
    async run(bench) {
      const topic = await bench.topic()
      await bench.abort(bench.name('tx'), [record(topic, 'a'), record(topic, 'b')])
      const at = [{ topic, partition: 0 }]
      await bench.until(async () => (await bench.admin.listOffsets(at, 'committed'))[0] === 3, 'the abort marker')
      const { records, position } = await bench.read(topic)
      assert.equal([values(records), position], [[], 3])
    },
  },
]
