import { memoryStorage } from '../../store/memory-storage.ts'
import type { OutgoingRecord, RawRecord } from '../broker/port.ts'
import type { SkipReason } from '../definition/definition.ts'
import type { TopologyGraph } from '../definition/graph.ts'
import { type Awaitable, chain, forEachInOrder, isPromise, recovering, untilResult } from '../definition/record.ts'
import type { TaskTable } from '../definition/store.ts'
import type { Codecs } from '../runtime/codecs.ts'
import { GlobalRows } from '../runtime/global-rows.ts'
import { silentLog } from '../runtime/log.ts'
import type { ProcessingEnvironment } from '../runtime/task-environment.ts'
import { maxRecordBytesOf, planTopics, type TopicPlan } from '../runtime/topic-plan.ts'
import { DriverTask } from './driver-task.ts'
import { DriverTopics, type PipedBytes } from './driver-topics.ts'
import { SteppedClock } from './stepped-clock.ts'

/** Partition counts, and the wall clock at the start in ms. */
interface DriverRunOptions {
  readonly partitions: number | undefined
  readonly now: number
}

// biome-ignore lint/suspicious/noExplicitAny: the stores of a topology have different types
type AnyTable = TaskTable<any, any>

/** All tasks of a topology, stepped one at a time: one task's outputs are other tasks' inputs, until nothing is left to do. */
export class DriverRun {
  readonly topics: DriverTopics
  /** The number of records that operators have left out, by reason. */
  readonly skipped = new Map<string, number>()
  readonly #codecs: Codecs
  readonly #clock: SteppedClock
  readonly #plan: TopicPlan
  readonly #globals: ReadonlyMap<string, GlobalRows>
  readonly #globalsOf = new Map<string, GlobalRows[]>()
  readonly #tasks: DriverTask[] = []
  /** By topic and partition, the tasks that read it. */
  readonly #readers = new Map<string, DriverTask[][]>()
  /** One entry for each record that a task has not processed yet, in the order in which they came. */
  readonly #turns: DriverTask[] = []
  #turn = 0
  readonly #ended = new Set<DriverTask>()
  #error: unknown
  #punctuatedAt: number
  #running: Promise<void> | undefined

  private constructor(graph: TopologyGraph, codecs: Codecs, { partitions, now }: DriverRunOptions) {
    this.#codecs = codecs
    this.#clock = new SteppedClock(now)
    this.#punctuatedAt = now
    this.#plan = planOf(graph, partitions)
    this.topics = new DriverTopics(graph, codecs, topic => this.#partitionsOf(topic))
    this.#globals = new Map(graph.globals.map(({ store }) => [store.name, new GlobalRows(store, this.#leftOut)]))
    for (const { source, store } of graph.globals)
      for (const topic of source.topics)
        this.#globalsOf.set(topic, [...(this.#globalsOf.get(topic) ?? []), this.#globals.get(store.name)!])
  }

  /** Opens every task of the topology. Errors: TopologyError COPARTITION_MISMATCH, STORE_INCOMPATIBLE. */
  static async open(graph: TopologyGraph, codecs: Codecs, options: DriverRunOptions): Promise<DriverRun> {
    const run = new DriverRun(graph, codecs, options)
    await run.#open(graph)
    return run
  }

  /** Appends a record and steps the tasks until nothing is left to do. Errors: the one that has ended the run, now or before. */
  pipe(record: PipedBytes): Awaitable<void> {
    return this.#inTurn(() => {
      const raw = this.topics.pipe(record)
      return chain(
        recovering(() => this.#hand(raw), this.#end),
        this.#settle,
      )
    })
  }

