// budget: 300 s
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { connectParts } from '../../topology/app/connections.ts'
import { Cluster } from '../../topology/broker/kafkajs/cluster.ts'
import { produceRequest } from '../../topology/broker/kafkajs/protocol/produce.ts'
import type { Broker } from '../../topology/broker/port.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { planTopics } from '../../topology/runtime/topic-plan.ts'
import { peakResidentBytes } from '../lab/chaos/resident-bytes.ts'
import { WorkerProcess } from '../lab/chaos/worker-process.ts'
import { type InflatingBatch, inflatingBatch } from '../support/inflating-batch.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'

const { kafka, registry, prefix, database } = await realParts({ kafka: true, registry: true, postgres: true })

process.env.TEST_PREFIX = prefix
const { default: definition, large } = await import('./fixtures/lengths.ts')
const graph = buildGraph(definition)
const at = { topic: large.name, partition: 0 }

const valueBytes = 1_300_000
/** One batch that is 520 MB; then 400 batches, in one fetch, that are 1.3 MB each. */
const batches: readonly (InflatingBatch & { readonly times: number })[] = [
  { codec: 'gzip', records: 400, valueBytes, times: 1 },
  { codec: 'zstd', records: 1, valueBytes, times: 400 },
]
const inputs = batches.reduce((sum, { records, times }) => sum + records * times, 0)

/**
 * The memory that a worker may take beside what it takes at rest. By its settings: for this one partition a queue (512 kB), the
 * stretch after which it is full and the record being made (1.3 MB each), a piece of a batch being decompressed (256 kB, and as
 * much again in the stream); the fetch (at most 32 MiB a leader); uncommitted work (16 MiB). The rest is the garbage collector's:
 * it lets buffers of some tens of MB gather before it looks.
 */
const allowedBytes = 150_000_000

const folder = mkdtempSync(join(tmpdir(), 'millrace-inflating-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

async function produce(broker: Broker): Promise<number> {
  const cluster = new Cluster([addressOf(kafka.url)], {
    clock: systemClock,
    clientId: 'inflating',
    connectTimeoutMs: 3_000,
    requestTimeoutMs: 60_000,
  })
  let bytes = 0
  try {
    for (const { times, ...each } of batches) {
      const batch = await inflatingBatch(each)
      for (let time = 0; time < times; time++) {
        const [leader] = (await cluster.groupByLeader([at])).keys()
        const connection = await cluster.shared.to(leader!)
        const [answer] = await connection.send(produceRequest(null, 30_000, [{ ...at, batch }]))
        assert.is(answer?.errorCode, 0, answer?.errorMessage ?? '')
        bytes += batch.length
      }
    }
  } finally {
    cluster.close()
  }
  assert.equal(await broker.admin.listOffsets([at], 'committed'), [inputs])
  return bytes
}

function addressOf(url: string) {
  const [host, port] = url.split(',')[0]!.split(':')
  return { host: host!, port: Number(port) }
}

suite(
  'batches that are small on disk and gigabytes once decompressed',
  test => {
    test('are processed within a bound of memory, by a member that stays in its group', async () => {
      const url = await database()
      const { broker, storage, close } = await connectParts({ kafka: kafka.url, postgres: url })
      const worker = new WorkerProcess({
        name: 'lengths',
        args: ['--topology=test/library/fixtures/lengths.ts'],
        env: {
          KAFKA_BROKERS: kafka.url,
          SCHEMA_REGISTRY_URL: registry.url,
          DATABASE_URL: url,
          TEST_PREFIX: prefix,
          MILLRACE_SESSION_TIMEOUT_MS: '6000',
          LOG_LEVEL: 'info',
        },
        logFolder: folder,
      })
      try {
        await broker.admin.createTopics(planTopics(graph, new Map()).declared)
        await worker.start()
        const atRest = await peakResidentBytes(worker.pid)
        const compressed = await produce(broker)
        assert.ok(compressed < 832_000, `${compressed} bytes on disk`)
        const [sub] = graph.subtopologies
        const deadline = Date.now() + 240_000
        for (let committed = 0; committed < inputs; await sleep(100)) {
          const [offset] = await broker.admin.committedOffsets(sub!.group, [at])
          committed = offset?.offset ?? 0
          assert.ok(Date.now() < deadline, `${committed} of ${inputs} committed`)
        }
        const taken = (await peakResidentBytes(worker.pid)) - atRest
        const plain = Math.round((inputs * valueBytes) / 1e6)
        console.log(
          `    ${plain} MB of records, ${compressed} bytes on disk: ${Math.round(taken / 1e6)} MB beside ${Math.round(atRest / 1e6)} MB at rest`,
        )
        assert.ok(taken < allowedBytes, `${taken} bytes of memory`)
        assert.is(await worker.stop(), 0)
        const log = readFileSync(worker.logFile, 'utf8')
        assert.is(log.match(/lost|evicted|rejoin/i), null, log)

        const task = { subtopology: sub!.name, partition: 0 }
        const claimed = await storage.claim({ application: definition.name, task, stores: sub!.stores })
        const rows = (await claimed.scan('values', {})).map(({ key, value }) => [key, value].map(String))
        assert.equal(rows, [['k', String(inputs)]])
        await claimed.release()
      } finally {
        await worker.kill()
        await close()
      }
    })
  },
  { timeoutMs: 290_000 },
)
