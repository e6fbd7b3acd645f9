import type { Awaitable } from '../../definition/record.ts'
import type { Cluster } from './cluster.ts'
import { unanswered, unavailable } from './errors.ts'
import type { BrokerApi, Fault } from './faults.ts'

/** A producer, writer, reader or member. */
export interface ClientPart {
  close(): Promise<void>
  /** Called when the client has crashed: stop waiting for callbacks of the broker. */
  abandon?(): void
}

/** The path of a client's requests to the broker and of its answers back, with all faults on it. */
export class RequestLine {
  state: 'open' | 'closed' | 'crashed' = 'open'
  /** The parts that the client has made and not yet closed. */
  readonly parts = new Set<ClientPart>()
  readonly #cluster: Cluster
  readonly #client: string

  constructor(cluster: Cluster, client: string) {
    this.#cluster = cluster
    this.#client = client
  }

  /**
   * Has the broker do something and resolves with its answer. A crashed client gets none, and its further requests are
   * never sent. Errors: RetriableError BROKER_UNAVAILABLE of a closed client or a fault; any error of `work`.
   */
  async send<T>(api: BrokerApi, about: string, work: () => Awaitable<T>): Promise<T> {
    if (this.state === 'closed') throw unavailable(`${api} of a closed client`)
    if (this.state === 'crashed') return silence()
    const fault = this.#cluster.faults?.onRequest({ api, client: this.#client, about })
    try {
      return await (fault ? this.#spoil(fault, `${api} of '${about}'`, work) : work())
    } finally {
      if (this.crashed) await silence()
    }
  }

  /** True if the client is gone; code that runs on its behalf must stop. */
  get crashed(): boolean {
    return this.state === 'crashed'
  }

  async #spoil<T>(fault: Fault, what: string, work: () => Awaitable<T>): Promise<T> {
    const { clock } = this.#cluster
    switch (fault.kind) {
      case 'delay':
        await clock.sleep(fault.ms)
        return work()
      case 'delay-reply': {
        const answer = await settled(work)
        await clock.sleep(fault.ms)
        return answer()
      }
      case 'late':
        clock.after(fault.ms, () => void settled(work))
        throw unanswered(what)
      case 'drop-request':
        if (fault.afterMs) await clock.sleep(fault.afterMs)
        throw unanswered(what)
      case 'drop-reply':
        await settled(work)
        if (fault.afterMs) await clock.sleep(fault.afterMs)
        throw unanswered(what)
      case 'fail':
        throw fault.error ?? unavailable(what)
    }
  }
}

/** Does the work now, and returns a function that gives its result or throws its error later. */
async function settled<T>(work: () => Awaitable<T>): Promise<() => T> {
  try {
    const result = await work()
    return () => result
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/** A promise of its own each time: one shared by all would keep every waiter alive. */
export function silence(): Promise<never> {
  return new Promise(() => {})
}
