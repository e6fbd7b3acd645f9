import type { Clock } from '../../topology/definition/clock.ts'
import { RetriableError } from '../../topology/definition/errors.ts'
import { type Awaitable, chain, isPromise, recovering } from '../../topology/definition/record.ts'

/**
 * Look-ups that are made once: results are kept for ever (ids and schemas never change), callers of one key share one
 * request, and a failure is answered with the same error until `backoffMs` have passed. An outage is one failure for all
 * keys: within that time no request is made, so that paused tasks do not hammer a registry that is starting.
 */
export class Lookups<K, V> {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #backoffMs: number
  readonly #found = new Map<K, V>()
  readonly #pending = new Map<K, Promise<V>>()
  readonly #failed = new Map<K, Failure>()
  #outage: Failure | undefined

  constructor(options: { readonly clock: Pick<Clock, 'monotonic'>; readonly backoffMs: number }) {
    this.#clock = options.clock
    this.#backoffMs = options.backoffMs
  }

  /** The value when it is known, else that of `ask`, which is called if no request is under way and no failure is recent. */
  get(key: K, ask: () => Awaitable<V>): Awaitable<V> {
    const found = this.#found.get(key)
    if (found !== undefined) return found
    const failure = this.#fresh(this.#outage) ?? this.#fresh(this.#failed.get(key))
    if (failure) return Promise.reject(failure.error)
    const pending = this.#pending.get(key)
    if (pending) return pending
    const asked = recovering(
      () => chain(ask(), value => this.#answered(key, value)),
      error => this.#refused(key, error),
    )
    if (!isPromise(asked)) return asked
    const settled = asked.finally(() => this.#pending.delete(key))
    this.#pending.set(key, settled)
    return settled
  }

  /** Keeps a value that was learned in another way. */
  learn(key: K, value: V): void {
    this.#found.set(key, value)
    this.#failed.delete(key)
  }

  #answered(key: K, value: V): V {
    this.#outage = undefined
    this.learn(key, value)
    return value
  }

  #refused(key: K, error: unknown): never {
    const failure = { error, at: this.#clock.monotonic() }
    if (error instanceof RetriableError) this.#outage = failure
    else this.#failed.set(key, failure)
    throw error
  }

  #fresh(failure: Failure | undefined): Failure | undefined {
    return failure && this.#clock.monotonic() - failure.at < this.#backoffMs ? failure : undefined
  }
}

interface Failure {
  readonly error: unknown
  readonly at: number
}
