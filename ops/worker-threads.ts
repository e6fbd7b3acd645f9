import { Worker as Thread } from 'node:worker_threads'
import { type ErrorWire, errorFromWire, FatalError, RetriableError } from '../topology/definition/errors.ts'
import { backoffMs, outageBackoff } from '../topology/runtime/retry.ts'
import { systemClock } from '../topology/runtime/system-clock.ts'
import type { TaskStatus } from '../topology/runtime/task.ts'
import type { RunningWorker, WorkerSettings } from './worker-run.ts'

/** What a thread says. Errors travel in wire form: `postMessage` strips their class and code. */
export type FromThread =
  | { readonly kind: 'started' }
  | { readonly kind: 'failed'; readonly error: ErrorWire }
  | { readonly kind: 'status'; readonly tasks: readonly TaskStatus[] }
  | { readonly kind: 'stopped' }

/** What a thread is told. */
export type ToThread = { readonly kind: 'status' } | { readonly kind: 'stop' }

const entry = new URL('./bin/worker-thread.mjs', import.meta.url)

/** One thread's place: its thread is replaced when it dies. */
class Seat {
  readonly failed: Promise<unknown>
  readonly #settings: WorkerSettings
  #thread: Thread | undefined
  #fail: (error: unknown) => void = () => {}
  #stopping = false
  #deaths = 0

  constructor(settings: WorkerSettings) {
    this.#settings = settings
    this.failed = new Promise(resolve => {
      this.#fail = resolve
    })
  }

  /** Resolves when the thread's worker has joined. Errors: what its start threw, with class and code. */
  async start(): Promise<void> {
    const thread = new Thread(entry, { workerData: this.#settings })
    this.#thread = thread
    const said = await new Promise<FromThread>(resolve => {
      thread.once('message', resolve)
      thread.once('error', error => resolve(died(error)))
      thread.once('exit', code => resolve(died(new Error(`exit code ${code}`))))
    })
    if (said.kind === 'failed') throw errorFromWire(said.error)
    thread.on('message', (message: FromThread) => {
      if (message.kind === 'failed') this.#fail(errorFromWire(message.error))
    })
    thread.on('error', () => {})
    thread.once('exit', () => void this.#replace())
  }

  /** Tasks of this thread; none while it is being replaced. */
  async status(): Promise<readonly TaskStatus[]> {
    const answer = await this.#ask({ kind: 'status' }, 'status')
    return answer?.kind === 'status' ? answer.tasks : []
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#ask({ kind: 'stop' }, 'stopped')
    await this.#thread?.terminate()
  }

  /** A thread that died has lost its tasks to the group already; a new one joins in its place. */
  async #replace(): Promise<void> {
    if (this.#stopping) return
    await systemClock.sleep(backoffMs(outageBackoff, ++this.#deaths, systemClock))
    if (this.#stopping) return
    try {
      await this.start()
    } catch (error) {
      if (error instanceof RetriableError) return this.#replace()
      this.#fail(error)
    }
  }

  #ask(question: ToThread, answer: FromThread['kind']): Promise<FromThread | undefined> {
    const thread = this.#thread
    if (thread === undefined) return Promise.resolve(undefined)
    return new Promise(resolve => {
      const listen = (message: FromThread) => {
        if (message.kind !== answer) return
        thread.off('message', listen)
        resolve(message)
      }
      thread.on('message', listen)
      thread.once('exit', () => resolve(undefined))
      thread.postMessage(question)
    })
  }
}

function died(error: Error): FromThread {
  return { kind: 'failed', error: new FatalError('INTERNAL', `a worker thread died: ${error.message}`).toWire() }
}

/** Starts `count` threads, each a worker and a group member of its own. A thread that dies is replaced. */
export async function startThreads(settings: WorkerSettings, count: number): Promise<RunningWorker> {
  const seats = Array.from({ length: count }, () => new Seat(settings))
  await Promise.all(seats.map(seat => seat.start()))
  return {
    failed: Promise.race(seats.map(seat => seat.failed)),
    status: async () => (await Promise.all(seats.map(seat => seat.status()))).flat(),
    stop: async () => {
      await Promise.all(seats.map(seat => seat.stop()))
    },
  }
}
