/** A timer that can be taken back. */
export interface Timer {
  cancel(): void
}

/**
 * Time and chance. Nothing else in the library reads either, so that the test driver and the seeded fault
 * simulation are faithful. The real one is in `runtime/system-clock.ts`.
 *
 * Units: milliseconds since the epoch, or milliseconds.
 */
export interface Clock {
  now(): number
  /** A number in [0, 1). */
  random(): number
  /** Resolves after `ms`, or early when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls back once after `ms`; does not keep the process alive. */
  after(ms: number, callback: () => void): Timer
  /** Lets other work run: I/O callbacks, heartbeats, other tasks. */
  yield(): Promise<void>
}
