import { checkKey, checkValue } from '../../store/row-checks.ts'
import { RowIndex } from '../../store/row-index.ts'
import type { Codec } from '../definition/serde.ts'
import type { AnyStore, Entry, ScanRange } from '../definition/store.ts'
import type { JournaledTable } from '../runtime/task-graph.ts'
import { deepFreeze } from './deep-freeze.ts'

type AnyEntry = Entry<unknown, unknown>

/** What a table is made of. `timestamp` is that of the record at hand, in ms. */
export interface DriverTableOptions {
  readonly definition: AnyStore
  readonly codec: { readonly key: Codec<unknown>; readonly value: Codec<unknown> }
  timestamp(): number
}

/**
 * A store of one task in memory, which refuses what a worker's would: what is put is encoded and checked as for the
 * changelog and for Postgres, goes through its columns, and cannot be changed afterwards.
 */
export class DriverTable implements JournaledTable {
  readonly #options: DriverTableOptions
  readonly #rows: RowIndex<AnyEntry>
  #undo: (readonly [parts: readonly unknown[], before: AnyEntry | undefined])[] = []

  constructor(options: DriverTableOptions) {
    this.#options = options
    this.#rows = new RowIndex(options.definition.key.columns)
  }

  get(key: unknown): AnyEntry | undefined {
    return this.#rows.get(this.#options.definition.key.split(key))
  }

  put(key: unknown, value: unknown, timestamp: number = this.#options.timestamp()): void {
    const { definition, codec } = this.#options
    const parts = definition.key.split(key)
    const row = definition.value.split(value)
    checkKey(definition, parts)
    checkValue(definition, row)
    codec.key.encode(key)
    codec.value.encode(value)
    const entry = { key: definition.key.join(parts, parts), value: definition.value.join(row, parts), timestamp }
    this.#write(parts, deepFreeze(entry))
  }

  delete(key: unknown): void {
    this.#write(this.#options.definition.key.split(key), undefined)
  }

  scan(range: ScanRange): readonly AnyEntry[] {
    const found: AnyEntry[] = []
    for (const entry of this.#rows.range(range)) {
      if (found.length >= (range.limit ?? Number.POSITIVE_INFINITY)) break
      found.push(entry)
    }
    return found
  }

  begin(): void {
    this.#undo = []
  }

  end(): void {
    this.#undo = []
  }

  rollback(): void {
    for (const [parts, before] of this.#undo.reverse()) this.#set(parts, before)
    this.#undo = []
  }

  #write(parts: readonly unknown[], entry: AnyEntry | undefined): void {
    this.#undo.push([parts, this.#rows.get(parts)])
    this.#set(parts, entry)
  }

  #set(parts: readonly unknown[], entry: AnyEntry | undefined): void {
    if (entry === undefined) this.#rows.delete(parts)
    else this.#rows.set(parts, entry)
  }
}
