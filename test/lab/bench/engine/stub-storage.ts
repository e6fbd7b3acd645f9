import { setTimeout as sleep } from 'node:timers/promises'
import type { StateStorage, StoreDelta } from '../../../../store/contract.ts'
import { memoryStorage } from '../../../../store/memory-storage.ts'
import { ApplyStatement } from '../../../../store/postgres/apply-statement.ts'
import type { AnyStore } from '../../../../topology/definition/store.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'
import { roundTripMs } from './stub-broker.ts'

/** A storage that is not there. */
export interface StubStorage {
  readonly storage: StateStorage
  /** Rows that Postgres would have been sent, and the bytes of the statements' parameters. */
  readonly applied: { rows: number; bytes: number }
}

/**
 * A storage without a server: the statement of each apply is built as Postgres needs it, and goes nowhere. Tables are empty when
 * they are claimed, so that no row is ever read; of stores with a retention it knows which keys were put, in that order.
 */
export function stubStorage(): StubStorage {
  const memory = memoryStorage({ clock: systemClock })
  const applied = { rows: 0, bytes: 0 }
  const storage: StateStorage = {
    migrate: (application, stores) => memory.migrate(application, stores),
    close: async () => {},
    claim: async task => {
      const claimed = await memory.claim(task)
      const statement = new ApplyStatement('public', task.stores)
      const owner = { application: task.application, partition: task.task.partition, epoch: claimed.epoch }
      const timed = new Map(task.stores.filter(isTimed).map(store => [store.name, new TimedKeys(store)]))
      return {
        ...claimed,
        expired: async (store, until, limit) => timed.get(store)?.take(until, limit) ?? [],
        apply: async delta => {
          const { parameters } = statement.of(owner, delta)
          // The driver writes each text to its socket.
          for (const parameter of parameters)
            if (typeof parameter === 'string') applied.bytes += Buffer.from(parameter).length
          for (const one of delta.stores) {
            applied.rows += one.puts.length
            timed.get(one.store)?.add(one)
          }
          await sleep(roundTripMs)
        },
      }
    },
  }
  return { storage, applied }
}

function isTimed({ retentionMs, retainedBy }: AnyStore): boolean {
  return retentionMs !== undefined && retainedBy !== undefined
}

/** The keys of a store by the time in them. They come nearly in that order, as the events do. */
class TimedKeys {
  readonly #column: number
  #keys: (readonly unknown[])[] = []
  #from = 0

  constructor({ retainedBy }: AnyStore) {
    this.#column = retainedBy as number
  }

  add({ puts }: StoreDelta): void {
    for (const { key } of puts) this.#keys.push(key)
  }

  /** Keys at or before the time, each once. */
  take(until: number, limit: number): readonly (readonly unknown[])[] {
    const first = this.#from
    while (this.#from < this.#keys.length && this.#from - first < limit) {
      if (Number(this.#keys[this.#from]?.[this.#column]) > until) break
      this.#from++
    }
    return this.#keys.slice(first, this.#from)
  }
}
