import type { Clock } from '../topology/definition/clock.ts'
import { notReady, Problem } from './problem.ts'
import type { Reading } from './reads/reading.ts'
import { wholeParameter } from './views/parameters.ts'

/** The time that a request waits for state that is new enough, unless it gives another. Units: ms. */
export const usualWaitMs = 2_000

/** The longest time that a request may wait. Units: ms. */
const longestWaitMs = 10_000

/** The time to wait for state that is there and new enough; 0: not at all. */
export const waitParameter = wholeParameter(
  0,
  longestWaitMs,
  usualWaitMs,
  'The time to wait for state that is new enough, and for stores that are being opened or rebuilt, in ms. 0: not at all.',
)

/** Reads until the state is new enough; shared by all resources. */
export type FreshRead = <T>(
  read: () => Promise<Reading<T>>,
  lagOf: (value: T | undefined) => string | undefined,
  waitMs: number,
  signal: AbortSignal,
) => Promise<T | undefined>

/**
 * Reads again until the state exists and is new enough. Undefined: it is new enough, and there is no row.
 *
 * Errors: Problem not-ready for stores that are still being opened or rebuilt, and too-old for a state that is, when the wait is over.
 */
export function freshRead(clock: Pick<Clock, 'monotonic' | 'sleep'>): FreshRead {
  return async (read, lagOf, waitMs, signal) => {
    const end = clock.monotonic() + waitMs
    for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 200)) {
      const reading = await read()
      const value = reading.kind === 'found' ? reading.value : undefined
      const lag = reading.kind === 'not ready' ? notReady(reading.stores) : lagOf(value)
      if (lag === undefined) return value
      const left = end - clock.monotonic()
      if (left <= 0 || signal.aborted) throw late(lag, waitMs)
      await clock.sleep(Math.min(pauseMs, left), signal)
    }
  }
}

function late(lag: Problem | string, waitMs: number): Problem {
  if (lag instanceof Problem) return lag
  return new Problem(
    'too-old',
    waitMs === 0 ? `${lag}: ask with waitMs to wait for it` : `${lag}, after ${waitMs} ms: ask again`,
  )
}
