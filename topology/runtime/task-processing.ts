import type { RawRecord } from '../broker/port.ts'
import { isPromise } from '../definition/record.ts'
import type { InputQueue } from './input-queue.ts'
import type { TaskCommits } from './task-commits.ts'
import type { TaskEnvironment } from './task-environment.ts'
import type { TaskParts } from './task-parts.ts'
import { TaskSteps } from './task-steps.ts'

/** Records between two looks at commits, timers and other tasks; fewer where they take long. */
const sliceRecords = 500
/** A slice ends after this time, so that many tasks under load still commit at their interval. Units: ms. */
const sliceMs = 5
/** Records between two looks at the time. */
const recordsPerLook = 4

/** The task whose records are processed. */
interface ProcessingOwner {
  /** True if the task was told to stop: a slice ends at the next record. */
  stopped(): boolean
  /** Called when wall-clock punctuators have run, and are due again at other times. */
  rescheduled(): void
}

/** Takes a running task's records, and the punctuators that are due, through its graph, a slice at a time. */
export class TaskProcessing {
  readonly #parts: TaskParts
  readonly #commits: TaskCommits
  readonly #env: TaskEnvironment
  readonly #owner: ProcessingOwner
  readonly #steps: TaskSteps
  /** Records are timed, each with its decoding and its attempts again. */
  readonly #timed: boolean
  /** When the record under way began. */
  #began = 0
  #processed = 0

  constructor(parts: TaskParts, commits: TaskCommits, env: TaskEnvironment, owner: ProcessingOwner) {
    this.#parts = parts
    this.#commits = commits
    this.#env = env
    this.#owner = owner
    this.#timed = env.metrics.took !== undefined
    this.#steps = new TaskSteps(parts, env.clock, {
      processed: (queue, record) => this.#done(queue, record),
      // A commit is due for what a punctuator alone wrote, too.
      punctuated: () => commits.add(),
    })
  }

  /** Records since the task opened. */
  get processed(): number {
    return this.#processed
  }

  /** True if a punctuator could not run for processed records: they must not be committed without it. */
  get owes(): boolean {
    return this.#steps.owes
  }

  /** Runs due punctuators and up to a slice of records. False when there is nothing to do for now. */
  async slice(): Promise<boolean> {
    const { group, graph, tables } = this.#parts
    if (this.owes) await this.#steps.punctuateStream()
    if (await this.#steps.punctuateWall()) this.#owner.rescheduled()
    const prefetching = tables.prefetch(graph, group, sliceRecords)
    if (prefetching) await prefetching
    const until = this.#env.clock.monotonic() + sliceMs
    for (let count = 0; count < sliceRecords; count++) {
      // full of committed rows: there is nothing to do until they are applied, which raises the signal
      if (this.#owner.stopped() || this.#commits.full) return this.#commits.pending && !this.#commits.busy
      if (this.#timed) this.#began = this.#env.clock.monotonic()
      const stepping = this.#steps.record()
      const step = isPromise(stepping) ? await stepping : stepping
      if (step === 'idle' || step === 'stopped') return false
      if (count % recordsPerLook === recordsPerLook - 1 && this.#env.clock.monotonic() >= until) return true
    }
    return true
  }

  #done(queue: InputQueue, record: RawRecord): void {
    this.#processed++
    this.#commits.add(record, this.#timed ? this.#env.clock.monotonic() - this.#began : undefined)
    if (queue.paused && queue.bytes < this.#env.settings.maxQueueBytes / 2) this.#resume(queue)
  }

  #resume(queue: InputQueue): void {
    queue.paused = false
    this.#env.reader.resume(queue)
  }
}
