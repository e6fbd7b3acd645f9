import { type Awaitable, chain, isPromise, untilResult } from '../definition/record.ts'
import type { InputQueue } from './input-queue.ts'
import type { Head } from './partition-group.ts'
import type { Scheduled } from './punctuation.ts'
import type { Outcome } from './record-runner.ts'
import { safeguards } from './safeguards.ts'
import type { ProcessingEnvironment } from './task-environment.ts'
import type { TaskParts } from './task-parts.ts'

/** Records between two looks at commits, timers and other tasks. */
const sliceRecords = 500

/** The outcome of one step: that of a record, or `idle` when no record is there to be processed now. */
export type Step = Outcome | 'idle'

/** Whose records these are. */
export interface ProcessingOwner {
  /** The task was told to stop: a slice ends at the next record. */
  stopped(): boolean
  /** Wall-clock punctuators have run, and are due again at other times. */
  rescheduled(): void
  /** An input that was overfull has room again. */
  resumed(queue: InputQueue): void
}

/** The commits that records go into. */
export interface ProcessingCommits {
  /** Buffers are over the cap: nothing more is processed until a commit has made room. */
  readonly full: boolean
  /** Something was processed since the last commit began. */
  readonly pending: boolean
  /** A commit is on its way that the next one must wait for. */
  readonly busy: boolean
  /** A record or a punctuator was processed. */
  add(): void
}

/** Takes a running task's records, and the punctuators that are due, through its graph, a slice at a time. */
export class TaskProcessing {
  readonly #parts: TaskParts
  readonly #commits: ProcessingCommits
  readonly #env: ProcessingEnvironment
  readonly #owner: ProcessingOwner
  #processed = 0
  /** Stream-time punctuators that were due when the task was told to stop: their records are not done without them. */
  #owed: readonly Scheduled[] = []

  constructor(parts: TaskParts, commits: ProcessingCommits, env: ProcessingEnvironment, owner: ProcessingOwner) {
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
    const { group, graph, tables } = this.#parts
    if (this.owes) await this.#punctuateStream()
    await this.punctuateWall()
    const prefetching = tables.prefetch(graph, group, sliceRecords)
    if (prefetching) await prefetching
    for (let count = 0; count < sliceRecords; count++) {
      // full of what is committed already: there is nothing to do until it is applied, which raises the signal
      if (this.#owner.stopped() || this.#commits.full) return this.#commits.pending && !this.#commits.busy
      const stepping = this.step()
      const step = isPromise(stepping) ? await stepping : stepping
      if (step === 'idle' || step === 'stopped') return false
    }
    return true
  }

  /** Takes the record whose turn it is to its end, and runs the stream-time punctuators that it makes due. */
  step(): Awaitable<Step> {
    const next = this.#parts.group.next()
    return isPromise(next) ? next.then(head => this.#process(head)) : this.#process(next)
  }

  #process(head: Head | undefined): Awaitable<Step> {
    if (head === undefined) return 'idle'
    const running = this.#parts.runner.run(head)
    return isPromise(running) ? running.then(outcome => this.#after(head, outcome)) : this.#after(head, running)
  }

  #after(head: Head, outcome: Outcome): Awaitable<Step> {
    if (outcome !== 'done') return outcome
    const { group, graph } = this.#parts
    group.done(head)
    this.#processed++
    this.#commits.add()
    if (head.queue.paused && head.queue.bytes < this.#env.settings.maxQueueBytes / 2) {
      head.queue.paused = false
      this.#owner.resumed(head.queue)
    }
    if (!graph.punctuations.streamDue(graph.cursor.streamTime)) return outcome
    return chain(this.#punctuateStream(), () => outcome)
  }

  /** Runs the wall-clock punctuators that are due. */
  punctuateWall(): Awaitable<unknown> {
    const now = this.#env.clock.now()
    const { graph, runner } = this.#parts
    const due = graph.punctuations.takeWallDue(now)
    if (due.length === 0) return
    let count = 0
    return untilResult(() => {
      const next = due[count]
      if (next === undefined) {
        this.#owner.rescheduled()
        return true
      }
      return chain(runner.punctuate(next, now), ran => {
        if (!ran) return true
        count++
        if (safeguards.commitPunctuations) this.#commits.add()
        return undefined
      })
    })
  }

  #punctuateStream(): Awaitable<unknown> {
    const { graph, runner } = this.#parts
    const { streamTime } = graph.cursor
    this.#owed = [...this.#owed, ...graph.punctuations.takeStreamDue(streamTime)]
    return untilResult(() => {
      const [next] = this.#owed
      if (next === undefined) return true
      return chain(runner.punctuate(next, streamTime), ran => {
        if (!ran) return true
        this.#owed = this.#owed.slice(1)
        this.#commits.add()
        return undefined
      })
    })
  }
}
