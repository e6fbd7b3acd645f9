import { memoryRegistry } from '../../schemas/registry/memory.ts'
import type { TopologyDefinition } from '../definition/definition.ts'
import { type Duration, durationMs } from '../definition/duration.ts'
import { ProcessorError, TopologyError } from '../definition/errors.ts'
import { buildGraph, type TopologyGraph } from '../definition/graph.ts'
import { type Awaitable, type Header, isPromise, type StreamRecord } from '../definition/record.ts'
import type { SchemaRegistry } from '../definition/serde.ts'
import type { AnyStore, StoreDefinition } from '../definition/store.ts'
import type { AnyTopic, Topic } from '../definition/topic.ts'
import { resolvedToRun } from '../definition/topic-patterns.ts'
import { bindCodecs, type Codecs } from '../runtime/codecs.ts'
import { registerSchemas } from '../runtime/register-schemas.ts'
import { DriverRun } from './driver-run.ts'
import { DriverStore } from './driver-store.ts'
import type { PipedBytes } from './driver-topics.ts'
import { frozenCodecs } from './frozen-codecs.ts'

/** The options of the driver. */
export interface TestDriverOptions {
  /**
   * `1`: every topic has one partition, also those that declare more, so that all records of a test meet in one task. A higher
   * number: partitions of the topics whose count is not determined (neither by their declaration nor by the topics they are
   * joined with). Unset: as declared, and 1 where nothing determines it.
   */
  readonly partitions?: number
  /** Names of topics that are there for patterns to match, beside those that the topology declares. Unset: none. */
  readonly topics?: readonly string[]
  /** Wall clock at the start. Units: ms since the epoch. Unset: 0. */
  readonly now?: number
  /**
   * The topology's schemas are registered there when the driver is made, as `schemas register` does before a deploy; others are
   * refused. Unset: one in memory.
   */
  readonly registry?: SchemaRegistry
}

/** The place and the time of a piped record. */
export interface PipeOptions {
  /** Event time. Units: ms since the epoch. Unset: the driver's time, which `advanceTime` moves. */
  readonly at?: number
  readonly headers?: readonly Header[]
  /** Unset: by the key, as a producer does. */
  readonly partition?: number
}

/** A record for `pipeAll`. */
export interface PipedRecord<K, V> extends PipeOptions {
  readonly key: K
  readonly value: V
}

/** A record as `read` gives it. `headers` only if there are any. */
export interface ReadRecord<K, V> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly headers?: readonly Header[]
}

/** A record that failed, as it is in the dead-letter topic. `headers` give the reason. */
export interface DeadLetter {
  readonly topic: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number
  /** By header name. Shape: `{ 'millrace.dlq.error.message': 'boom', ... }`. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Makes a driver that runs the topology in this process, without broker, database or waiting: its tasks are a worker's own, with
 * their decoding, failure policies, stores and commits, on memory parts and a clock that only moves when a test or a back-off
 * moves it.
 *
 * Shape: `const driver = await testDriver(wordCount)`. Errors: TopologyError TOPOLOGY_INVALID, COPARTITION_MISMATCH,
 * SCHEMA_INCOMPATIBLE when the registry that was given has versions which a schema may not follow.
 */
export async function testDriver(topology: TopologyDefinition, options: TestDriverOptions = {}): Promise<TestDriver> {
  const graph = buildGraph(resolvedToRun(topology, options.topics ?? []))
  const { registry = memoryRegistry(), partitions, now = 0 } = options
  await registerSchemas(graph, registry)
  const codecs = frozenCodecs(await bindCodecs(graph, registry))
  return new TestDriver(graph, codecs, await DriverRun.open(graph, codecs, { partitions, now }))
}

/** A topology under test, stepped record by record. Every record is committed before the next one is piped. */
export class TestDriver {
  readonly #graph: TopologyGraph
  readonly #codecs: Codecs
  readonly #run: DriverRun
  readonly #stores = new Map<string, DriverStore<unknown, unknown>>()
  #time = 0

  /** Called by `testDriver`. */
  constructor(graph: TopologyGraph, codecs: Codecs, run: DriverRun) {
    this.#graph = graph
    this.#codecs = codecs
    this.#run = run
  }

  /**
   * Writes a record to a topic and waits until all that follows from it is done, also through other topics of the topology.
   *
   * Errors: FatalError STOPPED_BY_POLICY when a processor has failed whose policy is to stop; nothing can be piped after it, as a
   * worker that was stopped processes nothing more.
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

  /** As `pipe`, with key and value as they are in Kafka: bytes that cannot be decoded, for instance. */
  async pipeBytes(
    topic: AnyTopic,
    key: Uint8Array | null,
    value: Uint8Array | null,
    options: PipeOptions = {},
  ): Promise<void> {
    await this.#pipeBytes(topic, { key, value }, options)
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
    await this.#run.advance(durationMs(by))
  }

  /** Takes the records that were written to a topic since the last read, in order. */
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
    return this.#run.topics.take(topic.name) as StreamRecord<K, V>[]
  }

  /**
   * Gives read access to a store, over all partitions. Errors: TopologyError TOPOLOGY_INVALID for a name that it does not
   * have.
   */
  store(name: string): DriverStore<unknown, unknown>
  store<K, V, H>(definition: StoreDefinition<K, V, H>): DriverStore<K, V>
  store(store: string | AnyStore): DriverStore<unknown, unknown> {
    const name = typeof store === 'string' ? store : store.name
    const definition = this.#graph.stores.get(name)
    if (definition === undefined) {
      const names = [...this.#graph.stores.keys()].map(known => `'${known}'`).join(', ')
      throw new TopologyError('TOPOLOGY_INVALID', `store '${name}' is not in the topology: it has ${names || 'none'}`)
    }
    const known = this.#stores.get(name) ?? new DriverStore(definition, this.#run.tablesOf(name))
    this.#stores.set(name, known)
    return known
  }

  /** Takes the records that failed since the last call; of one topic, or of all. */
  deadLetters(topic?: AnyTopic): DeadLetter[] {
    return this.#run.topics.takeDeadLetters(topic?.name)
  }

  /** The number of records that operators have left out by their semantics. Shape: `{ 'null-key': 1, late: 2 }`. */
  get skipped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#run.skipped)
  }

  /** Ends the run. */
  close(): void {
    this.#run.close()
  }

  #pipe<K, V>(topic: Topic<string, K, V>, key: K, value: V, options: PipeOptions): Awaitable<void> {
    this.#declared(topic)
    const codec = this.#codecs.topics.get(topic.name)!
    return this.#pipeBytes(topic, { key: codec.key.encode(key), value: codec.value.encode(value) }, options)
  }

  #pipeBytes(topic: AnyTopic, bytes: Pick<PipedBytes, 'key' | 'value'>, options: PipeOptions): Awaitable<void> {
    this.#declared(topic)
    const { at: timestamp = this.#time, headers = [], partition } = options
    if (!Number.isSafeInteger(timestamp))
      throw new ProcessorError('DECODE_FAILED', `a record cannot be at ${timestamp}: give milliseconds since the epoch`)
    return this.#run.pipe({ topic: topic.name, timestamp, headers, partition, key: bytes.key, value: bytes.value })
  }

  #declared(topic: AnyTopic): void {
    if (!this.#graph.topics.has(topic.name))
      throw new TopologyError(
        'TOPOLOGY_INVALID',
        `topic '${topic.name}' is not in the topology: declare or use it there`,
      )
  }
}
