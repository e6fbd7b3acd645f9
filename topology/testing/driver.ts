import { memoryRegistry } from '../../schemas/registry/memory.ts'
import type { TopologyDefinition } from '../definition/definition.ts'
import { type Duration, durationMs } from '../definition/duration.ts'
import { ProcessorError, TopologyError } from '../definition/errors.ts'
import { buildGraph, type TopologyGraph } from '../definition/graph.ts'
import { type Awaitable, type Header, isPromise, type StreamRecord } from '../definition/record.ts'
import type { SchemaRegistry } from '../definition/serde.ts'
import type { AnyStore, StoreDefinition } from '../definition/store.ts'
import type { AnyTopic, Topic } from '../definition/topic.ts'
import { bindCodecs, type Codecs } from '../runtime/codecs.ts'
import { DriverStore } from './driver-store.ts'
import { DriverTasks } from './driver-tasks.ts'

/** How the driver runs a topology. */
export interface TestDriverOptions {
  /** Partitions of every topic that does not declare its own. Unset: 1. */
  readonly partitions?: number
  /** Wall clock at the start. Units: ms since the epoch. Unset: 0. */
  readonly now?: number
  /** Unset: one in memory, where every schema is registered when it is first used. */
  readonly registry?: SchemaRegistry
}

/** Where and when a record is piped. */
export interface PipeOptions {
  /** Event time. Units: ms since the epoch. Unset: the driver's time, which `advanceTime` moves. */
  readonly at?: number
  readonly headers?: readonly Header[]
  /** Unset: by the key, as a producer would. */
  readonly partition?: number
}

/** A record for `pipeAll`. */
export interface PipedRecord<K, V> extends PipeOptions {
  readonly key: K
  readonly value: V
}

/** A record as `read` gives it. `headers` only where there are any. */
export interface ReadRecord<K, V> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly headers?: readonly Header[]
}

/** A record that failed, as it stands in the dead-letter topic. `headers` says why. */
export interface DeadLetter {
  readonly topic: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number
  /** By header name. Shape: `{ 'millrace.dlq.error.message': 'boom', ... }`. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Makes a driver that runs the topology in this process, without broker, database or waiting: the definition, nodes, serdes
 * and checks are those of a worker.
 *
 * Shape: `const driver = await testDriver(wordCount)`. Errors: TopologyError TOPOLOGY_INVALID.
 */
export async function testDriver(topology: TopologyDefinition, options: TestDriverOptions = {}): Promise<TestDriver> {
  const graph = buildGraph(topology)
  const codecs = await bindCodecs(graph, options.registry ?? memoryRegistry())
  return new TestDriver(graph, codecs, options)
}

/** A topology under test, stepped record by record. Every record is committed before the next one is piped. */
export class TestDriver {
  readonly #graph: TopologyGraph
  readonly #codecs: Codecs
  readonly #tasks: DriverTasks
  readonly #stores = new Map<string, DriverStore<unknown, unknown>>()
  #time = 0

  constructor(graph: TopologyGraph, codecs: Codecs, options: TestDriverOptions) {
    this.#graph = graph
    this.#codecs = codecs
    this.#tasks = new DriverTasks(graph, codecs, options.partitions ?? 1, options.now ?? 0)
  }

  /**
   * Writes a record to a topic and waits until all that follows from it is done: also what goes through other topics of the
   * topology. Errors: whatever a processor threw whose policy is to stop.
   */
  async pipe<K, V>(
    topic: Topic<string, K, V>,
    key: NoInfer<K>,
    value: NoInfer<V>,
    options: PipeOptions = {},
  ): Promise<void> {
    await this.#pipe(topic, key, value, options)
  }

