import type { FailurePolicy, ProcessNode, TaskId } from '../definition/definition.ts'
import { ProcessorError } from '../definition/errors.ts'
import type { Subtopology, TopologyGraph } from '../definition/graph.ts'
import { type Awaitable, type FlowRecord, forEachInOrder, isPromise, type StreamRecord } from '../definition/record.ts'
import type { TaskTable } from '../definition/store.ts'
import type { Codecs } from './codecs.ts'
import { buildNodes, type LiveNode } from './live-node.ts'
import { NodeFailure, policyOf } from './node-failure.ts'
import { Punctuations, type Scheduled } from './punctuation.ts'
import type { TaskCounts } from './task-counts.ts'
import type { TaskOutput } from './task-output.ts'
import type { TaskTracing } from './tracing.ts'

/** A store's table whose writes for one record can be undone. */
// biome-ignore lint/suspicious/noExplicitAny: the stores of a task have different types
interface JournaledTable extends TaskTable<any, any> {
  /** Begins a record. */
  begin(): void
  /** The record is done: its writes stay. */
  end(): void
  /** Undoes the writes since `begin`. */
  rollback(): void
}

/** The parts that a graph runs on: the tables of its task, the receiver of its output, and its times. */
export interface TaskGraphOptions {
  readonly graph: TopologyGraph
  readonly subtopology: Subtopology
  readonly partition: number
  readonly tables: ReadonlyMap<string, JournaledTable>
  // biome-ignore lint/suspicious/noExplicitAny: global tables have different types
  readonly globals: ReadonlyMap<string, TaskTable<any, any>>
  readonly codecs: Codecs
  readonly output: TaskOutput
  readonly counts: TaskCounts
  readonly tracing?: TaskTracing | undefined
  /** Partition count of a topic that the task writes. */
  partitionsOf(topic: string): number
  now(): number
  /** Whether all that the inputs hold has been processed, as far as the last fetches showed. */
  caughtUp(): boolean
  monotonic(): number
}

/** The position of a task: `context.source()`, default timestamps and punctuators use it. */
export interface Cursor {
  streamTime: number
  /** Event time of the current record. Units: ms. */
  timestamp: number
  source: StreamRecord | undefined
}

/**
 * The nodes of a sub-topology, alive for one task: a record goes in, it flows through the nodes, and outputs and state
 * writes end in the task's buffers. It knows no broker, no commit and no wall clock of its own, so the worker, the test
 * driver and the simulation all run this one.
 *
 * A record is all or nothing: when a node throws, its writes and outputs are undone before the failure is reported.
 */
export class TaskGraph {
  readonly task: TaskId
  readonly punctuations = new Punctuations()
  readonly cursor: Cursor = { streamTime: -1, timestamp: -1, source: undefined }
  readonly #options: TaskGraphOptions
  readonly #nodes: readonly LiveNode[]
  readonly #flushing: readonly LiveNode[]
  readonly #entries: ReadonlyMap<string, readonly LiveNode[]>
  readonly #tables: readonly JournaledTable[]
  readonly #output: TaskOutput
  readonly #counts: TaskCounts
  #streamTimeBefore = -1

  constructor(options: TaskGraphOptions, streamTime = -1) {
    this.task = { subtopology: options.subtopology.name, partition: options.partition }
    this.#options = options
    this.#tables = [...options.tables.values()]
    this.#output = options.output
    this.#counts = options.counts
    this.cursor.streamTime = streamTime
    const { nodes, entries } = buildNodes(options, this.task, this.cursor, this.punctuations)
    this.#nodes = nodes
    this.#flushing = nodes.filter(node => node.processor?.flush !== undefined)
    this.#entries = entries
    this.punctuations.resumeAt(streamTime)
  }

  /**
   * Runs one record through the graph. Stays synchronous when every node and every read does. A record whose time is below
   * zero is counted and left out (`RecordQueue` of Kafka Streams): windows and joins have no place for it.
   *
   * Errors: NodeFailure, with the record's writes and outputs undone.
   */
  process(record: StreamRecord): Awaitable<void> {
    if (record.timestamp < 0) return this.#leaveOut(record.topic)
    const cursor = this.cursor
    if (cursor.source !== record) this.#streamTimeBefore = cursor.streamTime
    if (record.timestamp > cursor.streamTime) cursor.streamTime = record.timestamp
    cursor.timestamp = record.timestamp
    cursor.source = record
    // As `#atomically`, without a function for each record.
    this.#begin()
    try {
      const pending = this.#enter(record)
      if (isPromise(pending))
        return pending.then(
          () => this.#keep(),
          error => this.#undo(error),
        )
      this.#keep()
    } catch (error) {
      this.#undo(error)
    }
  }

