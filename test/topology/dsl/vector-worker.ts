import type { StoredRow } from '../../../store/contract.ts'
import { type Connections, connectParts, type Parts } from '../../../topology/app/connections.ts'
import type { RecordReader } from '../../../topology/broker/port.ts'
import { buildGraph, type TopologyGraph } from '../../../topology/definition/graph.ts'
import type { AnyStore } from '../../../topology/definition/store.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import {
  difference,
  recordHeaders,
  type VectorCase,
  type VectorRecord,
  type VectorStep,
} from '../../lab/vectors/case.ts'
import { writtenRecord } from '../../lab/vectors/run.ts'
import { type VectorTopology, vectorTopology } from '../../lab/vectors/topologies.ts'

const quietWithinMs = 120_000

/** A case run on a real worker, step by step: a step is piped when all that followed from the one before is committed. */
export class VectorWorker {
  readonly #vector: VectorCase
  readonly #topology: VectorTopology
  readonly #graph: TopologyGraph
  readonly #options: Connections
  readonly #outside: Parts
  readonly #reader: RecordReader
  /** The last record seen in each topic: not counting markers. */
  readonly #last = new Map<string, number>()
  readonly #position = new Map<string, number>()
  readonly #written: VectorRecord[] = []
  #running: { readonly worker: Worker; readonly parts: Parts } | undefined

  private constructor(vector: VectorCase, prefix: string, options: Connections, outside: Parts) {
    this.#vector = vector
    this.#topology = vectorTopology(vector, prefix)
    this.#graph = buildGraph(this.#topology.topology)
    this.#options = options
    this.#outside = outside
    this.#reader = outside.broker.reader({ isolation: 'read_committed', maxWaitMs: 10 })
  }

