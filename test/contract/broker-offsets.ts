import * as assert from 'uvu/assert'
import type { BrokerCase } from './broker-bench.ts'
import { record } from './broker-bench.ts'

/** Consumed offsets commit with the records they led to (C1), or not at all. */
export const offsetCases: readonly BrokerCase[] = [
  {
    name: 'offsets of a committed transaction are read back with their metadata',
    hazard: 'stream time does not survive a restart',
    async run(bench) {
      const topic = await bench.topic(2)
      const group = bench.name('group')
      const producer = await bench.producer()
      const offsets = [
        { topic, partition: 0, offset: 12, metadata: '1700000000000' },
        { topic, partition: 1, offset: 3, metadata: '' },
      ]
      await producer.commit({ records: [record(topic, 'a')], offsets: { group, offsets } })
      await producer.close()
      assert.equal(
        await bench.admin.committedOffsets(
          group,
          [1, 0].map(partition => ({ topic, partition })),
        ),
        [
          { offset: 3, metadata: '' },
          { offset: 12, metadata: '1700000000000' },
        ],
      )
    },
  },
  {
    name: 'a transaction of offsets alone commits them',
    hazard: 'a task whose records produce nothing never moves its offsets',
    async run(bench) {
      const topic = await bench.topic()
      const group = bench.name('group')
      const producer = await bench.producer()
      for (const offset of [1, 2]) {
        const offsets = [{ topic, partition: 0, offset, metadata: '' }]
        await producer.commit({ records: [], offsets: { group, offsets } })
      }
      await producer.close()
      assert.equal(await bench.admin.committedOffsets(group, [{ topic, partition: 0 }]), [{ offset: 2, metadata: '' }])
    },
  },
  {
    name: 'offsets of an aborted transaction leave the previous ones',
    hazard: 'records whose outputs were aborted are skipped',
    async run(bench) {
      const topic = await bench.topic()
      const [id, group] = [bench.name('tx'), bench.name('group')]
      const at = [{ topic, partition: 0 }]
      const offsets = (offset: number) => ({ group, offsets: [{ topic, partition: 0, offset, metadata: '' }] })
      const producer = await bench.producer(id)
      await producer.commit({ records: [], offsets: offsets(5) })
      await producer.close()
      const zombie = await bench.hang(id, { records: [record(topic, 'lost')], offsets: offsets(9) }, 'offsets-sent')
      await (await bench.producer(id)).close()
      assert.equal(await bench.admin.committedOffsets(group, at), [{ offset: 5, metadata: '' }])
      zombie.release()
      await bench.within(zombie.outcome, 'the zombie to fail')
      await zombie.producer.close()
      assert.equal(await bench.admin.committedOffsets(group, at), [{ offset: 5, metadata: '' }])
    },
  },
  {
    name: 'offsets of an open transaction are waited for',
    hazard: 'a task opens at the old offsets while its predecessor commits newer ones: duplicates',
    async run(bench) {
      const topic = await bench.topic()
      const group = bench.name('group')
      const offsets = { group, offsets: [{ topic, partition: 0, offset: 5, metadata: '' }] }
      const open = await bench.hang(bench.name('tx'), { records: [record(topic, 'a')], offsets })
      const other = await bench.connect()
      let answered = false
      const asked = other.admin.committedOffsets(group, [{ topic, partition: 0 }]).finally(() => {
        answered = true
      })
      await bench.write([record(topic, 'something else')])
      await bench.admin.listOffsets([{ topic, partition: 0 }], 'latest')
      assert.is(answered, false, 'no answer while the transaction is open')
      open.release()
      await bench.within(open.outcome, 'the commit')
      assert.equal(await bench.within(asked, 'the committed offsets'), [{ offset: 5, metadata: '' }])
    },
  },
]
