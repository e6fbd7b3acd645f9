import { setTimeout as sleep } from 'node:timers/promises'

/** The condition to wait for, in words, and the time limit. */
export interface Wait {
  /** The message of the error when the time is up. Shape: `'the worker is not ready'`. */
  readonly what: string
  /** Units: ms. Unset: 90,000. */
  readonly timeoutMs?: number | undefined
  /** Text added to the error: its last 3,000 characters. */
  readonly said?: () => string
}

/** Asks again and again until the answer is true. Errors: when it is not in time. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  { what, timeoutMs = 90_000, said }: Wait,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline)
      throw new Error(`${what} after ${timeoutMs} ms${said ? `: ${said().slice(-3_000)}` : ''}`)
    await sleep(50)
  }
}
