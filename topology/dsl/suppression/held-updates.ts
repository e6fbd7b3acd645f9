import { type Awaitable, chain, type FlowRecord, forEachInOrder, type Header } from '../../definition/record.ts'
import type { RowLayout, TaskTable } from '../../definition/store.ts'

interface Held {
  readonly key: unknown
  readonly oldValue: unknown
  timestamp: number
  headers: readonly Header[]
}

/** Equal for equal keys. A key of one column is mostly a value that a Map can find as it is. */
function identityOf(parts: readonly unknown[]): unknown {
  const [first] = parts
  return parts.length === 1 && typeof first !== 'object' ? first : parts.map(String).join('\u0000')
}

/**
 * Updates of a store that wait for the commit, so that many updates of a key become one, with the value from before the
 * first and the value after the last. The values handed on are read from the table, so an undone record leaves no trace.
 *
 * Source: the record cache of Kafka Streams (`CachingKeyValueStore`).
 */
export class HeldUpdates {
  readonly #table: TaskTable<unknown, unknown>
  readonly #layout: RowLayout<unknown>
  readonly #handOn: (record: FlowRecord) => Awaitable<void>
  #held = new Map<unknown, Held>()

  constructor(
    table: TaskTable<unknown, unknown>,
    layout: RowLayout<unknown>,
    handOn: (record: FlowRecord) => Awaitable<void>,
  ) {
    this.#table = table
    this.#layout = layout
    this.#handOn = handOn
  }

  /** Remembers that the record's key has changed. */
  hold(record: FlowRecord, oldValue: unknown, timestamp: number): void {
    const identity = identityOf(this.#layout.split(record.key))
    const known = this.#held.get(identity)
    if (known === undefined) this.#held.set(identity, { key: record.key, oldValue, timestamp, headers: record.headers })
    else {
      known.timestamp = timestamp
      known.headers = record.headers
    }
  }

  /** Hands the held updates on, in the order of their first change. They are held until all have gone. */
  flush(): Awaitable<void> {
    if (this.#held.size === 0) return
    const handed = forEachInOrder([...this.#held.values()], held =>
      chain(this.#table.get(held.key), now => this.#forward(held, now)),
    )
    return chain(handed, () => this.#held.clear())
  }

  #forward(held: Held, now: { readonly value: unknown; readonly timestamp: number } | undefined): Awaitable<void> {
    const newValue = now?.value ?? null
    if (newValue === held.oldValue) return
    const value = { newValue, oldValue: held.oldValue, latest: true }
    const timestamp = now?.timestamp ?? held.timestamp
    return this.#handOn({ key: held.key, value, timestamp, headers: held.headers })
  }
}
