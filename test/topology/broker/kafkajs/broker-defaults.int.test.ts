import * as assert from 'uvu/assert'
import { startKafkaNative } from '../../../../ops/cluster/kafka-native.ts'
import { kafkajsBroker } from '../../../../topology/broker/kafkajs/kafkajs-broker.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'
import { maxRecordBytesOf, settingOf } from '../../../../topology/runtime/topic-plan.ts'
import { suite } from '../../../support/suite.ts'

suite('settings of a real cluster', test => {
  test('what the brokers set for all topics holds for a topic that does not set it', async () => {
    const settings = { 'log.cleaner.delete.retention.ms': 60_000, 'message.max.bytes': 4_000_000 }
    const kafka = await startKafkaNative({ settings })
    const broker = await kafkajsBroker({ brokers: kafka.url.split(','), clock: systemClock })
    try {
      const own = { 'max.message.bytes': '5000' }
      await broker.admin.createTopics([
        { name: 'as-the-cluster', partitions: 1, config: {} },
        { name: 'its-own', partitions: 1, config: own },
      ])
      const [first, second] = await broker.admin.describeTopics(['as-the-cluster', 'its-own'])
      const found = [first!, second!].sort((left, right) => (left.name < right.name ? -1 : 1))
      assert.equal(
        found.map(spec => settingOf(spec, 'delete.retention.ms')),
        ['60000', '60000'],
      )
      assert.equal(found.map(maxRecordBytesOf), [4_000_000 - 512, 5_000 - 512])
      assert.equal(
        found.map(({ config }) => config),
        [{}, own],
      )
    } finally {
      await broker.close()
      await kafka.stop()
    }
  })
})
