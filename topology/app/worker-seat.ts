import { Worker as Thread } from 'node:worker_threads'
import { backoffMs, backoffs } from '../definition/backoff.ts'
import { type ErrorWire, errorFromWire, FatalError, messageOf, RetriableError } from '../definition/errors.ts'
import type { Log } from '../runtime/log.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { type MetricValues, sumOf } from './metrics.ts'
import type { WorkerSettings, WorkerStatus } from './worker-run.ts'

/** A message from a thread. Errors travel in wire form: `postMessage` strips their class and code. */
export type FromThread =
  | { readonly kind: 'started' }
  | { readonly kind: 'failed'; readonly error: ErrorWire }
  | { readonly kind: 'report'; readonly status: WorkerStatus; readonly metrics: readonly MetricValues[] }
  | { readonly kind: 'stopped' }

/** A message to a thread. */
export type ToThread = { readonly kind: 'report' } | { readonly kind: 'stop' }

type Report = FromThread & { readonly kind: 'report' }

const entry = new URL('./worker-thread.mjs', import.meta.url)
/** A thread that does not answer for longer is taken to hang. Units: ms. */
const answerTimeoutMs = 2_000
/** A thread that has not stopped by then is ended: a task gives up its record before. Units: ms. */
const stopTimeoutMs = 25_000

/** One thread's place: its thread is replaced when it dies, and what it had counted is kept. */
export class Seat {
  /** Resolves with the error that a replacement could not fix. */
  readonly failed: Promise<unknown>
  readonly #name: string
  readonly #settings: WorkerSettings
  readonly #log: Log
  readonly #listeners = new Set<(message: FromThread | undefined) => void>()
  #thread: Thread | undefined
  #fail: (error: unknown) => void = () => {}
  /** The thread's worker has joined its groups. */
  #joined = false
  #stopping = false
  #deaths = 0
  #whyDied = ''
  #lastReport: readonly MetricValues[] = []
  #ofEnded: readonly MetricValues[] = []

  /** Shape of `name`: `'worker thread 2'`. */
  constructor(name: string, settings: WorkerSettings, log: Log) {
    this.#name = name
    this.#settings = settings
    this.#log = log
    this.failed = new Promise(resolve => {
      this.#fail = resolve
    })
  }

  /**
   * Resolves when the thread's worker has joined, or `stop` has cancelled it. Errors: what its start threw, with class and
   * code; INTERNAL: it died.
   */
  async start(): Promise<void> {
    if (this.#stopping) return
    const thread = new Thread(entry, { workerData: this.#settings })
    this.#thread = thread
    this.#joined = false
    this.#whyDied = ''
    thread.on('message', message => this.#hear(message))
    thread.on('error', error => {
      this.#whyDied = messageOf(error)
    })
    const first = this.#next(message => message.kind === 'started' || message.kind === 'failed')
    thread.once('exit', code => this.#exited(thread, code))
    const said = await first
    if (said === undefined && this.#stopping) return
    if (said?.kind === 'failed') {
      await thread.terminate()
      throw errorFromWire(said.error)
    }
    if (said === undefined)
      throw new FatalError('INTERNAL', `${this.#name} died before it had joined: ${this.#whyDied}`)
    this.#joined = true
    thread.once('exit', () => void this.#replace())
    this.#listeners.add(message => {
      if (message?.kind === 'failed') this.#fail(errorFromWire(message.error))
    })
  }

  /** The state of the thread, or the fact that there is none. */
  async status(): Promise<WorkerStatus> {
    const report = await this.#report()
    if (report) return report.status
    const why = this.#thread === undefined ? `died (${this.#whyDied}) and is being replaced` : 'does not answer'
    return { tasks: [], waiting: [`${this.#name} ${why}`], expected: [] }
  }

  /** The counts of this thread and its predecessors. */
  async metrics(): Promise<readonly MetricValues[]> {
    const report = await this.#report()
    return [...this.#ofEnded, ...(report?.metrics ?? this.#lastReport)]
  }

  /** The thread commits, leaves its groups and ends; one that has not joined yet just ends, with all that it had opened. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#thread === undefined) return
    if (!this.#joined) {
      await this.#thread.terminate()
      return
    }
    const stopped = this.#next(message => message.kind === 'stopped', stopTimeoutMs)
    this.#thread.postMessage({ kind: 'stop' } satisfies ToThread)
    if ((await stopped) === undefined && this.#thread !== undefined)
      this.#log.error(
        { code: 'TASK_STUCK' },
        `${this.#name} does not stop, and is ended: its records under way are not committed`,
      )
    await this.#thread?.terminate()
  }

  async #report(): Promise<Report | undefined> {
    if (this.#thread === undefined) return undefined
    const answer = this.#next(message => message.kind === 'report', answerTimeoutMs)
    this.#thread.postMessage({ kind: 'report' } satisfies ToThread)
    const report = (await answer) as Report | undefined
    if (report) this.#lastReport = report.metrics
    return report
  }

  /** A thread that died has lost its tasks to the group already; a new one joins in its place. */
  async #replace(): Promise<void> {
    while (!this.#stopping) {
      this.#log.error({ code: 'INTERNAL' }, `${this.#name} died and is replaced: ${this.#whyDied}`)
      await systemClock.sleep(backoffMs(backoffs.outage, ++this.#deaths, systemClock))
      if (this.#stopping) return
      try {
        return await this.start()
      } catch (error) {
        this.#whyDied = messageOf(error)
        if (this.#stopping) return
        if (!(error instanceof RetriableError)) return this.#fail(error)
      }
    }
  }

  #exited(thread: Thread, code: number): void {
    if (this.#thread !== thread) return
    this.#thread = undefined
    this.#whyDied ||= `exit code ${code}`
    void this.#keepCounts()
    for (const listener of this.#listeners) listener(undefined)
    this.#listeners.clear()
  }

  async #keepCounts(): Promise<void> {
    const counts = [...this.#ofEnded, ...this.#lastReport]
    this.#lastReport = []
    this.#ofEnded = counts
    if (counts.length > 1) this.#ofEnded = [await sumOf(counts)]
  }

  #hear(message: FromThread): void {
    for (const listener of this.#listeners) listener(message)
  }

  /** The next message of a kind; undefined when the thread ends, or the time is up, before it comes. */
  #next(wanted: (message: FromThread) => boolean, timeoutMs?: number): Promise<FromThread | undefined> {
    return new Promise(resolve => {
      const end = (message: FromThread | undefined) => {
        this.#listeners.delete(listener)
        timer?.cancel()
        resolve(message)
      }
      const listener = (message: FromThread | undefined) => {
        if (message === undefined || wanted(message)) end(message)
      }
      const timer = timeoutMs === undefined ? undefined : systemClock.after(timeoutMs, () => end(undefined))
      this.#listeners.add(listener)
    })
  }
}
