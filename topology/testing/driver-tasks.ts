import type { OutgoingRecord, RawRecord } from '../broker/port.ts'
import { FatalError, messageOf, SerdeError } from '../definition/errors.ts'
import type { Subtopology, TopologyGraph } from '../definition/graph.ts'
import { deadLetterTopic } from '../definition/naming.ts'
import { type Awaitable, chain, forEachInOrder, isPromise, type StreamRecord } from '../definition/record.ts'
import type { Codecs } from '../runtime/codecs.ts'
import { deadLetter, rootCause } from '../runtime/dead-letter.ts'
import { NodeFailure } from '../runtime/node-failure.ts'
import { partitionOf } from '../runtime/partitioner.ts'
import { isEngineFault } from '../runtime/record-runner.ts'
import { mayRetry } from '../runtime/retry.ts'
import { TaskGraph } from '../runtime/task-graph.ts'
import { TaskOutput } from '../runtime/task-output.ts'
import { deepFreeze } from './deep-freeze.ts'
import type { DeadLetter } from './driver.ts'
import { DriverTable } from './driver-table.ts'

/** A record on its way into a topic; without a partition it goes by its key. */
export type Written = Omit<OutgoingRecord, 'partition'> & { readonly partition: number | undefined }

interface DriverTask {
  readonly subtopology: Subtopology
  readonly partition: number
  readonly graph: TaskGraph
  readonly output: TaskOutput
}

/** The tasks of a topology in one process: what one writes the others read, until nothing is left to do. */
export class DriverTasks {
  readonly skipped = new Map<string, number>()
  readonly #graph: TopologyGraph
  readonly #codecs: Codecs
  readonly #partitions: number
  readonly #tasks: readonly DriverTask[]
  readonly #tables = new Map<string, DriverTable[]>()
  readonly #globals = new Map<string, { readonly store: string; readonly table: DriverTable }[]>()
  readonly #offsets = new Map<string, number>()
  readonly #outputs = new Map<string, StreamRecord[]>()
  readonly #sourceOfDeadLetters: ReadonlyMap<string, string>
  readonly #internal: ReadonlySet<string>
  readonly #deadLetters: { readonly source: string; readonly letter: DeadLetter }[] = []
  readonly #queue: RawRecord[] = []
  #now: number