  /** As `pipe`, for topologies whose functions are all synchronous. Errors: TopologyError UNSUPPORTED when one was not. */
  pipeSync<K, V>(topic: Topic<string, K, V>, key: NoInfer<K>, value: NoInfer<V>, options: PipeOptions = {}): void {
    const pending = this.#pipe(topic, key, value, options)
    if (!isPromise(pending)) return
    pending.catch(() => undefined)
    throw new TopologyError(
      'UNSUPPORTED',
      `a record of '${topic.name}' needs asynchronous work: await driver.pipe(...)`,
    )
  }

  /** Pipes records one after another. */
  async pipeAll<K, V>(
    topic: Topic<string, K, V>,
    records: Iterable<PipedRecord<NoInfer<K>, NoInfer<V>>>,
  ): Promise<void> {
    for (const { key, value, ...options } of records) await this.pipe(topic, key, value, options)
  }

  /** Moves the event time that records without `at` have. */
  advanceTime(by: Duration): void {
    this.#time += durationMs(by)
  }

  /** Moves the wall clock, and runs the punctuators that are due. */
  async advanceWallClock(by: Duration): Promise<void> {
    await this.#tasks.advance(durationMs(by))
  }

  /** Takes what was written to a topic since the last read, in order. */
  read<K, V>(topic: Topic<string, K, V>): ReadRecord<K, V>[] {
    return this.readRecords(topic).map(({ key, value, timestamp, headers }) => ({
      key,
      value,
      timestamp,
      ...(headers.length > 0 && { headers }),
    }))
  }

  /** As `read`, with partition and offset. */
  readRecords<K, V>(topic: Topic<string, K, V>): StreamRecord<K, V>[] {
    this.#declared(topic)
    return this.#tasks.take(topic.name) as StreamRecord<K, V>[]
  }

  /** Looks into a store, over all partitions. Errors: TopologyError TOPOLOGY_INVALID for a name that it does not have. */
  store(name: string): DriverStore<unknown, unknown>
  store<K, V, H>(definition: StoreDefinition<K, V, H>): DriverStore<K, V>
  store(store: string | AnyStore): DriverStore<unknown, unknown> {
    const name = typeof store === 'string' ? store : store.name
    const definition = this.#graph.stores.get(name)
    if (definition === undefined) {
      const names = [...this.#graph.stores.keys()].map(known => `'${known}'`).join(', ')
      throw new TopologyError('TOPOLOGY_INVALID', `store '${name}' is not in the topology: it has ${names || 'none'}`)
    }
    const known = this.#stores.get(name) ?? new DriverStore(definition, this.#tasks.tablesOf(name))
    this.#stores.set(name, known)
    return known
  }

  /** Takes the records that failed since the last call; of one topic, or of all. */
  deadLetters(topic?: AnyTopic): DeadLetter[] {
    return this.#tasks.takeDeadLetters(topic?.name)
  }

  /** How many records operators have left out by their semantics. Shape: `{ 'null-key': 1, late: 2 }`. */
  get skipped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#tasks.skipped)
  }

  /** Ends the run. */
  close(): void {
    this.#tasks.close()
  }

  #pipe<K, V>(topic: Topic<string, K, V>, key: K, value: V, options: PipeOptions): Awaitable<void> {
    this.#declared(topic)
    const codec = this.#codecs.topics.get(topic.name)!
    const timestamp = options.at ?? this.#time
    if (timestamp < 0 || !Number.isSafeInteger(timestamp))
      throw new ProcessorError('DECODE_FAILED', `a record cannot be at ${timestamp}: give milliseconds since the epoch`)
    const raw = { key: codec.key.encode(key), value: codec.value.encode(value) }
    const { headers = [], partition } = options
    return this.#tasks.pipe({ topic: topic.name, timestamp, headers, partition, ...raw })
  }

  #declared(topic: AnyTopic): void {
    if (!this.#graph.topics.has(topic.name))
      throw new TopologyError(
        'TOPOLOGY_INVALID',
        `topic '${topic.name}' is not in the topology: declare or use it there`,
      )
  }
}