  /** Runs the whole case. Returns its first difference from Kafka Streams, or of its stores from the test driver's. */
  static async run(vector: VectorCase, prefix: string, options: Connections): Promise<string | undefined> {
    const outside = await connectParts(options)
    const run = new VectorWorker(vector, prefix, options, outside)
    try {
      await run.#start()
      return (await run.#steps()) ?? (await run.#stores())
    } finally {
      await run.#stop()
      await run.#reader.close()
      await outside.close()
    }
  }

  async #start(): Promise<void> {
    const parts = await connectParts(this.#options)
    const settings = { commitIntervalMs: 10 }
    const worker = new Worker({ graph: this.#graph, ...parts, settings, createTopics: 'all' })
    this.#running = { worker, parts }
    await worker.start()
  }

  async #stop(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.worker.stop()
    await running?.parts.close()
  }

  async #steps(): Promise<string | undefined> {
    const { broker } = this.#outside
    const watched = [...this.#inputs().map(({ topic }) => topic), this.#topology.output.name]
    for (const topic of new Set(watched)) this.#reader.seek({ topic, partition: 0 }, 0)
    const writer = await broker.writer()
    for (const [index, step] of this.#vector.steps.entries()) {
      await writer.send([this.#recordOf(step)])
      // A global table has no group whose offsets say how far it is, but it is read to the end before a worker starts.
      if (this.#graph.globals.length > 0 && step.in[0] === 'right') {
        await this.#stop()
        await this.#start()
      }
      await this.#quiet()
      const found = difference(step.out, this.#written.splice(0))
      if (found) return `step ${index + 1}, ${JSON.stringify(step.in)}: ${found}`
    }
    await writer.close()
    return undefined
  }

  #recordOf({ in: [topic, key, value, timestamp, headers] }: VectorStep) {
    const bytes = (text: string | null) => (text === null ? null : Buffer.from(text))
    const name = this.#topology.inputs[topic]!.name
    return {
      topic: name,
      partition: 0,
      timestamp,
      key: bytes(key),
      value: bytes(value),
      headers: recordHeaders(headers),
    }
  }

  /** Waits until every input is committed past its last record: offsets are read first, so no record can slip between. */
  async #quiet(): Promise<void> {
    const { clock } = this.#outside
    const deadline = clock.now() + quietWithinMs
    for (;;) {
      const committed = await this.#committed()
      await this.#readOn()
      if (committed.every(({ topic, offset }) => (this.#last.get(topic) ?? -1) < offset)) return
      if (clock.now() > deadline) throw new Error(`'${this.#vector.name}' is not quiet: ${JSON.stringify(committed)}`)
    }
  }

  #inputs() {
    return this.#graph.subtopologies.flatMap(({ group, inputs }) => inputs.map(topic => ({ group, topic })))
  }

  async #committed(): Promise<readonly { readonly topic: string; readonly offset: number }[]> {
    const { admin } = this.#outside.broker
    return Promise.all(
      this.#inputs().map(async ({ group, topic }) => {
        const [known] = await admin.committedOffsets(group, [{ topic, partition: 0 }])
        return { topic, offset: known?.offset ?? 0 }
      }),
    )
  }

  /**
   * Reads up to the high watermarks: a transaction's offsets can be seen a moment before its records can, but its records
   * are there, below the watermark.
   */
  async #readOn(): Promise<void> {
    const { output } = this.#topology
    const watched = [...new Set([...this.#inputs().map(({ topic }) => topic), output.name])]
    const partitions = watched.map(topic => ({ topic, partition: 0 }))
    const ends = await this.#outside.broker.admin.listOffsets(partitions, 'latest')
    const behind = new Map(watched.map((topic, index) => [topic, ends[index] as number]))
    for (const [topic, end] of behind) if ((this.#position.get(topic) ?? 0) >= end) behind.delete(topic)
    const key = await output.key.bind({ topic: output.name, part: 'key' })
    const value = await output.value.bind({ topic: output.name, part: 'value' })
    while (behind.size > 0) {
      for (const { topic, records, position } of await this.#reader.poll()) {
        for (const record of records) {
          this.#last.set(topic, record.offset)
          if (topic !== output.name) continue
          const decoded = { key: await key.decode(record.key), value: await value.decode(record.value) }
          this.#written.push(writtenRecord({ ...record, ...decoded }))
        }
        this.#position.set(topic, position)
        if (position >= (behind.get(topic) ?? 0)) behind.delete(topic)
      }
    }
  }

  /** Compares the rows in the database with those of the test driver; of stores whose rows do not expire meanwhile. */
  async #stores(): Promise<string | undefined> {
    await this.#stop()
    const driver = await testDriver(this.#topology.topology)
    for (const { in: input } of this.#vector.steps) {
      const [topic, key, value, at] = input
      await driver.pipe(this.#topology.inputs[topic]!, key, value, { at })
    }
    for (const subtopology of this.#graph.subtopologies) {
      const stores = subtopology.stores
      const task = { subtopology: subtopology.name, partition: 0 }
      const application = this.#graph.definition.name
      const storage = await this.#outside.storage.claim({ application, task, stores })
      for (const store of stores) {
        if (store.type === 'join' && store.retentionMs !== undefined) continue
        const rows = (await storage.scan(store.name, {})).map(written)
        const expected = driver
          .store(store.name)
          .all()
          .map(entry => written(rowOf(store, entry)))
        if (JSON.stringify(rows) !== JSON.stringify(expected))
          return `store '${store.name}': expected ${JSON.stringify(expected)}, got ${JSON.stringify(rows)}`
      }
      await storage.release()
    }
    return undefined
  }
}

function rowOf(
  store: AnyStore,
  entry: { readonly key: unknown; readonly value: unknown; readonly timestamp: number },
): StoredRow {
  return { key: store.key.split(entry.key), value: store.value.split(entry.value), timestamp: entry.timestamp }
}

/** A row that can be compared as text. */
function written({ key, value, timestamp }: StoredRow): readonly unknown[] {
  return [key.map(String), value.map(part => (part === null ? null : String(part))), timestamp]
}
