import { RetriableError, TaskMigratedError } from '../topology/definition/errors.ts'
import type { Awaitable } from '../topology/definition/record.ts'

/** The kinds of requests that a task sends to its storage, as faults name them. */
export type StoreOperation = 'Claim' | 'Get' | 'Scan' | 'Apply' | 'Wipe'

/** One request. Shape: `{ operation: 'Apply', task: 'portfolio-risk_3' }`. */
export interface StoreRequest {
  readonly operation: StoreOperation
  readonly task: string
}

/**
 * Faults of the memory storage, for simulation. A promise delays; `fail` is an error from the server; a dropped request
 * never arrives; after a dropped reply the work is done but the answer is lost.
 */
export interface StoreFaults {
  before?(request: StoreRequest): Awaitable<'fail' | 'drop-request' | undefined>
  after?(request: StoreRequest): Awaitable<'drop-reply' | undefined>
}

/** Runs the request under the faults, with the errors that the Postgres adapter gives in their place. */
export async function underFaults<T>(
  faults: StoreFaults | undefined,
  request: StoreRequest,
  work: () => T,
): Promise<T> {
  if (faults === undefined) return work()
  const fault = await faults.before?.(request)
  if (fault === 'fail') throw storeUnavailable(request)
  if (fault === 'drop-request') throw noAnswer(request)
  const answer = work()
  if ((await faults.after?.(request)) === 'drop-reply') throw noAnswer(request)
  return answer
}

/** The server failed the request; nothing was done. */
export function storeUnavailable({ operation, task }: StoreRequest): RetriableError {
  return new RetriableError('STORE_UNAVAILABLE', `the state store failed, ${operation} of task ${task}: try again`, {
    context: { operation, task },
  })
}

/** The error of a lost answer: only a lost answer to a write leaves its outcome unknown. */
export function noAnswer(request: StoreRequest): RetriableError | TaskMigratedError {
  const { operation, task } = request
  if (operation !== 'Apply' && operation !== 'Wipe') return storeUnavailable(request)
  return new TaskMigratedError(
    'COMMIT_UNKNOWN',
    `the state store did not answer, ${operation} of task ${task}: open the task again`,
    { context: { operation, task } },
  )
}
