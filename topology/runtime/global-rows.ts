import { RowIndex } from '../../store/row-index.ts'
import type { RawRecord } from '../broker/port.ts'
import type { SkipReason } from '../definition/definition.ts'
import { TopologyError } from '../definition/errors.ts'
import { type Awaitable, chain } from '../definition/record.ts'
import type { AnyStore, Entry, ScanRange, TaskTable } from '../definition/store.ts'
import type { RecordCodec } from './codecs.ts'

type AnyEntry = Entry<unknown, unknown>

/** A global table as the tasks of a worker see it: all rows in memory, read-only. */
export class GlobalRows implements TaskTable<unknown, unknown> {
  readonly #store: AnyStore
  readonly #rows: RowIndex<AnyEntry>
  readonly #leftOut: (reason: SkipReason) => void

  /** `leftOut` is told why a record is left out. */
  constructor(store: AnyStore, leftOut: (reason: SkipReason) => void) {
    this.#store = store
    this.#rows = new RowIndex(store.key.columns)
    this.#leftOut = leftOut
  }

  get(key: unknown): AnyEntry | undefined {
    return this.#rows.get(this.#store.key.split(key))
  }

  scan(range: ScanRange): readonly AnyEntry[] {
    const found: AnyEntry[] = []
    for (const entry of this.#rows.range(range)) {
      if (found.length >= (range.limit ?? Number.POSITIVE_INFINITY)) break
      found.push(entry)
    }
    return found
  }

  put(): never {
    throw this.#readOnly()
  }

  delete(): never {
    throw this.#readOnly()
  }

  written(): never {
    throw this.#readOnly()
  }

  /**
   * Takes a record of the topic: a null value deletes the row; one without a key, or with a time below zero, is left out. Errors:
   * those of the serdes.
   */
  install({ key, value, timestamp }: RawRecord, codec: RecordCodec): Awaitable<void> {
    if (timestamp < 0) return this.#leftOut('negative-time')
    return chain(codec.key.decode(key), decodedKey =>
      chain(value === null ? null : codec.value.decode(value), decodedValue => {
        if (decodedKey === null) this.#leftOut('null-key')
        else this.#set({ key: decodedKey, value: decodedValue, timestamp })
      }),
    )
  }

  #set(entry: AnyEntry): void {
    const parts = this.#store.key.split(entry.key)
    if (entry.value === null) this.#rows.delete(parts)
    else this.#rows.set(parts, entry)
  }

  #readOnly(): TopologyError {
    return new TopologyError('TOPOLOGY_INVALID', `global table '${this.#store.name}' is read-only: write its topic`)
  }
}
