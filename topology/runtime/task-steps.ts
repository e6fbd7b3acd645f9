import type { RawRecord } from '../broker/port.ts'
import type { TaskClock } from '../definition/clock.ts'
import { type Awaitable, chain, isPromise, untilResult } from '../definition/record.ts'
import type { InputQueue } from './input-queue.ts'
import type { Scheduled } from './punctuation.ts'
import type { Outcome } from './record-runner.ts'
import type { TaskParts } from './task-parts.ts'

/** The outcome of one step: that of a record, or `idle` when no record is there to be processed now. */
type Step = Outcome | 'idle'

/** Is told of everything that the next commit must hold. */
interface StepListener {
  /** A record was processed, or dead-lettered. */
  processed(queue: InputQueue, record: RawRecord): void
  /** A punctuator has run. */
  punctuated(): void
}

/**
 * The steps of a task: one record, or the punctuators that are due. They stay synchronous where every node and every read does,
 * so that a worker's loop and a test that steps a task by itself take the same ones.
 */
export class TaskSteps {
  readonly #parts: TaskParts
  readonly #clock: Pick<TaskClock, 'now' | 'monotonic'>
  readonly #listener: StepListener
  /** Stream-time punctuators that were due when the task was told to stop: their records are not complete without them. */
  #owed: readonly Scheduled[] = []

  constructor(parts: TaskParts, clock: Pick<TaskClock, 'now' | 'monotonic'>, listener: StepListener) {
    this.#parts = parts
    this.#clock = clock
    this.#listener = listener
  }

  /** True if a punctuator could not run for processed records: they must not be committed without it. */
  get owes(): boolean {
    return this.#owed.length > 0
  }

  /**
   * Processes the next record to its end, and runs the stream-time punctuators that it makes due.
   * Errors: as `RecordRunner.run`.
   */
  record(): Awaitable<Step> {
    const next = this.#parts.group.next()
    return isPromise(next) ? next.then(head => this.#process(head)) : this.#process(next)
  }

  #process(head: InputQueue | undefined): Awaitable<Step> {
    if (head === undefined) return 'idle'
    const { runner, tracing } = this.#parts
    const running =
      tracing === undefined ? runner.run(head) : tracing.process(head.peek() as RawRecord, () => runner.run(head))
    return isPromise(running) ? running.then(outcome => this.#after(head, outcome)) : this.#after(head, running)
  }

  #after(head: InputQueue, outcome: Outcome): Awaitable<Step> {
    if (outcome !== 'done') return outcome
    const { group, graph } = this.#parts
    const record = head.peek() as RawRecord
    group.done(head)
    this.#listener.processed(head, record)
    if (!graph.punctuations.streamDue(graph.cursor.streamTime)) return outcome
    return chain(this.punctuateStream(), () => outcome)
  }

  /** Runs the stream-time punctuators that are due, those first that were interrupted. Errors: as `RecordRunner.punctuate`. */
  punctuateStream(): Awaitable<unknown> {
    const { graph, runner } = this.#parts
    const { streamTime } = graph.cursor
    this.#owed = [...this.#owed, ...graph.punctuations.takeStreamDue(streamTime)]
    return untilResult(() => {
      const [next] = this.#owed
      if (next === undefined) return true
      return chain(runner.punctuate(next, streamTime), ran => {
        if (!ran) return false
        this.#owed = this.#owed.slice(1)
        this.#listener.punctuated()
        return undefined
      })
    })
  }

  /**
   * Runs the wall-clock punctuators that are due. True when there were some, and all have run. Errors: as
   * `RecordRunner.punctuate`.
   */
  punctuateWall(): Awaitable<boolean> {
    const now = this.#clock.now()
    const { graph, runner } = this.#parts
    const due = graph.punctuations.takeWallDue(this.#clock.monotonic())
    if (due.length === 0) return false
    let count = 0
    return untilResult<boolean>(() => {
      const next = due[count++]
      if (next === undefined) return true
      return chain(runner.punctuate(next, now), ran => {
        if (!ran) return false
        this.#listener.punctuated()
        return undefined
      })
    })
  }
}
