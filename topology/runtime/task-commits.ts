import { type Generation, RecordsRefusedError } from '../broker/port.ts'
import { type Timer, wallTimeOf } from '../definition/clock.ts'
import type { TaskId } from '../definition/definition.ts'
import { TaskMigratedError } from '../definition/errors.ts'
import type { Subtopology } from '../definition/graph.ts'
import { type CommitContent, CommitPipeline, type CommitPoint, type CommitTimes } from './commit.ts'
import { type CommitReport, isSettledBy, reportCommit } from './commit-report.ts'
import type { RecordPlace } from './refusals.ts'
import { RefusedCommit } from './refused-commit.ts'
import type { TaskEnvironment } from './task-environment.ts'
import type { TaskHistory } from './task-history.ts'
import type { OpenedParts } from './task-opening.ts'
import { Uncommitted } from './uncommitted.ts'

/** Positions that moved past markers alone are committed this much later than records. Units: ms. */
const idleCommitMs = 1_000

/**
 * When the inputs run dry, a task commits at once, but not sooner than this after its last commit: a transaction costs the broker
 * about 2 ms of processor time, so many tasks with few records each would keep it busy with nothing else. Units: ms.
 */
const restMs = 20

/**
 * A rest is at least this many times as long as the last commit took: one that takes long tells that the broker has much to do, and
 * then fewer and larger transactions bring more of the work to its end.
 */
const restsPerCommit = 2

/** The owner of the commits: a task. */
interface CommitOwner {
  readonly id: TaskId
  readonly subtopology: Subtopology
  /** Of this task and those before it. */
  readonly history: Pick<TaskHistory, 'refusals' | 'breaker'>
  /** The generation that gave the task to this member: it commits only under this one. */
  generation(): Generation
  /** True if the task was dropped. */
  closed(): boolean
  /** Called when a commit failed: the task cannot go on. */
  failed(error: unknown): void
  /** Called when a commit has moved on: there may be room again. */
  moved(): void
}

/** Decides when a task commits: then takes its uncommitted work and hands it to the pipeline. */
export class TaskCommits {
  readonly #parts: OpenedParts
  readonly #owner: CommitOwner
  readonly #env: TaskEnvironment
  readonly #pipeline: CommitPipeline
  readonly #work: Uncommitted
  #count = 0
  #lastAt: number
  /** From the begin of the last commit to its acknowledgement. Units: ms. */
  #lastTookMs = 0
  #wake: { readonly at: number; readonly timer: Timer } | undefined
  #storeCheckedAt: number
  #unsettled: CommitReport | undefined

  constructor(parts: OpenedParts, owner: CommitOwner, env: TaskEnvironment) {
    const { clock, onCommitPoint } = env
    this.#parts = parts
    this.#owner = owner
    this.#env = env
    const onPoint = onCommitPoint && ((point: CommitPoint) => onCommitPoint(owner.id, point))
    const { producer, storage, checkpoints } = parts
    this.#pipeline = new CommitPipeline(producer, storage, checkpoints, clock, this.#applied, onPoint)
    this.#work = new Uncommitted(parts, owner.history)
    this.#lastAt = clock.monotonic()
    this.#storeCheckedAt = clock.monotonic()
  }

  /** Commits that Kafka has acknowledged. */
  get count(): number {
    return this.#count
  }

  /** When the last one was acknowledged, by the wall clock of now; undefined: there was none. Units: ms. */
  get lastAt(): number | undefined {
    return this.#count === 0 ? undefined : wallTimeOf(this.#lastAt, this.#env.clock)
  }

  /** Commits that are not yet in Postgres. */
  get unapplied(): number {
    return this.#pipeline.unapplied
  }

  /** The commit that got no answer: its outcome is not known yet, and so it is not counted yet. */
  get unsettled(): CommitReport | undefined {
    return this.#unsettled
  }

