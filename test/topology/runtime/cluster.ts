import type { StoreFaults } from '../../../store/memory-faults.ts'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import type { EngineSettings } from '../../../topology/runtime/task-environment.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'

const words = topic('words', { key: string, value: string, partitions: 1 })
const counts = topic('counts', { key: string, value: int64, partitions: 1 })
const totals = keyValueStore('totals', { key: string, value: int64 })

/** Counts words; `forget` deletes a count. */
const counter = processor({
  name: 'counter',
  streams: [words],
  stores: { totals },
  sinks: { counts },
  async process({ key, value }, { stores, sinks }) {
    if (value === 'forget') return stores.totals.delete(key)
    const total = ((await stores.totals.get(key)) ?? 0n) + 1n
    stores.totals.put(key, total)
    sinks.counts.send(key, total)
  },
})

const graph = buildGraph(topology('app', t => t.processor(counter)))

/** A broker and a store in memory under a virtual clock, one counter topology of one task, and workers on them. */
export function cluster(options: { readonly faults?: StoreFaults; readonly deleteRetentionMs?: number } = {}) {
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock })
  const storage = memoryStorage({ clock, ...(options.faults && { faults: options.faults }) })
  const ready = broker.admin.createTopics([
    {
      name: 'app-totals-changelog',
      partitions: 1,
      config: { 'cleanup.policy': 'compact', 'delete.retention.ms': String(options.deleteRetentionMs ?? 86_400_000) },
    },
  ])
  const start = async (settings: Partial<EngineSettings> = {}, on: MemoryBroker = broker) => {
    await clock.resolve(ready)
    const worker = new Worker({ graph, broker: on.connect(), storage, clock, settings, createTopics: 'all' })
    await clock.resolve(worker.start())
    return worker
  }
  const send = async (name: string, records: readonly (readonly [key: string, value: string | bigint | null])[]) => {
    const writer = await broker.writer()
    const bytes = (value: string | bigint | null) => {
      if (typeof value !== 'bigint') return value === null ? null : Buffer.from(value)
      const buffer = Buffer.alloc(8)
      buffer.writeBigInt64BE(value)
      return buffer
    }
    await clock.resolve(
      writer.send(
        records.map(([key, value], index) => ({
          topic: name,
          partition: 0,
          timestamp: 1_000 + index,
          key: Buffer.from(key),
          value: bytes(value),
          headers: [],
        })),
      ),
    )
  }
  const rows = () => Object.fromEntries(storage.rows('totals').map(({ key, value }) => [key[0], value[0]]))
  return { clock, broker, storage, start, send, rows }
}
