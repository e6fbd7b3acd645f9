import type { TaskClock } from './clock.ts'

/** Waits between attempts: they double from the first to the longest. Units: ms. */
export interface Backoff {
  readonly firstMs: number
  readonly longestMs: number
}

/** The waits of the library itself. Those between attempts of a processor are its failure policy's. */
export const backoffs = {
  /** A broker, Postgres or the registry is away. */
  outage: { firstMs: 50, longestMs: 5_000 },
  /** A task cannot go on until somebody has done something. */
  parked: { firstMs: 2_000, longestMs: 60_000 },
  /** A broker must settle something first, such as the transaction of a predecessor: a few ms do mostly. */
  request: { firstMs: 1, longestMs: 250 },
  /** The leader of a partition does not answer, or has moved. */
  fetch: { firstMs: 20, longestMs: 500 },
  /** A member could not join its group. */
  join: { firstMs: 50, longestMs: 2_000 },
} as const satisfies Record<string, Backoff>

/**
 * The wait before another attempt, after so many failures in a row (from 1): half of it is certain, half is chance, so that
 * those who failed together do not come back together. Units: ms. Source: "equal jitter", AWS architecture blog.
 */
export function backoffMs(backoff: Backoff, failures: number, clock: Pick<TaskClock, 'random'>): number {
  const ceiling = Math.min(backoff.longestMs, backoff.firstMs * 2 ** Math.min(failures - 1, 30))
  return Math.ceil(ceiling / 2 + (clock.random() * ceiling) / 2)
}
