import { backoffMs, backoffs } from '../../definition/backoff.ts'
import type { Clock } from '../../definition/clock.ts'
import { RetriableError } from '../../definition/errors.ts'

/**
 * Tries until it succeeds, an error is not retriable, the time is over, or `isOver` returns true; then the last error is thrown.
 * Waits are those of `backoffs.request`. Units: ms.
 */
export async function retryFor<T>(
  clock: Clock,
  forMs: number,
  attempt: () => Promise<T>,
  isOver: () => boolean = () => false,
): Promise<T> {
  const deadline = clock.monotonic() + forMs
  for (let failures = 1; ; failures++) {
    const waitMs = backoffMs(backoffs.request, failures, clock)
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof RetriableError) || isOver() || clock.monotonic() + waitMs > deadline) throw error
    }
    await clock.sleep(waitMs)
  }
}
