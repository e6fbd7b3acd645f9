import type { Awaitable } from './record.ts'

/** A timer that can be cancelled. */
export interface Timer {
  cancel(): void
}

/** Time and chance as a task needs them. Where time is stepped, a sleep may be over at once. Units: as `Clock`. */
export interface TaskClock {
  /** The wall clock, which a person or a time server may set, forwards and back: for moments that are written down or shown. */
  now(): number
  /** The time since some moment of the past. It only rises, whatever happens to the wall clock: for intervals, limits and back-offs. */
  monotonic(): number
  /** A number in [0, 1). */
  random(): number
  /** Comes back after `ms`, or early when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Awaitable<void>
}

/** The wall time of a moment that was taken as `monotonic`, by the wall clock as it is now. Units: ms since the epoch. */
export function wallTimeOf(monotonic: number, clock: Pick<TaskClock, 'now' | 'monotonic'>): number {
  return clock.now() - Math.round(clock.monotonic() - monotonic)
}

/**
 * Time and chance. Nothing else in the library reads either, so that the test driver and the seeded fault
 * simulation are faithful. The real one is in `runtime/system-clock.ts`.
 *
 * Units: milliseconds since the epoch (`now`), or milliseconds.
 */
export interface Clock extends TaskClock {
  /** Resolves after `ms`, or early when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls back once after `ms`; does not keep the process alive. */
  after(ms: number, callback: () => void): Timer
  /** Lets other work run: I/O callbacks, heartbeats, other tasks. */
  yield(): Promise<void>
}
