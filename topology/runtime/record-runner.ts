import type { OutgoingRecord, RawRecord } from '../broker/port.ts'
import { backoffMs, backoffs } from '../definition/backoff.ts'
import { wallTimeOf } from '../definition/clock.ts'
import { type FailurePolicy, taskName } from '../definition/definition.ts'
import { durationMs } from '../definition/duration.ts'
import { FatalError, MillraceError, messageOf, SerdeError, stackOf } from '../definition/errors.ts'
import { type Awaitable, chain, isPromise, recovering, untilResult } from '../definition/record.ts'
import type { Breaker } from './breaker.ts'
import { codeOf, type DeadLetterReason, deadLetter, reducedLetter, rootCause } from './dead-letter.ts'
import type { InputQueue } from './input-queue.ts'
import { keyText } from './key-text.ts'
import type { LogFields } from './log.ts'
import { NodeFailure } from './node-failure.ts'
import { Outages } from './outages.ts'
import type { Scheduled } from './punctuation.ts'
import { recordFields } from './record-fields.ts'
import type { Refusals } from './refusals.ts'
import { mayRetry, outageOf, policyBackoff } from './retry.ts'
import type { TaskCounts } from './task-counts.ts'
import type { ProcessingEnvironment } from './task-environment.ts'
import type { TaskGraph } from './task-graph.ts'
import type { TaskHistory } from './task-history.ts'
import type { TaskOutput } from './task-output.ts'
import type { RecordUnderWay } from './task-status.ts'
import type { TaskTracing } from './tracing.ts'

/** The surroundings of a runner, and the spans of its task. */
interface RunnerEnvironment extends ProcessingEnvironment {
  readonly taskTracing: TaskTracing | undefined
}

/**
 * Runs records (and punctuators) through a task's graph and applies the failure policy of its processors: errors that may pass
 * are retried with backoff, others are dead-lettered or stop the task. While a server is away (broker, Postgres, registry)
 * it waits for as long as that takes: no record is dead-lettered for an outage.
 */
export class RecordRunner {
  readonly #graph: TaskGraph
  readonly #output: TaskOutput
  readonly #counts: TaskCounts
  readonly #breaker: Breaker
  readonly #env: RunnerEnvironment
  readonly #stop: () => AbortSignal
  readonly #outages: Outages
  readonly #refusals: Refusals
  #underWay: RawRecord | undefined
  /** When its processing began, as the clock's `monotonic`. */
  #since = 0
  #deadLetters = 0

  /** `stop` ends a wait between attempts. It is a function, since a task that was stopped may be resumed with a new signal. */
  constructor(
    graph: TaskGraph,
    output: TaskOutput,
    counts: TaskCounts,
    env: RunnerEnvironment,
    stop: () => AbortSignal,
    { refusals, breaker }: Pick<TaskHistory, 'refusals' | 'breaker'>,
  ) {
    this.#graph = graph
    this.#output = output
    this.#counts = counts
    this.#breaker = breaker
    this.#env = env
    this.#stop = stop
    this.#outages = new Outages(env.log)
    this.#refusals = refusals
  }

  /** Records dead-lettered since the task opened. */
  get deadLetters(): number {
    return this.#deadLetters
  }