  /** Counts a commit of a task before this one if the offsets from which this one starts say that it succeeded. */
  settlePrevious(previous: CommitReport): void {
    if (!isSettledBy(previous, this.#parts.group.queues)) return
    const { history, id } = this.#owner
    history.breaker.keep(previous.outcomes)
    history.breaker.restart()
    reportCommit(previous, id, this.#env)
  }

  /** A Kafka transaction is under way: the next one must wait for it. */
  get busy(): boolean {
    return this.#pipeline.busy
  }

  /** True if something was processed since the last commit began. */
  get pending(): boolean {
    return this.#work.pending
  }

  /** The time after which the task's loop checks again whether a commit is due. Units: ms. */
  get patienceMs(): number {
    return this.pending ? this.#env.settings.commitIntervalMs : idleCommitMs
  }

  /** True if the buffers are over the cap: nothing more is processed until a commit has made room. */
  get full(): boolean {
    if (this.#work.processed >= (this.#owner.history.refusals.limit ?? Number.POSITIVE_INFINITY)) return true
    return this.bufferedBytes > this.#env.settings.maxBufferBytes
  }

  /** Outputs, unwritten state and work that is committed but not applied. Units: bytes. */
  get bufferedBytes(): number {
    return this.#work.bytes + this.#pipeline.unappliedBytes
  }

  /** Counts a record, or without one a punctuator, that was processed; see `Uncommitted.add`. */
  add(record?: RecordPlace, tookMs?: number): void {
    this.#work.add(record, tookMs)
  }

  /** Begins a commit when one is due and none is under way. */
  async beginIfDue(): Promise<void> {
    if (this.#pipeline.busy) return
    this.#checkStore()
    const dueInMs = this.#lastAt + this.#intervalMs() - this.#env.clock.monotonic()
    if (dueInMs > 0) {
      if (this.pending) this.#wakeIn(dueInMs)
      return
    }
    if (!this.#work.any) return
    const { acknowledged } = await this.#begin()
    acknowledged.catch(error => this.#owner.failed(error))
  }

  /** The time from the acknowledgement of one commit to the next. Units: ms. */
  #intervalMs(): number {
    const { commitIntervalMs } = this.#env.settings
    if (!this.pending) return idleCommitMs
    if (this.full) return 0
    if (!this.#parts.group.dry) return commitIntervalMs
    return Math.min(Math.max(restMs, restsPerCommit * this.#lastTookMs), commitIntervalMs)
  }

  /** Lets the task look again after this time, unless it looks before. */
  #wakeIn(ms: number): void {
    const { clock } = this.#env
    const at = clock.monotonic() + ms
    if (this.#wake !== undefined && this.#wake.at <= at) return
    this.#wake?.timer.cancel()
    const timer = clock.after(ms, () => {
      this.#wake = undefined
      this.#owner.moved()
    })
    this.#wake = { at, timer }
  }

  /**
   * Waits until all commits are applied, after one more for the remaining work if it may be committed. Errors: the first
   * failure.
   */
  async settle(mayCommit: () => boolean): Promise<void> {
    while (this.#pipeline.busy) await this.#pipeline.acknowledged()
    if (mayCommit()) await (await this.#begin()).acknowledged
    await this.#pipeline.settled()
  }

  readonly #applied = ({ kafkaMs, applyMs }: CommitTimes, content: CommitContent): void => {
    const { metrics } = this.#env
    const { id } = this.#owner
    metrics.committed?.(id, kafkaMs, content.records.length, content.bytes)
    const rows = content.changes.reduce((sum, change) => sum + change.records.length, 0)
    metrics.applied?.(id, applyMs, rows)
    content.tracing?.applied(rows)
    this.#owner.moved()
  }

  /** Without this check a task whose commits change no table would not learn that Postgres was lost, or restored, under it. */
  #checkStore(): void {
    const { clock, settings } = this.#env
    if (clock.monotonic() - this.#storeCheckedAt < settings.storeCheckMs) return
    this.#storeCheckedAt = clock.monotonic()
    this.#pipeline.confirmStore().catch(error => this.#owner.failed(error))
  }

  /**
   * Steps 2 and 3 for everything processed so far. Resolves when the commit has begun; `acknowledged` when Kafka has
   * accepted it. No other transaction may be under way.
   */
  async #begin(): Promise<{ acknowledged: Promise<void> }> {
    const nothing = { acknowledged: Promise.resolve() }
    if (!(await this.#work.complete()) || !this.#work.any) return nothing
    const { reads, tracing } = this.#parts
    // A commit that rests on rows read looks whether their table is still the one it was.
    if (reads.unconfirmed) {
      reads.unconfirmed = false
      await this.#pipeline.confirmStore()
    }
    // The task was dropped while this waited: work that no commit has begun with is not committed.
    if (this.#owner.closed()) return nothing
    const taken = this.#work.take(this.#env.clock.now())
    if (taken.changes.length > 0) this.#storeCheckedAt = this.#env.clock.monotonic()
    const { id, subtopology, history } = this.#owner
    const refused = new RefusedCommit(subtopology, id.partition, taken, history.refusals, this.#env)
    const { records, changes, offsets, bytes, processed, timestamp, consumed, outcomes, expired } = taken
    const { group } = subtopology
    const generation = this.#owner.generation()
    const spans = tracing?.commit()
    const content = {
      records,
      changes,
      offsets,
      bytes,
      group,
      generation,
      replaceRefused: refused.replace,
      tracing: spans,
    }
    const report = () => ({
      processed,
      timestamp,
      consumed,
      offsets,
      outcomes,
      counts: [...taken.counts, ...refused.counts],
      outputs: refused.outputs,
      deltas: changes.map(({ delta }) => delta),
      times: taken.times,
      reads: taken.reads,
    })
    const began = this.#env.clock.monotonic()
    const acknowledged = this.#pipeline
      .begin(content, error => {
        spans?.failed(error)
        this.#owner.failed(error)
      })
      .then(
        () => {
          this.#lastTookMs = this.#env.clock.monotonic() - began
          this.#acknowledged(report(), expired)
        },
        error => {
          spans?.failed(error)
          this.#failed(error instanceof RecordsRefusedError ? refused.explain(error) : error, report())
        },
      )
    return { acknowledged }
  }

  #acknowledged(report: CommitReport, expired: boolean): void {
    this.#count++
    this.#lastAt = this.#env.clock.monotonic()
    const { refusals, breaker } = this.#owner.history
    refusals.committed(report.offsets, expired)
    breaker.keep(report.outcomes)
    reportCommit(report, this.#owner.id, this.#env)
    this.#owner.moved()
  }

  /** A commit without an answer may have succeeded: whoever opens the task next learns it from the committed offsets. */
  #failed(error: unknown, report: CommitReport): never {
    if (error instanceof TaskMigratedError && error.code === 'COMMIT_UNKNOWN') this.#unsettled = report
    throw error
  }
}
