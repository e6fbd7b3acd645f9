import type { Clock, Timer } from '../definition/clock.ts'
import { parseTaskName } from '../definition/definition.ts'
import type { Log } from '../runtime/log.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { recordText, type TaskStatus } from '../runtime/task-status.ts'

/** The interval at which tasks are looked at, and at which lag is asked for, in looks. Units: ms. */
const lookMs = 1_000
const looksPerLag = 5

/** The worker that is watched. */
interface Watched {
  status(): readonly TaskStatus[]
  refreshLag(): Promise<void>
}

interface Options {
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  /** A task with work to do that has not come on for longer is stuck. */
  readonly stalledTaskMs: number
}

/** The last look at a task. Units: ms. */
interface Seen {
  /** Changes with everything that a task does. */
  readonly progress: string
  /** A moment as the clock's `monotonic`. */
  readonly since: number
  readonly stuck: string | undefined
}

/**
 * Looks at the tasks of a worker again and again, and tells which are stuck: a record takes longer than it may, or there is work
 * to do, or a task to open, and nothing comes on. The log has a line when that begins and when it is over; each beginning is counted.
 */
export class TaskWatch {
  readonly #worker: Watched
  readonly #options: Options
  readonly #seen = new Map<string, Seen>()
  #timer: Timer | undefined
  #looks = 0

  constructor(worker: Watched, options: Options) {
    this.#worker = worker
    this.#options = options
  }

  start(): void {
    this.#timer = this.#options.clock.after(lookMs, () => {
      this.status()
      // While the broker is away the lag stays what it was: what waits for it says so itself.
      if (++this.#looks % looksPerLag === 0) void this.#worker.refreshLag().catch(() => {})
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** The state of the worker's tasks, with the reason of those that are stuck. */
  status(): readonly TaskStatus[] {
    const tasks = this.#worker.status()
    const names = new Set(tasks.map(({ task }) => task))
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name)
    return tasks.map(task => {
      const stuck = this.#look(task)
      return stuck === undefined ? task : { ...task, stuck }
    })
  }

  #look(task: TaskStatus): string | undefined {
    const now = this.#options.clock.monotonic()
    const before = this.#seen.get(task.task)
    const progress = progressOf(task)
    const since = before?.progress === progress && isBusy(task) ? before.since : now
    const stuck = this.#reason(task, now - since)
    this.#seen.set(task.task, { progress, since, stuck })
    this.#tell(task, before?.stuck, stuck)
    return stuck
  }

  #reason({ state, record, outage, lag, unapplied }: TaskStatus, idleMs: number): string | undefined {
    // What waits for a server says so itself.
    if (outage !== undefined) return undefined
    // The status was made at this moment: however the wall clock was set meanwhile, the difference is the time that has passed.
    const underWayMs = record ? this.#options.clock.now() - record.since : 0
    if (record && underWayMs > record.limitMs)
      return `${recordText(record)} has been processed for ${seconds(underWayMs)}, and may take ${seconds(record.limitMs)}`
    if (idleMs <= this.#options.stalledTaskMs) return undefined
    if (opening.has(state)) return `it is ${state}, and has not come on for ${seconds(idleMs)}`
    const work = unapplied > 0 ? `${unapplied} commits to apply` : `${lag} records to process`
    return `it has ${work}, and has not come on for ${seconds(idleMs)}`
  }

  #tell({ task, record }: TaskStatus, before: string | undefined, stuck: string | undefined): void {
    const { log, metrics } = this.#options
    if (before !== undefined && stuck === undefined) log.info({ task }, `${task} comes on again`)
    if (before !== undefined || stuck === undefined) return
    const { topic = null, partition = null, offset = null, key = null } = record ?? {}
    log.error({ task, topic, partition, offset, key, code: 'TASK_STUCK' }, `${task} is stuck: ${stuck}`)
    metrics.stuck?.(parseTaskName(task), record ? 'record' : 'task')
  }
}

function progressOf({ state, processed, commits, unapplied, positions, restoring }: TaskStatus): string {
  return JSON.stringify([state, processed, commits, unapplied, positions, restoring?.remaining])
}

/** The states on the way to `running`. */
const opening: ReadonlySet<string> = new Set(['created', 'fenced', 'restoring'])

function isBusy({ state, lag, unapplied, outage }: TaskStatus): boolean {
  if (outage !== undefined) return false
  return opening.has(state) || (state === 'running' && ((lag ?? 0) > 0 || unapplied > 0))
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`
}
