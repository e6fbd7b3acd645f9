import { type Awaitable, chain, type FlowRecord, forEachInOrder, type Header } from '../../definition/record.ts'
import type { NotedRow, TaskTable } from '../../definition/store.ts'

/** An update that waits, noted in its row. Several operators may hold updates of one row: their notes form a chain. */
interface Held {
  readonly owner: HeldUpdates
  readonly row: NotedRow<unknown, unknown>
  readonly key: unknown
  readonly oldValue: unknown
  timestamp: number
  headers: readonly Header[]
  next: Held | undefined
}

/**
 * Updates of a store that wait for the commit, so that many updates of a key become one, with the value from before the
 * first and the value after the last. The values handed on are read from the rows, so an undone record leaves no trace.
 *
 * Source: the record cache of Kafka Streams (`CachingKeyValueStore`).
 */
export class HeldUpdates {
  readonly #table: TaskTable<unknown, unknown>
  readonly #handOn: (record: FlowRecord) => Awaitable<void>
  #held: Held[] = []

  constructor(table: TaskTable<unknown, unknown>, handOn: (record: FlowRecord) => Awaitable<void>) {
    this.#table = table
    this.#handOn = handOn
  }

  /** Remembers that the key has changed: it was put or deleted just now, by a record with these headers. */
  hold(key: unknown, oldValue: unknown, timestamp: number, headers: readonly Header[]): void {
    const row = this.#table.written(key)
    const first = row.note as Held | undefined
    for (let held = first; held !== undefined; held = held.next) {
      if (held.owner !== this) continue
      held.timestamp = timestamp
      held.headers = headers
      return
    }
    const held: Held = { owner: this, row, key, oldValue, timestamp, headers, next: first }
    row.note = held
    this.#held.push(held)
  }

  /** Hands the held updates on, in the order of their first change. They are held until all have gone. */
  flush(): Awaitable<void> {
    if (this.#held.length === 0) return
    const handed = forEachInOrder(this.#held, held => (isNoted(held) ? this.#forward(held) : undefined))
    return chain(handed, () => {
      for (const held of this.#held) unlink(held)
      this.#held = []
    })
  }

  #forward({ row, key, oldValue, timestamp, headers }: Held): Awaitable<void> {
    const now = row.entry
    const newValue = now?.value ?? null
    if (newValue === oldValue) return
    return this.#handOn({
      key,
      value: { newValue, oldValue, latest: true },
      timestamp: now?.timestamp ?? timestamp,
      headers,
    })
  }
}

/** Takes a note out of its row; those of other operators stay. */
function unlink(held: Held): void {
  const first = held.row.note as Held | undefined
  if (first === held) {
    held.row.note = held.next
    return
  }
  for (let note = first; note !== undefined; note = note.next) if (note.next === held) note.next = held.next
}

/** False if the row was undone: what became of the key since is in another row, with notes of its own. */
function isNoted(held: Held): boolean {
  for (let note = held.row.note as Held | undefined; note !== undefined; note = note.next)
    if (note === held) return true
  return false
}
