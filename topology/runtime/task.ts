import type { FetchedPartition, Generation } from '../broker/port.ts'
import type { Timer } from '../definition/clock.ts'
import { type TaskId, taskName } from '../definition/definition.ts'
import { TaskMigratedError } from '../definition/errors.ts'
import type { Subtopology } from '../definition/graph.ts'
import type { CommitReport } from './commit-report.ts'
import type { InputQueue } from './input-queue.ts'
import { withoutOthers } from './retried-record.ts'
import { Signal } from './signal.ts'
import { TaskCommits } from './task-commits.ts'
import type { TaskEnvironment } from './task-environment.ts'
import type { TaskHistory } from './task-history.ts'
import { type OpenedParts, TaskOpening } from './task-opening.ts'
import { TaskProcessing } from './task-processing.ts'
import { moveTo, type TaskState } from './task-state.ts'
import { recordText, type TaskStatus } from './task-status.ts'

/** The parts of an open task. */
interface Opened extends OpenedParts {
  readonly commits: TaskCommits
  readonly processing: TaskProcessing
}

/**
 * One task: one sub-topology on one partition, from fence to close. It opens (`TaskOpening`, C4), processes
 * (`TaskProcessing`) and commits (`TaskCommits`); this class is its life cycle.
 *
 * **C3** nobody but the task sees a write before C1: reads of others go to Postgres, and rows go there only after the Kafka
 * commit.
 *
 * After any error the task cannot go on: `failed` is called once, the owner drops it and, if it still has the partition, opens
 * a new one. That is also how the verdict of an unknown commit is learned: fencing settles it.
 */
export class Task {
  readonly id: TaskId
  readonly name: string
  readonly #subtopology: Subtopology
  readonly #env: TaskEnvironment
  readonly #history: TaskHistory
  readonly #failed: (task: Task, error: unknown) => void
  readonly #signal = new Signal()
  #generation: Generation
  #state: TaskState = 'created'
  #opening: TaskOpening | undefined
  #opened: Opened | undefined
  #loop: Promise<void> = Promise.resolve()
  #timer: Timer | undefined
  #stop = new AbortController()
  #suspending: Promise<void> | undefined
  /** The loop did not end when it was told to. */
  #hangs = false
  #error: unknown
  #previous: CommitReport | undefined

  /** `generation`: the one that gave the task to this member. */
  constructor(
    subtopology: Subtopology,
    partition: number,
    generation: Generation,
    env: TaskEnvironment,
    failed: (task: Task, error: unknown) => void,
    history: TaskHistory,
  ) {
    this.id = { subtopology: subtopology.name, partition }
    this.name = taskName(this.id)
    this.#subtopology = subtopology
    this.#generation = generation
    this.#env = env
    this.#history = history
    this.#failed = failed
    this.#previous = history.unsettled
  }

  /** A commit of this task, or of one before it, whose outcome is not known yet. */
  get unsettled(): CommitReport | undefined {
    return this.#opened?.commits.unsettled ?? this.#previous
  }

  get state(): TaskState {
    return this.#state
  }

