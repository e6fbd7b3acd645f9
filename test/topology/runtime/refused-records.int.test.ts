import { Kafka, logLevel } from 'kafkajs'
import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { Cluster } from '../../../topology/broker/kafkajs/cluster.ts'
import { kafkajsBroker } from '../../../topology/broker/kafkajs/kafkajs-broker.ts'
import { produceRequest } from '../../../topology/broker/kafkajs/protocol/produce.ts'
import { batchAt } from '../../../topology/broker/kafkajs/record-batch/batch-header.ts'
import { crc32c } from '../../../topology/broker/kafkajs/record-batch/crc32c.ts'
import { encodeBatch } from '../../../topology/broker/kafkajs/record-batch/encode.ts'
import type { OutgoingRecord, RawRecord, TopicSpec } from '../../../topology/broker/port.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { nullable } from '../../../topology/definition/serdes/nullable.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { deadLetterHeaders } from '../../../topology/runtime/dead-letter.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { keptForever } from '../../support/kept-forever.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'

const { kafka, prefix } = await realParts({ kafka: true })
const brokers = kafka.url.split(',')
const partitions = 3
const hourMs = 3_600_000

const names = { input: `${prefix}input`, output: `${prefix}output`, bare: `${prefix}bare` }
const input = topic(names.input, { key: string, value: string, partitions })
const output = topic(names.output, { key: string, value: string, partitions })
const bare = topic(names.bare, { key: nullable(string), value: string, partitions })
const totals = keyValueStore('totals', { key: string, value: int64 })

const counting = processor({
  name: 'counting',
  streams: [input],
  stores: { totals },
  sinks: { output, bare },
  async process({ key, value, timestamp }, { stores, sinks }) {
    const total = ((await stores.totals.get(key)) ?? 0n) + 1n
    stores.totals.put(key, total)
    sinks.output.send(key, `${key} ${total}`, { timestamp })
    if (value === 'keyless') sinks.bare.send(null, 'x')
    if (value === 'large') sinks.output.send(key, 'x'.repeat(50_000))
  },
})