  /** The record that is being processed, unless it came to its end at once. */
  get underWay(): RecordUnderWay | undefined {
    if (this.#underWay === undefined) return undefined
    const { topic, partition, offset, key } = this.#underWay
    const slowAfter = this.#graph.policyAt(topic)?.slowAfter
    const limitMs = slowAfter === undefined ? this.#env.settings.slowRecordMs : durationMs(slowAfter)
    return { topic, partition, offset, key: keyText(key), since: wallTimeOf(this.#since, this.#env.clock), limitMs }
  }

  /** The outage that the task waits for, in words; undefined: none. For health. */
  get outage(): string | undefined {
    return this.#outages.of(this.#task)
  }

  /**
   * Processes one record to its end: `done` when it was processed or dead-lettered; `again` when its bytes should be
   * decoded again after an outage; `stopped` when the task was stopped while it waited: the record is as if never begun.
   *
   * Errors: FatalError STOPPED_BY_POLICY.
   */
  run(head: InputQueue): Awaitable<Outcome> {
    const running = this.#run(head)
    if (!isPromise(running)) return running
    // It is over when it is counted as passed, given up or put back.
    this.#underWay = head.peek() as RawRecord
    this.#since = this.#env.clock.monotonic()
    return running
  }

  #run(head: InputQueue): Awaitable<Outcome> {
    const refused = this.#refusals.of(head.peek() as RawRecord)
    if (refused !== undefined) {
      this.#giveUp(head, refused, 1, this.#env.clock.now())
      return this.#done()
    }
    if (head.record === undefined) return this.#afterFailure(head, head.failed)
    try {
      const pending = this.#graph.process(head.record)
      if (isPromise(pending))
        return pending.then(
          () => this.#passed(),
          error => this.#afterFailure(head, error),
        )
      return this.#passed()
    } catch (error) {
      return this.#afterFailure(head, error)
    }
  }

  /** Runs a punctuator. Returns and errors as `flush`. */
  punctuate(scheduled: Scheduled, time: number): Awaitable<boolean> {
    const running = this.#withoutRecord(`punctuator '${scheduled.name}'`, () => this.#graph.punctuate(scheduled, time))
    return chain(running, ran => {
      if (ran) this.#counts.add({ kind: 'punctuated', node: scheduled.node })
      return ran
    })
  }

  /**
   * Lets nodes hand on what they hold back. There is no record to dead-letter, so a failure is retried, or stops the task.
   * False when the task was stopped while it waited. Errors: FatalError STOPPED_BY_POLICY.
   */
  flush(): Awaitable<boolean> {
    if (!this.#graph.flushes) return true
    return this.#withoutRecord('a flush before the commit', () => this.#graph.flush())
  }

  #withoutRecord(what: string, work: () => Awaitable<void>): Awaitable<boolean> {
    let failures = 0
    const done = () => {
      this.#done()
      return true
    }
    const failed = (error: unknown) =>
      chain(this.#waitToRetry(error, ++failures), again => {
        if (again) return undefined
        if (this.#stop().aborted) return false
        throw isEngineFault(error) ? error : this.#stoppedBy(error, what)
      })
    return untilResult(() => recovering<boolean | undefined>(() => chain(work(), done), failed))
  }

  #afterFailure(head: InputQueue, first: unknown): Awaitable<Outcome> {
    const firstFailureAt = this.#env.clock.now()
    let error = first
    let failures = 0
    const failedAgain = (again: unknown) => {
      error = again
      return undefined
    }
    return untilResult(() =>
      chain(this.#waitToRetry(error, ++failures), (again): Awaitable<Outcome | undefined> => {
        const { record } = head
        if (!again || record === undefined) this.#underWay = undefined
        if (!again && this.#stop().aborted) {
          if (record !== undefined) this.#graph.putBack()
          return 'stopped'
        }
        if (!again) {
          this.#giveUp(head, error, failures, firstFailureAt)
          this.#retried(error, failures - 1)
          return 'done'
        }
        if (record === undefined) return 'again'
        const passed = () => {
          this.#retried(error, failures)
          return this.#passed()
        }
        return recovering(() => chain(this.#graph.process(record), passed), failedAgain)
      }),
    )
  }

  #passed(): Outcome {
    this.#underWay = undefined
    this.#breaker.passed()
    return this.#done()
  }

  #retried(error: unknown, attempts: number): void {
    if (attempts > 0) this.#counts.add({ kind: 'retried', node: this.#nodeOf(error), attempts })
  }