  constructor(graph: TopologyGraph, codecs: Codecs, partitions: number, now: number) {
    this.#graph = graph
    this.#codecs = codecs
    this.#partitions = partitions
    this.#now = now
    this.#sourceOfDeadLetters = new Map([...graph.topics.keys()].map(topic => [deadLetterTopic(topic), topic]))
    this.#internal = new Set(graph.definition.nodes.flatMap(node => (node.kind === 'repartition' ? [node.topic] : [])))
    const globals = new Map<string, DriverTable>()
    for (const { source, store } of graph.globals) {
      const table = this.#table(store.name, () => 0)
      globals.set(store.name, table)
      for (const topic of source.topics) {
        const known = this.#globals.get(topic) ?? []
        this.#globals.set(topic, [...known, { store: store.name, table }])
      }
    }
    this.#tasks = graph.subtopologies.flatMap(subtopology => {
      const count = Math.max(...subtopology.inputs.map(topic => this.#partitionsOf(topic)))
      return Array.from({ length: count }, (_, partition) => this.#open(subtopology, partition, globals))
    })
  }

  /** Writes a record, and runs until nothing is left to do. */
  pipe(record: Written): Awaitable<void> {
    return chain(this.#write(record), () => this.#run())
  }

  /** Moves the wall clock, and runs the punctuators that are due. Units: ms. */
  advance(ms: number): Awaitable<void> {
    this.#now += ms
    return forEachInOrder(this.#tasks, task => {
      const due = task.graph.punctuations.takeWallDue(this.#now)
      const punctuated = forEachInOrder(due, scheduled => task.graph.punctuate(scheduled, this.#now))
      return chain(
        chain(punctuated, () => this.#commit(task)),
        () => this.#run(),
      )
    })
  }

  /** Takes the records of a topic since the last call. */
  take(topic: string): StreamRecord[] {
    const records = this.#outputs.get(topic) ?? []
    this.#outputs.delete(topic)
    return records
  }

  /** Takes the dead letters of a topic, or all. */
  takeDeadLetters(topic: string | undefined): DeadLetter[] {
    const taken = this.#deadLetters.filter(({ source }) => topic === undefined || source === topic)
    for (const one of taken) this.#deadLetters.splice(this.#deadLetters.indexOf(one), 1)
    return taken.map(({ letter }) => letter)
  }

  /** The tables of a store, one a partition. */
  tablesOf(store: string): readonly DriverTable[] {
    return this.#tables.get(store) ?? []
  }

  close(): void {
    for (const task of this.#tasks) task.graph.close()
  }

  #partitionsOf(topic: string): number {
    return this.#graph.topics.get(topic)?.partitions ?? this.#partitions
  }

  #open(subtopology: Subtopology, partition: number, globals: ReadonlyMap<string, DriverTable>): DriverTask {
    const output = new TaskOutput()
    const timestamp = () => graph.cursor.timestamp
    const tables = subtopology.stores.map(({ name }) => [name, this.#table(name, timestamp)] as const)
    const graph: TaskGraph = new TaskGraph({
      graph: this.#graph,
      subtopology,
      partition,
      tables: new Map(tables),
      globals,
      codecs: this.#codecs,
      output,
      partitionsOf: topic => this.#partitionsOf(topic),
      now: () => this.#now,
      onSkip: (_, reason) => this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1),
    })
    return { subtopology, partition, graph, output }
  }

  #table(store: string, timestamp: () => number): DriverTable {
    const definition = this.#graph.stores.get(store)!
    const table = new DriverTable({ definition, codec: this.#codecs.stores.get(store)!, timestamp })
    this.#tables.set(store, [...(this.#tables.get(store) ?? []), table])
    return table
  }

  /** Appends to a topic: tasks that read it have it in their queue, and a test can read it. */
  #write(record: Written): Awaitable<void> {
    const { topic, key } = record
    const partitions = this.#partitionsOf(topic)
    const partition = record.partition ?? (key === null ? 0 : partitionOf(key, partitions))
    const place = `${topic}/${partition}`
    const offset = this.#offsets.get(place) ?? 0
    this.#offsets.set(place, offset + 1)
    const raw: RawRecord = { ...record, partition, offset }
    if (this.#tasks.some(task => task.subtopology.inputs.includes(topic))) this.#queue.push(raw)
    const globals = this.#globals.get(topic) ?? []
    return forEachInOrder(globals, global => chain(this.#decode(raw), decoded => install(global.table, decoded)))
  }

  #run(): Awaitable<void> {
    for (let raw = this.#queue.shift(); raw !== undefined; raw = this.#queue.shift()) {
      const { topic, partition } = raw
      const readers = this.#tasks.filter(
        task => task.partition === partition && task.subtopology.inputs.includes(topic),
      )
      const record = raw
      const pending = forEachInOrder(readers, task => this.#process(task, record))
      if (isPromise(pending)) return pending.then(() => this.#run())
    }
  }

  #process(task: DriverTask, raw: RawRecord): Awaitable<void> {
    return chain(this.#attempt(task, raw, 1), () => chain(this.#punctuate(task), () => this.#commit(task)))
  }

  #attempt(task: DriverTask, raw: RawRecord, attempts: number): Awaitable<void> {
    const failed = (error: unknown) => this.#failed(task, raw, error, attempts)
    try {
      const pending = chain(this.#decode(raw), record => task.graph.process(record))
      return isPromise(pending) ? pending.catch(failed) : undefined
    } catch (error) {
      return failed(error)
    }
  }

  #failed(task: DriverTask, raw: RawRecord, error: unknown, attempts: number): Awaitable<void> {
    const policy = error instanceof NodeFailure ? error.policy : undefined
    if (mayRetry(policy, rootCause(error), attempts)) return this.#attempt(task, raw, attempts + 1)
    if (isEngineFault(error)) throw rootCause(error)
    if (policy?.then === 'stop') {
      const message = `record ${raw.topic}/${raw.partition} at offset ${raw.offset} failed: ${messageOf(rootCause(error))}`
      throw new FatalError('STOPPED_BY_POLICY', `${message}. Its policy is to stop`, { cause: error })
    }
    const node = error instanceof NodeFailure ? error.node : task.subtopology.name
    const stage =
      error instanceof NodeFailure ? (rootCause(error) instanceof SerdeError ? 'produce' : 'process') : 'decode'
    const at = { firstFailureAt: this.#now, lastFailureAt: this.#now }
    task.output.add(deadLetter(raw, { error, stage, processor: node, attempts, ...at }))
  }

  #punctuate(task: DriverTask): Awaitable<void> {
    const { graph } = task
    const { streamTime } = graph.cursor
    if (!graph.punctuations.streamDue(streamTime)) return
    const due = graph.punctuations.takeStreamDue(streamTime)
    return forEachInOrder(due, scheduled => graph.punctuate(scheduled, streamTime))
  }

  /** Hands on what nodes hold back, and what the task has written. */
  #commit(task: DriverTask): Awaitable<void> {
    return chain(task.graph.flush(), () => forEachInOrder(task.output.take(), record => this.#written(record)))
  }

  #written(record: OutgoingRecord): Awaitable<void> {
    const source = this.#sourceOfDeadLetters.get(record.topic)
    if (source !== undefined && !this.#graph.topics.has(record.topic)) {
      const headers = record.headers.map(({ key, value }) => [key, value === null ? '' : Buffer.from(value).toString()])
      const letter = { ...record, headers: Object.fromEntries(headers) }
      this.#deadLetters.push({ source, letter })
      return
    }
    if (this.#internal.has(record.topic)) return this.#write(record)
    const offset = this.#offsets.get(`${record.topic}/${record.partition}`) ?? 0
    return chain(this.#decode({ ...record, offset }), decoded => {
      const known = this.#outputs.get(record.topic)
      if (known) known.push(decoded)
      else this.#outputs.set(record.topic, [decoded])
      return this.#write(record)
    })
  }

  #decode(raw: RawRecord): Awaitable<StreamRecord> {
    const codec = this.#codecs.topics.get(raw.topic)!
    const extract = this.#graph.topics.get(raw.topic)?.timestamp
    return chain(codec.key.decode(raw.key), key =>
      chain(codec.value.decode(raw.value), value => {
        const record = deepFreeze({ ...raw, key, value })
        return extract === undefined ? record : { ...record, timestamp: extract(record, -1) }
      }),
    )
  }
}

function install(table: DriverTable, { key, value, timestamp }: StreamRecord): void {
  if (key === null) return
  if (value === null) table.delete(key)
  else table.put(key, value, timestamp)
}