  /** Opens in the order of C4. Errors: those of any step; the task is then to be closed. */
  async open(): Promise<void> {
    const stop = () => this.#stop.signal
    this.#opening = new TaskOpening(this.#subtopology, this.id, this.#env, {
      moved: to => this.#move(to),
      assertOpen: () => this.#assertOpen(),
      stop,
      history: this.#history,
    })
    const parts = await this.#opening.open()
    this.#assertOpen()
    const owner = {
      id: this.id,
      subtopology: this.#subtopology,
      history: this.#history,
      generation: () => this.#generation,
      // A task that has said that it gives its record up commits no more, though it is not closed yet.
      closed: () => this.#state === 'closed' || this.#hangs,
      failed: (error: unknown) => this.#fail(error),
      moved: () => this.#signal.raise(),
    }
    const commits = new TaskCommits(parts, owner, this.#env)
    if (this.#previous) commits.settlePrevious(this.#previous)
    this.#previous = undefined
    const rescheduled = () => this.#setTimer()
    const processing = new TaskProcessing(parts, commits, this.#env, { stopped: () => stop().aborted, rescheduled })
    this.#opened = { ...parts, commits, processing }
    this.#run()
  }

  /** Hands over the records that a poll found for one of this task's partitions. */
  deliver(fetched: FetchedPartition): void {
    if (this.#state !== 'running' && this.#state !== 'suspended') return
    const queue = this.#opened!.group.add(withoutOthers(fetched, this.#subtopology.group))
    if (queue && !queue.paused && queue.bytes > this.#env.settings.maxQueueBytes) {
      queue.paused = true
      this.#env.reader.pause(queue)
    }
    this.#signal.raise()
  }

  /** Ends the task for an error that others have found: nothing more is processed, and its owner is told. */
  fail(error: unknown): void {
    this.#fail(error)
  }

  /**
   * Stops processing, commits everything and waits until it is applied; nothing is committed while a punctuator could not run
   * for processed records. Inputs keep their positions: `resume` continues from there.
   * Errors: none; a commit that fails is reported like any other failure.
   */
  suspend(): Promise<void> {
    // A rebalance and a stop may ask at once: both wait for the one suspension.
    this.#suspending ??= this.#suspend().finally(() => {
      this.#suspending = undefined
    })
    return this.#suspending
  }

  async #suspend(): Promise<void> {
    if (this.#state !== 'running') return
    if (!(await this.#halt()) || this.#error !== undefined) return
    const { commits, processing } = this.#opened!
    try {
      await this.#within(commits.settle(() => !processing.owes))
      this.#move('suspended')
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Runs on after `suspend`: the next generation gave the task back, so nobody owned it in between. */
  resume(generation: Generation): void {
    this.#generation = generation
    this.#stop = new AbortController()
    this.#run()
  }

  /** Closes everything, without commit: uncommitted work is aborted, and processed again by the next owner. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    const halted = this.#halt()
    this.#move('closed')
    for (const topic of this.#subtopology.inputs) this.#env.reader.remove({ topic, partition: this.id.partition })
    await halted
    await this.#opening?.close()
  }

  status(): TaskStatus {
    const { group, commits, processing, runner, tables } = this.#opened ?? {}
    return {
      task: this.name,
      state: this.#state,
      lag: group?.queues.reduce((sum, queue) => sum + queue.lag, 0),
      processed: processing?.processed ?? 0,
      commits: commits?.count ?? 0,
      lastCommitAt: commits?.lastAt,
      unapplied: commits?.unapplied ?? 0,
      deadLetters: runner?.deadLetters ?? 0,
      restoring: this.#opening?.progress,
      outage: runner?.outage,
      positions: group && Object.fromEntries(group.queues.map(queue => [queue.key, queue.position])),
      record: runner?.underWay,
      cached: tables && {
        bytes: tables.cacheBytes,
        capBytes: this.#env.settings.cacheBytes * this.#subtopology.stores.length,
      },
      buffered: commits && { bytes: commits.bufferedBytes, capBytes: this.#env.settings.maxBufferBytes },
    }
  }

  /** The inputs that no fetch asks for now, since they are full: their end is not known from fetches. */
  get pausedInputs(): readonly InputQueue[] {
    return this.#opened?.group.queues.filter(queue => queue.paused) ?? []
  }

  #run(): void {
    this.#move('running')
    for (const queue of this.#opened!.group.queues) {
      this.#env.reader.seek(queue, queue.fetchPosition)
      // a seek keeps the pause that an overfull queue asked for before the task was suspended
      this.#env.reader.resume(queue)
      queue.paused = false
    }
    this.#setTimer()
    this.#loop = this.#work(this.#opened!).catch(error => this.#fail(error))
  }

  /** The loop of a running task: a slice of records, a commit if one is due, then other tasks' turn or a wait. */
  async #work({ commits, processing }: Opened): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const busy = await processing.slice()
      if (this.#stop.signal.aborted) return
      await commits.beginIfDue()
      if (busy) await this.#env.clock.yield()
      else await this.#signal.wait()
    }
  }

  /** Wakes the loop for the next commit or punctuator, whichever is first. */
  #setTimer(): void {
    this.#timer?.cancel()
    const { commits, graph } = this.#opened!
    const { clock } = this.#env
    const punctuateAt = graph.punctuations.nextWallAt() ?? Number.POSITIVE_INFINITY
    const ms = Math.max(1, Math.min(commits.patienceMs, punctuateAt - clock.monotonic()))
    this.#timer = clock.after(ms, () => {
      this.#signal.raise()
      if (!this.#stop.signal.aborted) this.#setTimer()
    })
  }

  /**
   * Waits for the last commits, not for longer than the stop timeout: a rebalance would wait with them. The commits are then given
   * up like any without an answer: the next owner learns their outcome. Errors: TaskMigratedError COMMIT_UNKNOWN; those of `settling`.
   */
  async #within(settling: Promise<void>): Promise<void> {
    const { clock, settings } = this.#env
    const ended = new AbortController()
    const late = clock.sleep(settings.stopTimeoutMs, ended.signal).then(() => {
      if (ended.signal.aborted) return
      const seconds = Math.round(settings.stopTimeoutMs / 1_000)
      throw new TaskMigratedError(
        'COMMIT_UNKNOWN',
        `the last commits of '${this.name}' are not settled after ${seconds} s: it is given up without waiting for them`,
      )
    })
    await Promise.race([settling, late]).finally(() => ended.abort())
  }

  /**
   * Ends the loop, and waits until it has ended: not for longer than the stop timeout, since the code of a processor may hang.
   * False when it did not end in time: the record under way is given up. The task is closed then, so that nothing of it is
   * committed (C3), however late it comes to its end.
   */
  async #halt(): Promise<boolean> {
    this.#stop.abort()
    this.#timer?.cancel()
    this.#signal.raise()
    if (this.#hangs) return false
    const { clock, settings } = this.#env
    const ended = new AbortController()
    const late = clock.sleep(settings.stopTimeoutMs, ended.signal).then(() => !ended.signal.aborted)
    this.#hangs = await Promise.race([this.#loop.then(() => false), late])
    ended.abort()
    if (this.#hangs) this.#giveUp()
    return !this.#hangs
  }

  #giveUp(): void {
    const { clock, log, settings } = this.#env
    const record = this.#opened?.runner.underWay
    const { topic = null, partition = null, offset = null, key = null } = record ?? {}
    const what = record ? recordText(record) : 'its work'
    const seconds = Math.round((record ? clock.now() - record.since : settings.stopTimeoutMs) / 1_000)
    log.error(
      { task: this.name, topic, partition, offset, key, code: 'TASK_STUCK' },
      `${this.name} gives up ${what}, which has not come to its end for ${seconds} s: it is not committed, and whoever runs the task next processes it again`,
    )
  }

  #fail(error: unknown): void {
    if (this.#error !== undefined || this.#state === 'closed') return
    this.#error = error
    this.#stop.abort()
    this.#timer?.cancel()
    this.#signal.raise()
    this.#failed(this, error)
  }

  #assertOpen(): void {
    if (this.#stop.signal.aborted)
      throw new TaskMigratedError('GENERATION_ENDED', `task '${this.name}' was taken away while it opened`)
  }

  #move(to: TaskState): void {
    if (this.#state === 'closed') this.#assertOpen()
    this.#state = moveTo(this.#state, to, this.name)
  }
}
