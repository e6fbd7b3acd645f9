import { backoffMs, backoffs } from '../definition/backoff.ts'
import { type TaskId, taskName } from '../definition/definition.ts'
import { type ErrorCode, errorCodeOf, messageOf } from '../definition/errors.ts'
import type { TaskEnvironment } from './task-environment.ts'

/** The reason why a task is set apart. Units: ms since the epoch. */
export interface Parked {
  readonly code: ErrorCode
  readonly reason: string
  readonly since: number
}

interface Entry extends Parked {
  readonly id: TaskId
  readonly attempts: number
}

/** The surroundings of the tasks. */
type ParkingEnvironment = Pick<TaskEnvironment, 'log' | 'metrics' | 'clock' | 'storage' | 'graph' | 'owner'>

/** A parked task that has run for this long is healthy again. Units: ms. */
const trialMs = 10_000

/**
 * The tasks of one sub-topology that cannot go on, by partition, while the others run: the log, status and metrics name them. They
 * are tried again less and less often, and are parked until an attempt has run for a while.
 */
export class ParkedTasks {
  readonly #env: ParkingEnvironment
  readonly #entries = new Map<number, Entry>()
  #said: Promise<void> = Promise.resolve()

  constructor(env: ParkingEnvironment) {
    this.#env = env
  }

  /** Why the task of the partition is parked; undefined: it is not. */
  of(partition: number): Parked | undefined {
    const entry = this.#entries.get(partition)
    return entry && { code: entry.code, reason: entry.reason, since: entry.since }
  }

  /** Parks a task, or notes that an attempt has failed. Resolves when it is to be tried again, or `over` is aborted. */
  park(id: TaskId, error: unknown, over: AbortSignal): Promise<void> {
    const { clock, log, metrics } = this.#env
    const before = this.#entries.get(id.partition)
    const [code, reason] = [errorCodeOf(error), messageOf(error)]
    const attempts = (before?.attempts ?? 0) + 1
    this.#entries.set(id.partition, { id, code, reason, since: before?.since ?? clock.now(), attempts })
    const isNews = before?.code !== code
    const task = taskName(id)
    log[isNews ? 'error' : 'debug']({ task, code, attempts }, `${task} is parked, the other tasks run on: ${reason}`)
    if (isNews) metrics.parked?.(id, code)
    this.#say(id, this.of(id.partition))
    return clock.sleep(backoffMs(backoffs.parked, attempts, clock), over)
  }

  /** A parked task runs again: it is released when it still does after a while. */
  tryOut(id: TaskId, runs: () => boolean): void {
    const entry = this.#entries.get(id.partition)
    if (entry === undefined) return
    const { clock, log } = this.#env
    clock.after(trialMs, () => {
      if (this.#entries.get(id.partition) !== entry || !runs()) return
      this.#entries.delete(id.partition)
      const task = taskName(id)
      this.#say(id, undefined)
      log.info({ task }, `${task} is parked no longer`)
    })
  }

  /** The task is no longer ours. */
  forget(id: TaskId): void {
    if (this.#entries.delete(id.partition)) this.#say(id, undefined)
  }

  /** Forgets all of them. */
  clear(): void {
    for (const { id } of [...this.#entries.values()]) this.forget(id)
  }

  /** Tells `millrace status`, one after the other. Where the database does not answer it is not told, and a note that stays there expires. */
  #say(id: TaskId, parked: Parked | undefined): void {
    const { storage, graph, owner, log } = this.#env
    const task = taskName(id)
    this.#said = this.#said
      .then(() => storage.noteParked?.(graph.definition.name, task, owner, parked))
      .catch(error => log.debug({ task, code: errorCodeOf(error) }, `${task}: ${messageOf(error)}`))
  }
}
