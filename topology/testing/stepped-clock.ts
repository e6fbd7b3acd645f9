import type { TaskClock } from '../definition/clock.ts'
import { FatalError } from '../definition/errors.ts'
import { seededRandom } from './random.ts'

/**
 * A record (or punctuator) that has been waited for this often will not succeed: nothing outside changes while the clock is
 * stepped.
 */
const mostSleeps = 10_000

/**
 * A clock for work that is done one step at a time: nothing else could happen during a sleep, so it is over at once, and time has
 * moved on. Random numbers are seeded: back-offs are the same in every run.
 */
export class SteppedClock implements TaskClock {
  readonly #random = seededRandom(1)
  readonly #startMs: number
  #now: number
  #sleeps = 0

  constructor(startMs: number) {
    this.#startMs = startMs
    this.#now = startMs
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

  /** Moves time on by a sleep. Errors: FatalError INTERNAL when one step sleeps again and again. */
  sleep(ms: number): void {
    if (++this.#sleeps > mostSleeps)
      throw new FatalError(
        'INTERNAL',
        `one step has waited ${mostSleeps} times and still cannot go on: an outage does not end by itself in the test driver`,
      )
    this.advance(ms)
  }

  /** Moves time on. Units: ms. */
  advance(ms: number): void {
    this.#now += ms
  }

  /** A step begins. */
  begin(): void {
    this.#sleeps = 0
  }
}
