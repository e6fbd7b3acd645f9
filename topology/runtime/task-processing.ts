import { isPromise } from '../definition/record.ts'
import type { Scheduled } from './punctuation.ts'
import { safeguards } from './safeguards.ts'
import type { TaskCommits } from './task-commits.ts'
import type { TaskEnvironment } from './task-environment.ts'
import type { OpenedParts } from './task-opening.ts'

/** Records between two looks at commits, timers and other tasks. */
const sliceRecords = 500

/** Whose records these are. */
export interface ProcessingOwner {
  /** The task was told to stop: a slice ends at the next record. */
  stopped(): boolean
  /** Wall-clock punctuators have run, and are due again at other times. */
  rescheduled(): void
}

/** Takes a running task's records, and the punctuators that are due, through its graph, a slice at a time. */
export class TaskProcessing {
  readonly #parts: OpenedParts
  readonly #commits: TaskCommits
  readonly #env: TaskEnvironment
  readonly #owner: ProcessingOwner
  #processed = 0
  /** Stream-time punctuators that were due when the task was told to stop: their records are not done without them. */
  #owed: readonly Scheduled[] = []

  constructor(parts: OpenedParts, commits: TaskCommits, env: TaskEnvironment, owner: ProcessingOwner) {
    this.#parts = parts
    this.#commits = commits
    this.#env = env
    this.#owner = owner
  }

  /** Records since the task opened. */
  get processed(): number {
    return this.#processed
  }

  /** A punctuator could not run for what was processed: it must not be committed without. */
  get owes(): boolean {
    return this.#owed.length > 0
  }

  /** Runs what is due and up to a slice of records. False when there is nothing to do for now. */
  async slice(): Promise<boolean> {
    const { group, graph, runner, tables } = this.#parts
    if (this.owes) await this.#punctuateStream()
    await this.#punctuateWall()
    const prefetching = tables.prefetch(graph, group, sliceRecords)
    if (prefetching) await prefetching
    for (let count = 0; count < sliceRecords; count++) {
      // full of what is committed already: there is nothing to do until it is applied, which raises the signal
      if (this.#owner.stopped() || this.#commits.full) return this.#commits.pending && !this.#commits.busy
      const next = group.next()
      const head = isPromise(next) ? await next : next
      if (head === undefined) return false
      const running = runner.run(head)
      const outcome = isPromise(running) ? await running : running
      if (outcome === 'stopped') return false
      if (outcome === 'again') continue
      group.done(head)
      this.#processed++
      this.#commits.add()
      if (graph.punctuations.streamDue(graph.cursor.streamTime)) await this.#punctuateStream()
      if (head.queue.paused && head.queue.bytes < this.#env.settings.maxQueueBytes / 2) {
        head.queue.paused = false
        this.#env.reader.resume(head.queue)
      }
    }
    return true
  }

  async #punctuateStream(): Promise<void> {
    const { graph, runner } = this.#parts
    const { streamTime } = graph.cursor
    this.#owed = [...this.#owed, ...graph.punctuations.takeStreamDue(streamTime)]
    for (let next = this.#owed[0]; next !== undefined; next = this.#owed[0]) {
      if (!(await runner.punctuate(next, streamTime))) return
      this.#owed = this.#owed.slice(1)
      this.#commits.add()
    }
  }

  async #punctuateWall(): Promise<void> {
    const now = this.#env.clock.now()
    const { graph, runner } = this.#parts
    const due = graph.punctuations.takeWallDue(now)
    if (due.length === 0) return
    for (const scheduled of due) {
      if (!(await runner.punctuate(scheduled, now))) return
      if (safeguards.commitPunctuations) this.#commits.add()
    }
    this.#owner.rescheduled()
  }
}
