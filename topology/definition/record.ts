/** A value now, or a promise of it. The engine tests for a promise, so a cached read costs none. */
export type Awaitable<T> = T | Promise<T>

/** One record header, as Kafka has it: keys may repeat, order is kept. Shape: `{ key: 'traceparent', value: <bytes> }`. */
export interface Header {
  readonly key: string
  readonly value: Uint8Array | null
}

/**
 * A decoded record as user code sees it.
 *
 * Shape: `{ topic: 'lines', partition: 0, offset: 41, timestamp: 1700000000000, key: 'k', value: 'to be', headers: [] }`.
 * Units: `timestamp` is event time in milliseconds since the epoch. `offset` is exact below 2^53.
 */
export interface StreamRecord<K = unknown, V = unknown, T extends string = string> {
  readonly topic: T
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: K
  readonly value: V
  readonly headers: readonly Header[]
}

/** A record as it flows between the nodes of a topology, after it has left its topic. Units: `timestamp` in milliseconds. */
export interface FlowRecord<K = unknown, V = unknown> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly headers: readonly Header[]
}

/** True for a thenable. The one test by which the engine keeps synchronous work synchronous. */
export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return value !== null && typeof value === 'object' && typeof (value as { then?: unknown }).then === 'function'
}

/** Calls `next` with the value: at once when it is there, after the promise when it is not. */
export function chain<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return isPromise(value) ? value.then(next) : next(value)
}

/** The result of the work, or of `failed` when it fails; at once when it comes at once. */
export function recovering<T>(work: () => Awaitable<T>, failed: (error: unknown) => Awaitable<T>): Awaitable<T> {
  try {
    const pending = work()
    return isPromise(pending) ? pending.catch(failed) : pending
  } catch (error) {
    return failed(error)
  }
}

/** Does the work, then calls `last` even if it failed, as `try` and `finally`; at once when the work is done at once. */
export function ensuring<T>(work: () => Awaitable<T>, last: () => void): Awaitable<T> {
  let pending: Awaitable<T> | undefined
  try {
    pending = work()
    return isPromise(pending) ? pending.finally(last) : pending
  } finally {
    if (pending === undefined || !isPromise(pending)) last()
  }
}

/** All values of a list: at once when they are there, after the promises when one is not. */
export function together<const T extends readonly unknown[]>(
  values: T,
): Awaitable<{ -readonly [I in keyof T]: Awaited<T[I]> }> {
  type Settled = { -readonly [I in keyof T]: Awaited<T[I]> }
  return values.some(isPromise) ? (Promise.all(values) as Promise<Settled>) : (values as unknown as Settled)
}

/** Takes turns until one gives a result; stays synchronous as long as every turn does. */
export function untilResult<T>(turn: () => Awaitable<T | undefined>): Awaitable<T> {
  for (;;) {
    const result = turn()
    if (isPromise(result)) return laterResult(turn, result)
    if (result !== undefined) return result
  }
}

async function laterResult<T>(turn: () => Awaitable<T | undefined>, pending: Promise<T | undefined>): Promise<T> {
  for (let result = await pending; ; result = await turn()) if (result !== undefined) return result
}

/** Visits the items one after another; stays synchronous as long as every visit does. */
export function forEachInOrder<T>(items: readonly T[], visit: (item: T) => Awaitable<void>): Awaitable<void> {
  for (let index = 0; index < items.length; index++) {
    const pending = visit(items[index] as T)
    if (isPromise(pending)) return finishInOrder(items, index + 1, visit, pending)
  }
}

async function finishInOrder<T>(
  items: readonly T[],
  from: number,
  visit: (item: T) => Awaitable<void>,
  pending: Promise<void>,
): Promise<void> {
  await pending
  for (let index = from; index < items.length; index++) await visit(items[index] as T)
}
