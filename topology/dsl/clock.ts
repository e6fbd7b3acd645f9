import type { NodeContext } from '../definition/definition.ts'
import { type Awaitable, chain, isPromise } from '../definition/record.ts'
import { string, timeSerde } from '../definition/serdes/primitives.ts'
import type { Entry, StoreDefinition, TaskTable } from '../definition/store.ts'
import { keyValueStore, rawTable } from '../definition/stores/key-value.ts'

/** The store in which an operator keeps the times it has seen, so that a restart or an undone record cannot lose them. */
export type ClockStore = StoreDefinition<string, number, TaskTable<string, number>>

/** Declares the clock of the store's operator: `<store>-clock`, one row per time. */
export function clockStore(store: string): ClockStore {
  return rawTable(keyValueStore(`${store}-clock`, { key: string, value: timeSerde }))
}

/** One time of an operator: the highest that was seen, or any other it must remember. Units: ms; -1 before the first. */
export class OperatorTime {
  readonly #table: TaskTable<string, number>
  readonly #name: string

  constructor(context: NodeContext, store: ClockStore, name: string) {
    this.#table = context.store(store)
    this.#name = name
  }

  read(): Awaitable<number> {
    return chain(this.#table.get(this.#name), entry => entry?.value ?? -1)
  }

  write(time: number): void {
    this.#table.put(this.#name, time, time < 0 ? 0 : time)
  }

  /** The higher of what is known and `time`, which is remembered. */
  raise(time: number): Awaitable<number> {
    const known = this.#table.get(this.#name)
    return isPromise(known) ? known.then(entry => this.#raised(entry, time)) : this.#raised(known, time)
  }

  #raised(entry: Entry<string, number> | undefined, time: number): number {
    const known = entry?.value ?? -1
    if (time <= known) return known
    this.write(time)
    return time
  }
}
