import type { Backoff } from '../definition/backoff.ts'
import type { FailurePolicy } from '../definition/definition.ts'
import { durationMs } from '../definition/duration.ts'
import { type ErrorCode, MillraceError, RetriableError } from '../definition/errors.ts'

const outages: ReadonlySet<ErrorCode> = new Set(['BROKER_UNAVAILABLE', 'STORE_UNAVAILABLE', 'REGISTRY_UNAVAILABLE'])

/**
 * The outage among an error and its causes: a server that the engine needs is away, which is waited for as long as it takes
 * and never dead-lettered. Undefined: none.
 */
export function outageOf(error: unknown): RetriableError | undefined {
  for (let at = error; at instanceof MillraceError; at = at.cause)
    if (at instanceof RetriableError && outages.has(at.code)) return at
  return undefined
}

/** Whether the policy has another attempt for this failure. `failures` counts this one. */
export function mayRetry(policy: FailurePolicy | undefined, error: unknown, failures: number): boolean {
  if (policy?.retry === undefined || failures > policy.retry.attempts) return false
  return error instanceof RetriableError || policy.isRetriable?.(error) === true
}

/** The policy's backoff. */
export function policyBackoff(policy: FailurePolicy): Backoff {
  const retry = policy.retry ?? { backoff: 0, cap: 0 }
  return { firstMs: durationMs(retry.backoff), longestMs: durationMs(retry.cap) }
}