  /** Undoes the current record as if it had never been seen: stream time too. To be called after it has failed. */
  putBack(): void {
    this.cursor.streamTime = this.#streamTimeBefore
    this.cursor.source = undefined
  }

  /** Runs one punctuator. Errors: NodeFailure, undone alike. */
  punctuate(scheduled: Scheduled, time: number): Awaitable<void> {
    this.cursor.source = undefined
    this.cursor.timestamp = scheduled.on === 'stream-time' ? time : Math.max(this.cursor.streamTime, 0)
    return this.#atomically(() => scheduled.run(time), scheduled.node)
  }

  /** Whether any node holds results back until a commit. */
  get flushes(): boolean {
    return this.#flushing.length > 0
  }

  /**
   * Before a commit: nodes that hold results back hand them on. Each node by itself is all or nothing, so that after a
   * failure the flush can be tried again: a node that has handed on holds nothing any more, one that failed still holds it.
   */
  flush(): Awaitable<void> {
    if (this.#flushing.length === 0) return
    this.cursor.source = undefined
    return forEachInOrder(this.#flushing, ({ definition, processor }) =>
      this.#atomically(() => processor?.flush?.(), definition.name),
    )
  }

  /** Keys that the entry's first nodes will read for the records, by store name: split keys or leading parts. */
  wanted(topic: string, records: readonly FlowRecord[]): ReadonlyMap<string, readonly (readonly unknown[])[]> {
    const wanted = new Map<string, (readonly unknown[])[]>()
    for (const entry of this.#entries.get(topic) ?? []) {
      for (const child of entry.children) {
        if (child.definition.kind !== 'process' || !child.definition.prefetch) continue
        for (const record of records) {
          for (const [store, keys] of Object.entries(hintsOf(child.definition, record))) {
            const known = wanted.get(store)
            if (known) known.push(...keys)
            else wanted.set(store, [...keys])
          }
        }
      }
    }
    return wanted
  }

  /** The policy for a record of the topic that cannot be decoded: `stop` if one of its readers has it. */
  policyAt(topic: string): FailurePolicy | undefined {
    const readers = (this.#entries.get(topic) ?? []).flatMap(entry => entry.children)
    const policies = readers.map(({ definition }) => policyOf(definition))
    return policies.find(policy => policy?.then === 'stop') ?? policies.find(policy => policy !== undefined)
  }

  /** Whether any node tells in advance which rows it will read. */
  get prefetches(): boolean {
    return this.#nodes.some(node => node.definition.kind === 'process' && node.definition.prefetch !== undefined)
  }

  close(): void {
    for (const node of this.#nodes) node.processor?.close?.()
  }

  #leaveOut(topic: string): void {
    for (const { definition } of this.#entries.get(topic) ?? [])
      this.#counts.add({ kind: 'skipped', node: definition.name, reason: 'negative-time' })
  }

  #enter(record: StreamRecord): Awaitable<void> {
    const entries = this.#entries.get(record.topic)
    if (entries === undefined)
      throw new ProcessorError('INTERNAL', `topic '${record.topic}' is no input of '${this.#options.subtopology.name}'`)
    if (entries.length === 1) return (entries[0] as LiveNode).receive(record)
    return forEachInOrder(entries, entry => entry.receive(record))
  }

  #atomically(work: () => Awaitable<void>, node?: string): Awaitable<void> {
    this.#begin()
    try {
      const pending = work()
      if (isPromise(pending))
        return pending.then(
          () => this.#keep(),
          error => this.#undo(error, node),
        )
      this.#keep()
    } catch (error) {
      this.#undo(error, node)
    }
  }

  #begin(): void {
    for (const table of this.#tables) table.begin()
    this.#output.mark(this.cursor.source)
    this.#counts.mark()
  }

  #keep(): void {
    for (const table of this.#tables) table.end()
  }

  /** A record that failed leaves neither state nor outputs behind. */
  #undo(error: unknown, node?: string): never {
    for (const table of this.#tables) {
      table.rollback()
      table.end()
    }
    this.#output.rollback()
    this.#counts.rollback()
    if (error instanceof NodeFailure) throw error
    const definition = this.#nodes.find(live => live.definition.name === node)?.definition
    throw new NodeFailure(node ?? this.#options.subtopology.name, policyOf(definition), error)
  }
}

/** If `prefetch` throws there is no hint: the record's error appears when it is processed. */
function hintsOf(node: ProcessNode, record: FlowRecord): ReturnType<NonNullable<ProcessNode['prefetch']>> {
  try {
    return node.prefetch?.(record) ?? {}
  } catch {
    return {}
  }
}
