import type { StoredRow } from '../../store/contract.ts'
import { type MemoryStorage, memoryStorage } from '../../store/memory-storage.ts'
import { MemoryBroker } from '../../topology/broker/memory/memory-broker.ts'
import type { RawRecord, TopicSpec } from '../../topology/broker/port.ts'
import type { Clock } from '../../topology/definition/clock.ts'
import type { Subtopology, TopologyGraph } from '../../topology/definition/graph.ts'
import type { SchemaRegistry } from '../../topology/definition/serde.ts'
import { Worker } from '../../topology/runtime/worker.ts'

/** The run of a processor in a shadow: on memory parts, from the beginning of its inputs. */
export interface ShadowOptions {
  readonly graph: TopologyGraph
  readonly sub: Subtopology
  readonly clock: Clock
  readonly registry: SchemaRegistry
  /** Its inputs and the topics of global tables, with the partitions of the cluster. */
  readonly topics: readonly TopicSpec[]
  /** The records that it is fed with, step by step: the next begins when it has processed and applied the one before. */
  readonly steps: readonly (readonly RawRecord[])[]
}

/** The rows of a store, by their keys as text. */
export type ShadowRows = ReadonlyMap<string, { readonly partition: number; readonly row: StoredRow }>

/** The rows of each store after each step. */
export type ShadowCuts = readonly ReadonlyMap<string, ShadowRows>[]

/**
 * Runs a processor by the engine itself, on a broker and tables in memory, and returns its rows after each step. Records keep their
 * partitions and times; of several inputs the lowest time goes first. Nothing real is written.
 */
export async function runShadow({ graph, sub, clock, registry, topics, steps }: ShadowOptions): Promise<ShadowCuts> {
  const broker = new MemoryBroker({ clock })
  const storage = memoryStorage({ clock })
  await broker.admin.createTopics(topics.map(({ name, partitions }) => ({ name, partitions, config: {} })))
  const settings = { commitIntervalMs: 50 }
  const worker = new Worker({
    ...{ graph, storage, registry, clock, settings, createTopics: 'all', processors: [sub.name] },
    broker: broker.connect(),
  })
  const writer = await broker.writer()
  const cuts: ReadonlyMap<string, ShadowRows>[] = []
  try {
    for (const [index, records] of steps.entries()) {
      if (records.length > 0) await writer.send(records)
      if (index === 0) await worker.start()
      await Promise.race([rest(broker, storage, sub, topics, clock), failure(worker)])
      cuts.push(new Map(sub.stores.map(({ name }) => [name, rowsOf(storage, name)])))
    }
  } finally {
    await worker.stop()
    await writer.close()
  }
  return cuts
}

async function failure(worker: Worker): Promise<never> {
  throw await worker.failed
}

function rowsOf(storage: MemoryStorage, store: string): ShadowRows {
  const found = new Map<string, { readonly partition: number; readonly row: StoredRow }>()
  for (const { partition, rows } of storage.cuts(store))
    for (const row of rows) found.set(keyText(row.key), { partition, row })
  return found
}

/** A split key as text. */
export function keyText(key: readonly unknown[]): string {
  return key.map(part => String(part)).join(' ')
}

/** Until the group has committed all its inputs and the tables are as far as their changelogs, twice in a row. */
async function rest(
  { admin }: MemoryBroker,
  storage: MemoryStorage,
  { group, inputs, stores }: Subtopology,
  topics: readonly TopicSpec[],
  clock: Clock,
): Promise<void> {
  const at = topics
    .filter(({ name }) => inputs.includes(name))
    .flatMap(({ name: topic, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
    )
  for (let still = 0, before = ''; still < 2; await clock.sleep(100)) {
    const ends = await admin.listOffsets(at, 'committed')
    const offsets = await admin.committedOffsets(group, at)
    const done = ends.every((end, index) => end === 0 || (offsets[index]?.offset ?? 0) >= end)
    const applied = JSON.stringify(stores.map(({ name }) => storage.cuts(name).map(({ offset }) => offset ?? -1)))
    still = done && applied === before ? still + 1 : 0
    before = applied
  }
}
