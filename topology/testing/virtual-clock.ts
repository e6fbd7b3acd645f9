import type { Clock, Timer } from '../definition/clock.ts'
import { FatalError } from '../definition/errors.ts'
import { EventQueue } from './event-queue.ts'
import { seededRandom } from './random.ts'

/** The limits at which a run of the clock ends although its condition does not hold. */
interface RunLimits {
  /** Virtual time that may pass. Units: ms. Unset: one hour. */
  readonly limitMs?: number
  /** Unset: 10 million. */
  readonly maxEvents?: number
}

/**
 * A clock that only moves when it is told to. Its driver decides what happens: the earliest timer fires, then all
 * that follows from it without waiting runs to its end, then the next timer fires. Nothing depends on real time, so the
 * same seed gives the same run, event for event.
 *
 * Shape: `const clock = new VirtualClock({ seed: 7 }); await clock.advance(1_000)`.
 *
 * Code that runs under it must wait for nothing but this clock and promises: real I/O would bring real time back in.
 */
export class VirtualClock implements Clock {
  readonly #queue = new EventQueue()
  readonly #random: () => number
  readonly #startMs: number
  #now: number
  #events = 0
  #driven = false

  constructor(options: { readonly seed?: number; readonly startMs?: number } = {}) {
    this.#random = seededRandom(options.seed ?? 1)
    this.#startMs = options.startMs ?? 1_700_000_000_000
    this.#now = this.#startMs
  }

  /** The number of timers that have fired. */
  get events(): number {
    return this.#events
  }

  /** The number of timers that are set. */
  get pending(): number {
    return this.#queue.size
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now - this.#startMs
  }

  random(): number {
    return this.#random()
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const wake = () => {
        timer.cancel()
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const timer = this.after(ms, wake)
      signal?.addEventListener('abort', wake, { once: true })
    })
  }

  after(ms: number, callback: () => void): Timer {
    const event = this.#queue.add(this.#now + Math.max(0, ms), callback)
    return { cancel: () => this.#queue.cancel(event) }
  }

  yield(): Promise<void> {
    return new Promise(resolve => {
      this.#queue.add(this.#now, resolve)
    })
  }

  /** Lets everything run that is due now, without time passing. */
  settle(): Promise<void> {
    return this.advance(0)
  }

  /**
   * Moves time on, firing every timer on the way at its own time. Units: ms.
   * Errors: FatalError INTERNAL after more than `maxEvents` (unset: 10 million): something runs in circles.
   */
  advance(ms: number, { maxEvents = 10_000_000 }: Pick<RunLimits, 'maxEvents'> = {}): Promise<void> {
    const end = this.#now + ms
    const lastEvent = this.#events + maxEvents
    return this.#drive(async () => {
      await drain()
      for (let next = this.#queue.peek(); next && next.time <= end; next = this.#queue.peek()) {
        if (this.#events >= lastEvent)
          throw new FatalError('INTERNAL', `${maxEvents} events within ${ms} ms: look for a loop that never waits`)
        await this.#fire(next.time)
      }
      this.#now = end
    })
  }

  /** Fires timers until none is set. Errors: FatalError INTERNAL over the limits (a heartbeat never ends). */
  async runUntilIdle(limits: RunLimits = {}): Promise<void> {
    await this.#run(() => false, limits, 'the clock to be idle')
  }

  /**
   * Fires timers until the test holds. Errors: FatalError INTERNAL over the limits, or when no timer is left that could
   * change anything.
   */
  async runUntil(holds: () => boolean, limits: RunLimits = {}, what = 'a condition'): Promise<void> {
    const held = await this.#run(holds, limits, what)
    if (!held) throw new FatalError('INTERNAL', `waited for ${what}, but no timer is left: it would never happen`)
  }

  /** The result of a promise, firing timers until it is there. Errors: the promise's own, and those of `runUntil`. */
  async resolve<T>(promise: Promise<T>, limits: RunLimits = {}): Promise<T> {
    let settled = false
    const done = () => {
      settled = true
    }
    promise.then(done, done)
    await this.runUntil(() => settled, limits, 'a promise')
    return promise
  }

  #run(holds: () => boolean, limits: RunLimits, what: string): Promise<boolean> {
    const end = this.#now + (limits.limitMs ?? 3_600_000)
    const lastEvent = this.#events + (limits.maxEvents ?? 10_000_000)
    return this.#drive(async () => {
      await drain()
      while (!holds()) {
        const next = this.#queue.peek()
        if (!next) return false
        if (next.time > end || this.#events >= lastEvent) {
          const state = `${this.#events} events, ${this.pending} timers set`
          throw new FatalError(
            'INTERNAL',
            `waited for ${what}, in vain (${state}): raise the limits, or look for a deadlock`,
          )
        }
        await this.#fire(next.time)
      }
      return true
    })
  }

  async #drive<T>(steps: () => Promise<T>): Promise<T> {
    if (this.#driven) throw new FatalError('INTERNAL', 'two drive the virtual clock at once: drive it from one place')
    this.#driven = true
    try {
      return await steps()
    } finally {
      this.#driven = false
    }
  }

  #fire(time: number): Promise<void> {
    this.#now = time
    this.#events++
    this.#queue.take()!()
    return drain()
  }
}

/** Node runs every promise reaction before an immediate, however many follow from one another. */
function drain(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
