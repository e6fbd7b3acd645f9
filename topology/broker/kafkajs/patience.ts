import type { Clock } from '../../definition/clock.ts'
import { RetriableError } from '../../definition/errors.ts'

const firstWaitMs = 1
const longestWaitMs = 250

/**
 * Tries until it succeeds, an error is not retriable, the time is over, or `isOver` returns true; then the last error is thrown.
 * Waits double from 1 ms (a predecessor's transaction settles in a few) to 250 ms, each with jitter. Units: ms.
 */
export async function retryFor<T>(
  clock: Clock,
  forMs: number,
  attempt: () => Promise<T>,
  isOver: () => boolean = () => false,
): Promise<T> {
  const deadline = clock.now() + forMs
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof RetriableError) || isOver() || clock.now() + waitMs > deadline) throw error
    }
    await clock.sleep(waitMs * (0.5 + clock.random() / 2))
  }
}
