import type { Awaitable } from '../../../topology/index.ts'

/*
 * Reads of cached state give their value at once, others a promise. These two functions stay synchronous for values given
 * at once, so that the common record costs no promise.
 */

/** Calls `next` with the value: at once when it is there, after the promise when it is not. */
export function chain<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** All values at once when they are there, a promise of them when one is not. */
export function together<const T extends readonly unknown[]>(
  values: T,
): Awaitable<{ -readonly [I in keyof T]: Awaited<T[I]> }> {
  type Settled = { -readonly [I in keyof T]: Awaited<T[I]> }
  const waits = values.some(value => value instanceof Promise)
  return waits ? (Promise.all(values) as Promise<Settled>) : (values as unknown as Settled)
}
