import type { TaskDelta } from '../../store/contract.ts'
import type { MemoryStorage, MemoryTaskStorage } from '../../store/memory-storage.ts'
import type { OutgoingRecord, RawRecord } from '../broker/port.ts'
import type { TaskId } from '../definition/definition.ts'
import type { Subtopology } from '../definition/graph.ts'
import { type Awaitable, chain, untilResult } from '../definition/record.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { reportCounts } from '../runtime/task-counts.ts'
import type { ProcessingEnvironment } from '../runtime/task-environment.ts'
import { TaskHistory } from '../runtime/task-history.ts'
import { buildTaskParts, type TaskParts } from '../runtime/task-parts.ts'
import { TaskSteps } from '../runtime/task-steps.ts'
import { Uncommitted } from '../runtime/uncommitted.ts'

/**
 * A worker's task on memory parts, stepped from outside: each step is processed, committed and applied before the next one.
 *
 * Source: `TopologyTestDriver` of Kafka Streams, which steps a real `StreamTask` and commits after each record.
 */
export class DriverTask {
  readonly #parts: TaskParts
  readonly #storage: MemoryTaskStorage
  readonly #work: Uncommitted
  readonly #steps: TaskSteps
  readonly #metrics: Metrics

  private constructor(parts: TaskParts, storage: MemoryTaskStorage, env: ProcessingEnvironment, history: TaskHistory) {
    this.#parts = parts
    this.#storage = storage
    const work = new Uncommitted(parts, history)
    this.#work = work
    this.#metrics = env.metrics
    this.#steps = new TaskSteps(parts, env.clock, { processed: () => work.add(), punctuated: () => work.add() })
  }

  /** Opens the task of a sub-topology on a partition, over empty tables, at the start of its inputs. */
  static async open(
    subtopology: Subtopology,
    partition: number,
    memory: MemoryStorage,
    env: ProcessingEnvironment,
  ): Promise<DriverTask> {
    const id: TaskId = { subtopology: subtopology.name, partition }
    const { stores } = subtopology
    const storage = await memory.claim({ application: env.graph.definition.name, task: id, stores })
    const inputs = subtopology.inputs.map(topic => ({ topic, partition, position: 0, endOffset: 0 }))
    const start = async () => ({ inputs, streamTime: -1 })
    const { signal } = new AbortController()
    const history = new TaskHistory(subtopology, env.settings)
    const parts = await buildTaskParts({ subtopology, id, storage, start, stop: () => signal, history }, env)
    return new DriverTask(parts, storage, env, history)
  }

  /** The stores of the task as its processors see them, by name. */
  get tables(): TaskParts['tables']['byName'] {
    return this.#parts.tables.byName
  }

  /** Hands over a record of one of the task's inputs. */
  deliver(record: RawRecord): void {
    const { topic, partition, offset } = record
    this.#parts.group.add({ topic, partition, records: [record], position: offset + 1, endOffset: offset + 1 })
  }

  /** Processes the next record to its end and commits. Returns all records written. Errors: as `RecordRunner.run`. */
  readonly step = (): Awaitable<readonly OutgoingRecord[]> => untilResult(this.#attempt)

  /** Runs the wall-clock punctuators that are due, and commits. Returns as `step`. Errors: as `RecordRunner.punctuate`. */
  readonly punctuate = (): Awaitable<readonly OutgoingRecord[]> => chain(this.#steps.punctuateWall(), this.#commit)

  close(): void {
    this.#parts.graph.close()
  }

  readonly #attempt = (): Awaitable<readonly OutgoingRecord[] | undefined> =>
    chain(this.#steps.record(), step => (step === 'again' ? undefined : this.#commit()))

  readonly #commit = (): Awaitable<readonly OutgoingRecord[]> => chain(this.#work.complete(), this.#taken)

  readonly #taken = (): readonly OutgoingRecord[] => {
    const { records, changes, counts } = this.#work.take(0)
    reportCounts(counts, this.#parts.graph.task, this.#metrics)
    const stores = changes.map(({ delta }) => delta)
    if (stores.length > 0) this.#storage.applyNow({ stores, checkpoints })
    for (const change of changes) change.applied()
    return records
  }
}

/** Nobody restores a driver's tables: they need no changelog offsets. */
const checkpoints: TaskDelta['checkpoints'] = new Map()
