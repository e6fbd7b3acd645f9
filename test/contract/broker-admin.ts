import * as assert from 'uvu/assert'
import type { BrokerCase } from './broker-bench.ts'
import { record, refused, values } from './broker-bench.ts'

/** Topics, offsets asked by time, and a group's offsets set from outside. */
export const adminCases: readonly BrokerCase[] = [
  {
    name: 'createTopics makes what is missing and leaves what exists as it is',
    hazard: 'a second `topics apply` fails or changes a topic under a running topology',
    async run(bench) {
      const [first, second] = [bench.name('a'), bench.name('b')]
      await bench.admin.createTopics([{ name: first, partitions: 2, config: {} }])
      await bench.admin.createTopics([
        { name: first, partitions: 5, config: {} },
        { name: second, partitions: 3, config: {} },
      ])
      const found = await bench.admin.describeTopics([first, second])
      const counts = new Map(found.map(topic => [topic.name, topic.partitions]))
      assert.equal([counts.get(first), counts.get(second)], [2, 3])
    },
  },
  {
    name: 'describeTopics answers the configuration set on the topic, and only for topics that exist',
    hazard: '`topics apply` cannot say what differs, or an unknown topic fails the whole answer',
    async run(bench) {
      const topic = await bench.topic(1, { 'cleanup.policy': 'compact', 'delete.retention.ms': '5000' })
      const found = await bench.admin.describeTopics([topic, bench.name('missing')])
      assert.is(found.length, 1)
      assert.is(found[0]!.name, topic)
      assert.is(found[0]!.config['cleanup.policy'], 'compact')
      assert.is(found[0]!.config['delete.retention.ms'], '5000')
      const all = await bench.admin.describeTopics()
      assert.ok(all.some(each => each.name === topic))
    },
  },
  {
    name: 'describeTopics tells all settings that hold for a topic, wherever they are set',
    hazard:
      "a cluster's own limits and retentions are taken for Kafka's: valid records are refused, deleted rows come back",
    async run(bench) {
      const topic = await bench.topic(1, { 'max.message.bytes': '5000' })
      const [found] = await bench.admin.describeTopics([topic])
      const { effective } = found!
      assert.is(effective['max.message.bytes'], '5000')
      assert.is(effective['cleanup.policy'], 'delete')
      assert.is(effective['delete.retention.ms'], '86400000')
      // An hour since Kafka 4.0, without a limit before.
      assert.ok(['3600000', '9223372036854775807'].includes(effective['message.timestamp.after.max.ms']!))
      assert.is(found!.config['delete.retention.ms'], undefined)
    },
  },
  {
    name: 'alterTopics sets what it names, and leaves the other settings and the records',
    hazard: '`topics apply --alter` undoes what an operator set by hand',
    async run(bench) {
      const topic = await bench.topic(1, { 'max.message.bytes': '5000', 'retention.ms': '1000000' })
      await bench.admin.alterTopics([{ name: topic, config: { 'retention.ms': '-1', 'segment.bytes': '52428800' } }])
      // A broker hears of them from the controller, which has answered before.
      const settings = async () => {
        const [found] = await bench.admin.describeTopics([topic])
        const { config, effective } = found!
        return [config['max.message.bytes'], config['retention.ms'], effective['segment.bytes']]
      }
      await bench.until(async () => (await settings())[2] === '52428800', 'the settings to be in force')
      assert.equal(await settings(), ['5000', '-1', '52428800'])
    },
  },
  {
    name: 'deleteRecords moves the log start, and one before it changes nothing',
    hazard: 'repartition topics grow for ever, or records that nobody has read are gone',
    async run(bench) {
      const topic = await bench.topic()
      await bench.write(['1', '2', '3', '4'].map(each => record(topic, each)))
      const at = { topic, partition: 0 }
      const starts = () => bench.admin.listOffsets([at], 'earliest')
      await bench.admin.deleteRecords([{ ...at, offset: 3 }])
      assert.equal(await starts(), [3])
      await bench.admin.deleteRecords([{ ...at, offset: 1 }])
      assert.equal(await starts(), [3])
      assert.equal(await bench.admin.listOffsets([at], 'latest'), [4])
    },
  },
  {
    name: 'growTopics adds empty partitions, and leaves a topic that has as many as it is',
    hazard: 'a record of a new input partition has no dead-letter partition to go to, and its task waits for ever',
    async run(bench) {
      const topic = await bench.topic(2)
      await bench.write([record(topic, 'old')])
      await bench.admin.growTopics([{ name: topic, partitions: 5 }])
      const partitions = async () => (await bench.admin.describeTopics([topic]))[0]?.partitions
      await bench.until(async () => (await partitions()) === 5, 'the topic to grow')
      await bench.admin.growTopics([{ name: topic, partitions: 3 }])
      assert.is(await partitions(), 5)
      await bench.write([record(topic, 'new', { partition: 4 })])
      const texts = async (partition: number) => values((await bench.read(topic, partition)).records)
      assert.equal([await texts(0), await texts(4)], [['old'], ['new']])
    },
  },
  {
    name: 'a deleted topic is gone',
    hazard: 'state reset leaves the old changelog behind',
    async run(bench) {
      const topic = await bench.topic()
      await bench.admin.deleteTopics([topic])
      await bench.until(async () => (await bench.admin.describeTopics([topic])).length === 0, 'the topic to go')
    },
  },
  {
    name: 'listOffsets answers in the order asked, for several topics and partitions',
    hazard: 'an answer sorted by topic gives a task the offsets of another partition',
    async run(bench) {
      const [a, b] = [await bench.topic(2), await bench.topic(2)]
      await bench.write([
        record(b, '1', { partition: 1 }),
        record(b, '2', { partition: 1 }),
        record(a, '3', { partition: 1 }),
      ])
      const partitions = [
        { topic: b, partition: 1 },
        { topic: a, partition: 0 },
        { topic: b, partition: 0 },
        { topic: a, partition: 1 },
      ]
      assert.equal(await bench.admin.listOffsets(partitions, 'latest'), [2, 0, 0, 1])
      assert.equal(await bench.admin.listOffsets(partitions, 'committed'), [2, 0, 0, 1])
      assert.equal(await bench.admin.listOffsets(partitions, 'earliest'), [0, 0, 0, 0])
    },
  },
  {
    name: 'listOffsets by timestamp answers the first record at or after it, or the end',
    hazard: 'a replay from a time begins too late and misses records',
    async run(bench) {
      const topic = await bench.topic()
      const at = [{ topic, partition: 0 }]
      for (const timestamp of [1_000, 2_000, 3_000]) await bench.write([record(topic, `${timestamp}`, { timestamp })])
      assert.equal(await bench.admin.listOffsets(at, { timestamp: 500 }), [0])
      assert.equal(await bench.admin.listOffsets(at, { timestamp: 2_000 }), [1])
      assert.equal(await bench.admin.listOffsets(at, { timestamp: 2_001 }), [2])
      assert.equal(await bench.admin.listOffsets(at, { timestamp: 3_001 }), [3])
    },
  },
  {
    name: 'offsets set from outside are read back with their metadata; the others are undefined',
    hazard: 'a missing offset read as 0 or -1 replays or skips a whole topic',
    async run(bench) {
      const topic = await bench.topic(2)
      const group = bench.name('group')
      const partitions = [0, 1].map(partition => ({ topic, partition }))
      assert.equal(await bench.admin.committedOffsets(group, partitions), [undefined, undefined])
      await bench.admin.commitOffsets(group, [{ topic, partition: 1, offset: 7, metadata: 'stream-time=42' }])
      assert.equal(await bench.admin.committedOffsets(group, partitions), [
        undefined,
        { offset: 7, metadata: 'stream-time=42' },
      ])
      await bench.until(async () => (await bench.admin.listGroups()).includes(group), 'the group to be listed')
    },
  },
  {
    name: 'a record for a topic that does not exist is refused',
    hazard: 'a typo in a topic name creates a topic with one partition',
    async run(bench) {
      const missing = bench.name('missing')
      const producer = await bench.producer()
      await refused(bench.within(producer.commit({ records: [record(missing, 'a')] }), 'the commit to be refused'))
      await producer.close()
      assert.equal(await bench.admin.describeTopics([missing]), [])
    },
  },
]
