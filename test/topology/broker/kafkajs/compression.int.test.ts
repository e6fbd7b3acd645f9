import * as assert from 'uvu/assert'
import { kafkajsBroker } from '../../../../topology/broker/kafkajs/kafkajs-broker.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'
import { realParts } from '../../../support/real-parts.ts'
import { suite } from '../../../support/suite.ts'

const { kafka, prefix } = await realParts({ kafka: true })

/** A topic's `compression.type` has the broker compress what comes plain, with the codecs that Java clients use. */
suite('batches that a real broker compressed', test => {
  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
    test(codec, async () => {
      const client = await kafkajsBroker({ brokers: kafka.url.split(','), clock: systemClock })
      const topic = `${prefix}${codec}`
      await client.admin.createTopics([{ name: topic, partitions: 1, config: { 'compression.type': codec } }])
      // Half of it repeats, half does not; over 64 kB, the block size of lz4 and more than snappy's.
      const expected = Array.from(
        { length: 2_000 },
        (_, index) => `${'same '.repeat(8)}${(index * 2_654_435_761) % 2 ** 32}`,
      )
      const writer = await client.writer()
      const records = expected.map(value => ({
        topic,
        partition: 0,
        timestamp: 1_000,
        key: null,
        value: Buffer.from(value),
        headers: [],
      }))
      await writer.send(records)
      const reader = client.reader({ isolation: 'read_committed' })
      reader.seek({ topic, partition: 0 }, 0)
      const found: string[] = []
      for (let position = 0; position < expected.length; ) {
        for (const fetched of await reader.poll()) {
          found.push(...fetched.records.map(each => Buffer.from(each.value!).toString()))
          position = fetched.position
        }
      }
      assert.equal(found, expected)
      await client.close()
    })
  }
})