  /** The node that failed; the sub-topology where the bytes could not be decoded. */
  #nodeOf(error: unknown): string {
    return error instanceof NodeFailure ? error.node : this.#graph.task.subtopology
  }

  #done(): Outcome {
    if (this.#outages.any) this.#outages.over(this.#task, { task: this.#task })
    return 'done'
  }

  get #task(): string {
    return taskName(this.#graph.task)
  }

  /** Waits as the policy demands; false when there is no other attempt, or the task was stopped meanwhile. */
  #waitToRetry(error: unknown, failures: number): Awaitable<boolean> {
    const { clock } = this.#env
    const policy = error instanceof NodeFailure ? error.policy : undefined
    const outage = outageOf(error)
    if (outage !== undefined) {
      this.#outages.note(this.#task, outage.code, outage.message, { task: this.#task })
    } else {
      this.#logAttempt(error, failures)
      if (!mayRetry(policy, rootCause(error), failures)) return false
    }
    const backoff = outage === undefined ? policyBackoff(policy as FailurePolicy) : backoffs.outage
    return chain(clock.sleep(backoffMs(backoff, failures, clock), this.#stop()), () => !this.#stop().aborted)
  }

  /** The stack of the user's code, for someone who looks: the line of the end alone does not say where it threw. */
  #logAttempt(error: unknown, attempt: number): void {
    if (isEngineFault(error)) return
    this.#env.taskTracing?.attemptFailed(error, attempt)
    const processor = this.#nodeOf(error)
    const message = `attempt ${attempt} failed in '${processor}': ${messageOf(rootCause(error))}`
    this.#env.log.debug({ ...this.#fields(error), processor, attempts: attempt, stack: stackOf(error) }, message)
  }

  #giveUp(head: InputQueue, error: unknown, attempts: number, firstFailureAt: number): void {
    const raw = head.peek() as RawRecord
    const { record } = head
    const policy = error instanceof NodeFailure ? error.policy : this.#graph.policyAt(raw.topic)
    if (isEngineFault(error)) throw error
    const at = `record ${raw.topic}/${raw.partition} at offset ${raw.offset}`
    if (policy?.then === 'stop') throw this.#stoppedBy(error, at, recordFields(raw, record))
    const stage: DeadLetterReason['stage'] =
      record === undefined ? 'decode' : rootCause(error) instanceof SerdeError ? 'produce' : 'process'
    if (this.#breaker.failed()) throw this.#broken(error, at, recordFields(raw, record))
    const processor = this.#nodeOf(error)
    const lastFailureAt = this.#env.clock.now()
    const application = this.#env.graph.definition.name
    const { subtopology } = this.#graph.task
    const failure = { error, stage, attempts, firstFailureAt, lastFailureAt }
    const letter = deadLetter(raw, { ...failure, application, subtopology, processor })
    // Written in the transaction that moves past the record (C1): never lost, never twice.
    this.#addLetter(letter, lastFailureAt)
    this.#deadLetters++
    this.#counts.add({ kind: 'dead-lettered', topic: raw.topic, stage, code: codeOf(error) })
    this.#env.taskTracing?.deadLettered(error, codeOf(error))
    this.#env.log.warn(
      {
        ...this.#fields(error),
        ...recordFields(raw, record),
        processor,
        attempts,
        stack: stackOf(error),
      },
      `dead-lettered ${at}: ${messageOf(rootCause(error))}`,
    )
  }

  /** A letter over the limit of its topic is written without its value: the record is still found by its place. */
  #addLetter(letter: OutgoingRecord, now: number): void {
    try {
      this.#output.addLetter(letter)
    } catch (error) {
      if (!(error instanceof SerdeError)) throw error
      this.#output.addLetter(reducedLetter(letter, now))
    }
  }

  #fields(error: unknown): LogFields {
    return { task: this.#task, code: codeOf(error) }
  }

  #stoppedBy(error: unknown, what: string, of: LogFields = {}): FatalError {
    const cause = rootCause(error)
    this.#logStop(error, of)
    return new FatalError(
      'STOPPED_BY_POLICY',
      `${what} failed in '${this.#nodeOf(error)}' and its policy is to stop: ${messageOf(cause)}. Fix the cause and start again, or let the policy dead-letter`,
      { cause: error },
    )
  }

  #logStop(error: unknown, of: LogFields): void {
    const fields = { ...this.#fields(error), ...of, processor: this.#nodeOf(error), stack: stackOf(error) }
    this.#env.log.error(fields, `the task stops: ${messageOf(rootCause(error))}`)
  }

  /** The breaker is open: most records fail, which is the fault of a deploy or of a producer rather than of each of them. */
  #broken(error: unknown, at: string, of: LogFields): FatalError {
    const { failures, limits } = this.#breaker
    this.#logStop(error, of)
    return new FatalError(
      'BREAKER_OPEN',
      `task '${this.#task}' stops at ${at}: ${failures} of its last ${limits.records} records failed, and its breaker allows ${Math.floor(limits.share * limits.records)}. The last one failed in '${this.#nodeOf(error)}': ${messageOf(rootCause(error))}. Fix the processor or the producer and start again; or raise MILLRACE_BREAKER_SHARE, or the processor's own breaker`,
      { cause: error, context: { task: this.#task, failures, records: limits.records } },
    )
  }
}

/** The outcome of processing a record. */
export type Outcome = 'done' | 'again' | 'stopped'

/** Errors that concern the task, not the record: never dead-lettered. */
function isEngineFault(error: unknown): boolean {
  for (let at = error; at instanceof MillraceError; at = at.cause)
    if (
      at.name === 'TaskMigratedError' ||
      at.name === 'TaskCorruptedError' ||
      at.name === 'FatalError' ||
      at.name === 'TopologyError'
    )
      return true
  return false
}
