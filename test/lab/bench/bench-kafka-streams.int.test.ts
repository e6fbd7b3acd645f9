import * as assert from 'uvu/assert'
import { messageOf } from '../../../topology/definition/errors.ts'
import { realParts } from '../../support/real-parts.ts'
import { skipFile, suite } from '../../support/suite.ts'
import { countBench } from './count.ts'
import { kafkaStreams } from './kafka-streams.ts'

const { kafka, database } = await realParts({ kafka: true, postgres: true })
const postgres = await database()
const contender = await kafkaStreams().catch((error: unknown) => skipFile(messageOf(error)))
await contender.close()

suite('bench count, Kafka Streams', test => {
  test('counts right in both variants', async () => {
    const workload = { records: 2_000, keys: 50, partitions: 2, valueBytes: 100 }
    const results = await countBench({ kafka: kafka.url, postgres, workload, pairs: 1, only: 'kafka-streams' })
    const [coalesced, everyUpdate] = results.map(({ pairs }) => pairs[0]!.runs['kafka-streams']!)
    assert.ok(coalesced!.outputs >= 50 && coalesced!.outputs <= 2_000)
    assert.is(everyUpdate!.outputs, 2_000)
  })
})