suite('records that a real Kafka refuses', test => {
  test('one poison of each kind leaves three workers running, and one dead letter each', async () => {
    const client = await kafkajsBroker({ brokers, clock: systemClock })
    const anyTime = { 'message.timestamp.after.max.ms': '9223372036854775807' }
    const spec = (name: string, config: Record<string, string>): TopicSpec => ({
      name,
      partitions,
      config: { ...keptForever, ...config },
    })
    await client.admin.createTopics([
      spec(names.input, anyTime),
      spec(names.output, { 'message.timestamp.after.max.ms': String(hourMs) }),
      spec(names.bare, { 'cleanup.policy': 'compact' }),
    ])
    const storage = memoryStorage({ clock: systemClock })
    const graph = buildGraph(topology(`${prefix}app`, t => t.processor(counting)))
    const failures: unknown[] = []
    const workers: Worker[] = []
    const clients = await Promise.all([0, 1, 2].map(() => kafkajsBroker({ brokers, clock: systemClock })))
    for (const broker of clients) {
      const worker = new Worker({ graph, broker, storage, clock: systemClock })
      void worker.failed.then(error => failures.push(error))
      workers.push(worker)
      await worker.start()
    }
    try {
      const running = () => workers.flatMap(worker => worker.status()).filter(({ state }) => state === 'running').length
      await until(() => running() === partitions, 'three tasks run')
      // The workers know a larger limit: it is the broker that refuses.
      await setLimit(names.output, '20000')
      const limit = async () => (await client.admin.describeTopics([names.output]))[0]?.config['max.message.bytes']
      await until(async () => (await limit()) === '20000', 'the broker has the limit')
      const record = (index: number, rest: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
        topic: names.input,
        partition: index % partitions,
        timestamp: Date.now(),
        key: Buffer.from(`k${index % partitions}`),
        value: Buffer.from('x'),
        headers: [],
        ...rest,
      })
      const poison: Readonly<Record<number, Partial<OutgoingRecord>>> = {
        30: { value: Buffer.from('keyless') },
        61: { value: Buffer.from('large') },
        92: { timestamp: Date.now() + 24 * 365 * hourMs, value: Buffer.from('ahead') },
      }
      const records = Array.from({ length: 153 }, (_, index) => record(index, poison[index]))
      const writer = await client.writer()
      await writer.send(records)
      await produceAtEndOfTime(record(1, { value: Buffer.from('endless') }))
      await writer.send([0, 1, 2].map(index => record(index)))
      const read = (name: string) => readAll(client, name)
      const letters = async () => (await read(`${names.input}.dlq`)).map(said)
      await until(async () => (await letters()).length >= 4, 'four dead letters')
      await until(async () => (await read(names.output)).length >= 153, 'all other outputs')
      await new Promise(resolve => setTimeout(resolve, 500))
      assert.equal(failures, [])
      assert.is(running(), partitions)
      assert.equal(
        (await letters()).sort(([left], [right]) => (left! < right! ? -1 : 1)).map(letter => letter.slice(0, 4)),
        [
          ['ahead', 'RECORD_REFUSED', 'produce', '30'],
          ['endless', 'DECODE_FAILED', 'decode', '51'],
          ['keyless', 'RECORD_REFUSED', 'produce', '10'],
          ['large', 'RECORD_TOO_LARGE', 'produce', '20'],
        ],
      )
      const said4 = Object.fromEntries((await letters()).map(letter => [letter[0], letter[4]]))
      assert.match(said4.keyless!, /INVALID_RECORD \(87\), "Compacted topic cannot accept message without key/)
      assert.match(said4.ahead!, /INVALID_TIMESTAMP \(32\), "Timestamp \d+ of message with offset \d+ is out of range/)
      const counts = (key: string, count: number) => Array.from({ length: count }, (_, n) => `${key} ${n + 1}`)
      const outputs = (await read(names.output)).map(({ value }) => Buffer.from(value!).toString())
      assert.equal(outputs.sort(), [...counts('k0', 51), ...counts('k1', 51), ...counts('k2', 51)].sort())
    } finally {
      for (const worker of workers) await worker.stop()
      for (const broker of [client, ...clients]) await broker.close()
    }
  })
})

function said({ headers, value }: RawRecord): readonly string[] {
  const { errorCode, stage, offset, errorMessage } = deadLetterHeaders
  const header = (name: string) => Buffer.from(headers.find(({ key }) => key === name)!.value!).toString()
  return [Buffer.from(value!).toString(), ...[errorCode, stage, offset, errorMessage].map(header)]
}

async function readAll(client: Awaited<ReturnType<typeof kafkajsBroker>>, name: string): Promise<RawRecord[]> {
  const found: RawRecord[] = []
  const reader = client.reader({ isolation: 'read_committed' })
  for (let partition = 0; partition < partitions; partition++) {
    const at = { topic: name, partition }
    const [end] = await client.admin.listOffsets([at], 'committed')
    reader.seek(at, 0)
    for (let position = 0; position < end!; )
      for (const fetched of await reader.poll()) {
        found.push(...fetched.records)
        position = fetched.position
      }
    reader.remove(at)
  }
  await reader.close()
  return found
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 120_000
  while (!(await holds())) {
    assert.ok(Date.now() < end, `waited 120 s until ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

async function setLimit(name: string, bytes: string): Promise<void> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const configEntries = [
    { name: 'max.message.bytes', value: bytes },
    { name: 'message.timestamp.after.max.ms', value: String(hourMs) },
    { name: 'retention.ms', value: '-1' },
  ]
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name, configEntries }] })
  await admin.disconnect()
}

/** Writes a record with Kafka's largest timestamp, 2^63-1, which our own encoder refuses. */
async function produceAtEndOfTime(record: OutgoingRecord): Promise<void> {
  const [host, port] = brokers[0]!.split(':') as [string, string]
  const timeouts = { connectTimeoutMs: 3_000, requestTimeoutMs: 10_000 }
  const cluster = new Cluster([{ host, port: Number(port) }], { clock: systemClock, clientId: 'test', ...timeouts })
  const origin = { producer: { producerId: -1n, epoch: -1 }, baseSequence: -1, transactional: false }
  const batch = encodeBatch([record], origin)
  for (const at of [batchAt.baseTimestamp, batchAt.maxTimestamp]) batch.writeBigInt64BE(2n ** 63n - 1n, at)
  batch.writeUInt32BE(crc32c(batch, batchAt.attributes), batchAt.crc)
  const leader = [...(await cluster.groupByLeader([record])).keys()][0]!
  const connection = await cluster.shared.to(leader)
  const [answer] = await connection.send(produceRequest(null, 10_000, [{ ...record, batch }]))
  assert.is(answer?.errorCode, 0)
  cluster.close()
}
