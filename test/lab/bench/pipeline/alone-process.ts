/*
 * The trading pipeline in one process without servers: broker and registry are in memory, applies are built and go nowhere. Its arguments are
 * the rounds and the signals of each; it prints one `AloneRound` a line, of which the first is the compiler's.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { registrationEvent } from '../../../../processors/domain/shared/registration.ts'
import { instruments, limits } from '../../../../processors/settings.ts'
import {
  instrumentRegistered,
  portfolioUpdated,
  tradesApproved,
  tradesRejected,
  tradingSignals,
} from '../../../../processors/topics.ts'
import trading from '../../../../processors/trading.ts'
import { connectParts } from '../../../../topology/app/connections.ts'
import { deploy } from '../../../../topology/app/deploy.ts'
import type { OutgoingRecord, TopicDescription, TopicPartition } from '../../../../topology/broker/port.ts'
import { buildGraph } from '../../../../topology/definition/graph.ts'
import type { AnyTopic } from '../../../../topology/index.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'
import { Worker } from '../../../../topology/runtime/worker.ts'
import { stubStorage } from '../engine/stub-storage.ts'
import { ownTime } from '../own-time.ts'
import type { AloneRound } from './alone.ts'
import { benchSignals } from './bench-signals.ts'
import { PipelineProgress } from './pipeline-progress.ts'
import { sentRecords } from './sent-records.ts'

/** Units: ms. */
const forgetMs = 200

const [rounds = 4, signals = 10_000] = process.argv.slice(2).map(Number)
const graph = buildGraph(trading)
const { storage, applied } = stubStorage()
const parts = await connectParts({ kafka: 'memory', registry: 'memory', postgres: storage }, systemClock)
const { broker, registry } = parts
await deploy(graph, parts)
const counts = { commits: 0, outputs: 0 }
const worker = new Worker({
  graph,
  ...parts,
  clock: ownTime(),
  createTopics: 'internal',
  metrics: {
    committed(_, __, outputs) {
      counts.commits++
      counts.outputs += outputs
    },
  },
})
let gcMs = 0
new PerformanceObserver(list => {
  for (const { duration } of list.getEntries()) gcMs += duration
}).observe({ entryTypes: ['gc'] })

await send(
  await sentRecords(
    registry,
    instrumentRegistered,
    instruments.map(one => registrationEvent(one, 0, 'bench')),
  ),
)
await worker.start()
void worker.failed.then(error => {
  console.error(error)
  process.exit(1)
})
const portfolioIds = [...limits.portfolios.keys()].slice(0, 20)
const progress = new PipelineProgress(broker, [])
// A broker in memory keeps its records in this process, for the collector to walk over.
const changelogs = (await broker.admin.describeTopics()).filter(({ name }) => name.endsWith('-changelog'))
setInterval(() => void forget(changelogs), forgetMs).unref()
for (let round = 0; round < rounds; round++) {
  const events = benchSignals({ seed: 7, first: round * signals, count: signals, portfolioIds, instruments })
  const records = await sentRecords(registry, tradingSignals, events)
  const before = { ...counts, ...applied, gcMs, ...(await decisions()) }
  const began = process.cpuUsage()
  await send(records)
  await progress.decided()
  await progress.settled()
  const { user, system } = process.cpuUsage(began)
  const after = { ...counts, ...applied, gcMs, ...(await decisions()) }
  const each = (name: keyof typeof before) => (after[name] - before[name]) / signals
  const measured: AloneRound = {
    userMicroseconds: user / signals,
    systemMicroseconds: system / signals,
    gcMicroseconds: each('gcMs') * 1_000,
    heapBytes: process.memoryUsage().heapUsed,
    commits: each('commits'),
    outputs: each('outputs'),
    rows: each('rows'),
    approved: after.approved - before.approved,
    rejected: after.rejected - before.rejected,
    updates: after.updates - before.updates,
  }
  console.log(JSON.stringify(measured))
}
process.exit(0)

/** Removes the records of topics that nobody reads. */
async function forget(topics: readonly Pick<TopicDescription, 'name' | 'partitions'>[]): Promise<void> {
  const places = topics.flatMap(placesOf)
  const ends = await broker.admin.listOffsets(places, 'latest')
  await broker.admin.deleteRecords(places.map((place, index) => ({ ...place, offset: ends[index]! })))
}

function placesOf({ name, partitions }: Pick<TopicDescription, 'name' | 'partitions'>): readonly TopicPartition[] {
  return Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition }))
}

async function send(records: readonly OutgoingRecord[]): Promise<void> {
  const writer = await broker.writer()
  await writer.send(records)
  await writer.close()
}

async function decisions() {
  const [approved, rejected, updates] = await Promise.all([tradesApproved, tradesRejected, portfolioUpdated].map(ends))
  return { approved: approved!, rejected: rejected!, updates: updates! }
}

/** Records and markers of a topic. */
async function ends({ name, partitions }: AnyTopic): Promise<number> {
  const offsets = await broker.admin.listOffsets(placesOf({ name, partitions: partitions! }), 'latest')
  return offsets.reduce<number>((sum, offset) => sum + (offset ?? 0), 0)
}