  /** Moves the wall clock and runs the punctuators that are due. Units: ms. Errors: as `pipe`. */
  advance(ms: number): Awaitable<void> {
    return this.#inTurn(() => {
      this.#clock.advance(ms)
      return this.#settle()
    })
  }

  /** The tables of a store, one a partition. */
  tablesOf(store: string): readonly AnyTable[] {
    const global = this.#globals.get(store)
    return global ? [global] : this.#tasks.flatMap(({ tables }) => tables.get(store) ?? [])
  }

  close(): void {
    for (const task of this.#tasks) task.close()
  }

  async #open(graph: TopologyGraph): Promise<void> {
    const env = this.#environment(graph)
    const storage = memoryStorage({ clock: this.#clock })
    await storage.migrate(
      graph.definition.name,
      graph.subtopologies.flatMap(({ stores }) => stores),
    )
    for (const subtopology of graph.subtopologies)
      for (let partition = 0; partition < this.#plan.tasks.get(subtopology.name)!; partition++) {
        const task = await DriverTask.open(subtopology, partition, storage, env)
        this.#tasks.push(task)
        for (const topic of subtopology.inputs) this.#readersOf(topic, partition).push(task)
      }
  }

  #environment(graph: TopologyGraph): ProcessingEnvironment {
    const specs = new Map([...this.#plan.declared, ...this.#plan.internal].map(spec => [spec.name, spec]))
    return {
      graph,
      codecs: this.#codecs,
      globals: this.#globals,
      clock: this.#clock,
      log: silentLog,
      metrics: { skipped: (_, __, reason) => this.#leftOut(reason) },
      // Every row stays in memory, so that every read is synchronous.
      settings: { cacheBytes: Number.POSITIVE_INFINITY, breaker: { share: 1, records: 0 }, slowRecordMs: 0 },
      partitionsOf: topic => this.#partitionsOf(topic),
      maxRecordBytes: topic => maxRecordBytesOf(specs.get(topic)),
    }
  }

  readonly #leftOut = (reason: SkipReason): void => {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1)
  }

  #partitionsOf(topic: string): number {
    return this.#plan.partitions.get(topic) ?? 1
  }

  #readersOf(topic: string, partition: number): DriverTask[] {
    let partitions = this.#readers.get(topic)
    if (partitions === undefined) {
      partitions = Array.from({ length: this.#partitionsOf(topic) }, () => [])
      this.#readers.set(topic, partitions)
    }
    return partitions[partition]!
  }

  /** Two calls at once (the first was not awaited) are done one after the other: a task takes one step at a time. */
  #inTurn(work: () => Awaitable<void>): Awaitable<void> {
    if (this.#running) {
      const before = this.#running
      return this.#remember(before.then(() => this.#checked(work)))
    }
    const done = this.#checked(work)
    return isPromise(done) ? this.#remember(done) : done
  }

  #remember(done: Promise<void>): Promise<void> {
    const running = done
      .catch(() => {})
      .then(() => {
        if (this.#running === running) this.#running = undefined
      })
    this.#running = running
    return done
  }

  #checked(work: () => Awaitable<void>): Awaitable<void> {
    if (this.#error !== undefined) throw this.#error
    return chain(work(), () => {
      if (this.#error !== undefined) throw this.#error
    })
  }

  /** Hands a record to the tasks and the global tables that read its topic. */
  readonly #hand = (record: RawRecord): Awaitable<void> => {
    const readers = this.#readers.get(record.topic)?.[record.partition]
    if (readers !== undefined)
      for (const task of readers) {
        task.deliver(record)
        this.#turns.push(task)
      }
    const globals = this.#globalsOf.get(record.topic)
    if (globals === undefined) return
    const codec = this.#codecs.topics.get(record.topic)!
    return forEachInOrder(globals, rows => rows.install(record, codec))
  }

  readonly #write = (records: readonly OutgoingRecord[]): Awaitable<void> => this.topics.write(records, this.#hand)

  readonly #settle = (): Awaitable<void> => chain(untilResult(this.#takeTurn), nothing)

  /** One step of one task; true when nothing is left to do. Time may have moved in any step: punctuators come first. */
  readonly #takeTurn = (): Awaitable<true | undefined> => {
    this.#clock.begin()
    if (this.#clock.now() !== this.#punctuatedAt) return this.#punctuate()
    const task = this.#turns[this.#turn++]
    if (task !== undefined) return this.#step(task, task.step)
    this.#turns.length = 0
    this.#turn = 0
    return true
  }

  #punctuate(): Awaitable<undefined> {
    this.#punctuatedAt = this.#clock.now()
    return chain(
      forEachInOrder(this.#tasks, task => this.#step(task, task.punctuate)),
      nothing,
    )
  }

  #step(task: DriverTask, step: DriverTask['step']): Awaitable<undefined> {
    if (this.#ended.has(task)) return undefined
    return recovering(
      () => chain(chain(step(), this.#write), nothing),
      error => {
        this.#ended.add(task)
        return this.#end(error)
      },
    )
  }

  /** An error ends its task, and the run when the others have nothing left to do: a worker's tasks do not wait for one another. */
  readonly #end = (error: unknown): undefined => {
    this.#error ??= error
  }
}

function nothing(): undefined {}

/** `partitions` as `TestDriverOptions` has it. */
function planOf(graph: TopologyGraph, partitions: number | undefined): TopicPlan {
  const names = partitions === 1 ? [...graph.topics.keys()] : []
  const existing = new Map(names.map(name => [name, { name, partitions: 1, config: {} }]))
  return planTopics(graph, existing, partitions ?? 1)
}
