import { FatalError, SerdeError } from '../topology/definition/errors.ts'
import type { Awaitable } from '../topology/definition/record.ts'
import type { Codec } from '../topology/definition/serde.ts'
import type { Entry, ScanRange, StoreDefinition, TaskTable } from '../topology/definition/store.ts'
import type { StoreDelta, StoredRow, TaskStorage } from './contract.ts'
import { KnownPrefixes } from './known-prefixes.ts'
import { checkKey, checkValue, isHoldable } from './row-checks.ts'
import { rowOrder } from './row-index.ts'
import { type RowKey, rowKeyOf } from './row-key.ts'
import { type Slot, type SlotWrite, slotBytes } from './slot.ts'
import { SlotCache } from './slot-cache.ts'

/** What a buffer is made of. */
export interface WriteBackOptions<K, V> {
  // biome-ignore lint/suspicious/noExplicitAny: the face's type does not matter here, and it is contravariant
  readonly definition: StoreDefinition<K, V, any>
  readonly storage: TaskStorage
  /** The serdes bound to the changelog. */
  readonly codec: { readonly key: Codec<K>; readonly value: Codec<V> }
  /** Event time of the record being processed. Units: ms. */
  timestamp(): number
  /** Stream time of the task, by which a `ttl` hides rows. Units: ms. */
  streamTime(): number
  /** Cap of what is held beside unwritten changes. Units: bytes. Unset: 32 MiB. */
  readonly cacheBytes?: number
  /** At most so many rows are loaded whole when the task opens. Unset: 20,000. */
  readonly residentRows?: number
  /** At most so many rows of one prefix are loaded at once to make scans in it synchronous. Unset: 1,000. */
  readonly prefixRows?: number
  /** Largest changelog record. Units: bytes. Unset: 900,000. */
  readonly maxRecordBytes?: number
}

/** One changelog record. A null value deletes the key. */
export interface TableChange {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
  readonly timestamp: number
}

/** What the writes since the last drain come to: a changelog record and a row for each key. */
export interface Drained {
  readonly changes: readonly TableChange[]
  readonly delta: StoreDelta
  /** Units: bytes, estimated. */
  readonly bytes: number
  /** Postgres has them: they may be evicted. In the order of the drains. */
  applied(): void
}

/** What a write of the current record replaced. */
interface Undo<K, V> {
  readonly slot: Slot<K, V>
  readonly entry: Entry<K, V> | undefined
  readonly write: SlotWrite | undefined
  readonly bytes: number
  /** The slot was made by this write. `absent`: it was known that the row does not exist. */
  readonly made: 'no' | 'absent' | 'blind'
}

/**
 * A store of one task: the rows it works with, in memory, over the task's storage.
 *
 * Reads see the task's own writes, whether Postgres has them or not; a deleted key is not an absent key, and both are
 * remembered. Writes are checked and encoded when they are put (C6), so that a failure belongs to the record that is being
 * processed; `begin` and `rollback` undo that record's writes as a whole. `drain` hands over what one commit writes: many
 * writes to a key are one change. Drained rows stay readable until they are `applied`; what is written meanwhile belongs to
 * the next commit.
 *
 * A storage answer never replaces a slot: whatever has a slot was read or written later than the answer was asked for.
 */
export class WriteBackTable<K, V> implements TaskTable<K, V> {
  readonly definition: StoreDefinition<K, V, unknown>
  readonly #storage: TaskStorage
  readonly #options: WriteBackOptions<K, V>
  readonly #idOf: (parts: readonly unknown[]) => RowKey
  readonly #order: (a: readonly unknown[], b: readonly unknown[]) => number
  readonly #ttlMs: number | undefined
  readonly #slots: SlotCache<K, V>
  readonly #prefixes: KnownPrefixes
  readonly #loading = new Map<RowKey, Promise<void>>()
  /** Every row is in memory. */
  #resident = false
  #dirty = new Set<Slot<K, V>>()
  #dirtyBytes = 0
  #inFlightBytes = 0
  readonly #undo: Undo<K, V>[] = []
  #recording = false

  constructor(options: WriteBackOptions<K, V>) {
    const { definition, cacheBytes = 32 * 1024 * 1024 } = options
    const { columns } = definition.key
    this.definition = definition
    this.#options = options
    this.#storage = options.storage
    this.#idOf = rowKeyOf(columns)
    this.#order = rowOrder(columns)
    this.#ttlMs = definition.retainedBy === undefined ? definition.retentionMs : undefined
    this.#prefixes = new KnownPrefixes(columns)
    this.#slots = new SlotCache(columns, cacheBytes, slot => {
      this.#resident = false
      this.#prefixes.forget(slot.parts)
    })
  }

  /** Loads the store whole if it is small: then every read is synchronous until the cap is passed. Before any write. */
  async open(): Promise<void> {
    const limit = this.#options.residentRows ?? 20_000
    if (limit === 0) return
    const read = () => this.#storage.scan(this.definition.name, { limit: limit + 1 })
    await this.#slots.reading(read, rows => {
      this.#resident = rows.length <= limit
      for (const row of rows) this.#install(row)
    })
  }

  /** Whether every row is in memory, so that no read needs the storage. */
  get resident(): boolean {
    return this.#resident
  }

  /** Writes that Postgres does not have, drained or not. Units: bytes, estimated. */
  get bufferBytes(): number {
    return this.#dirtyBytes + this.#inFlightBytes
  }

  /** Rows and known absences in memory. */
  get size(): number {
    return this.#slots.size
  }

  get(key: K): Awaitable<Entry<K, V> | undefined> {
    const parts = this.definition.key.split(key)
    const slot = this.#slots.get(this.#idOf(parts))
    if (slot === undefined) return this.#isAbsent(parts) ? undefined : this.#load(parts)
    slot.used = true
    return this.#ttlMs === undefined ? slot.entry : this.#live(slot.entry)
  }

  put(key: K, value: V, timestamp: number = this.#options.timestamp()): void {
    const { definition, codec } = this.#options
    const row = definition.value.split(value)
    checkValue(definition, row)
    const valueBytes = codec.value.encode(value)
    if (valueBytes === null) throw nullValue(definition.name)
    this.#write(key, { key, value, timestamp }, { row, valueBytes, timestamp })
  }

  delete(key: K): void {
    this.#write(key, undefined, { row: undefined, valueBytes: null, timestamp: this.#options.timestamp() })
  }

  scan(range: ScanRange): Awaitable<readonly Entry<K, V>[]> {
    if (this.#resident) return this.#scanMemory(range)
    const prefix = this.#commonPrefix(range)
    if (this.#prefixes.covers(prefix)) return this.#scanMemory(range)
    const whole = prefix.length > 0 && prefix.length < this.definition.key.columns.length
    return whole && !this.#prefixes.isLarge(prefix) ? this.#scanPrefix(prefix, range) : this.#scanStorage(range)
  }

  /**
   * Loads what will be read: whole keys, or leading parts of which all rows are wanted. One query for the keys and one for
   * the prefixes; none, and no promise, when all is known.
   */
  prefetch(keys: readonly (readonly unknown[])[]): Awaitable<void> {
    if (this.#resident) return
    const whole: (readonly unknown[])[] = []
    const leading: (readonly unknown[])[] = []
    const pending: Promise<void>[] = []
    for (const parts of keys) {
      if (parts.length < this.definition.key.columns.length) {
        if (!this.#prefixes.covers(parts) && !this.#prefixes.isLarge(parts)) leading.push(parts)
        continue
      }
      const id = this.#idOf(parts)
      const loading = this.#loading.get(id)
      if (loading) pending.push(loading)
      else if (this.#slots.get(id) === undefined && !this.#isAbsent(parts) && isHoldable(this.definition, parts))
        whole.push(parts)
    }
    if (whole.length > 0) pending.push(this.#fetch(whole))
    if (leading.length > 0) pending.push(this.#fetchPrefixes(leading))
    if (pending.length > 0) return Promise.all(pending).then(() => {})
  }

  /** A record begins: what it writes can be undone. */
  begin(): void {
    this.#undo.length = 0
    this.#recording = true
  }

  /** The record is done: its writes stay. */
  end(): void {
    this.#undo.length = 0
    this.#recording = false
  }

  /** Undoes the writes since `begin`, which stays in force. */
  rollback(): void {
    for (let index = this.#undo.length - 1; index >= 0; index--) this.#revert(this.#undo[index]!)
    this.#undo.length = 0
  }

  /** Hands over the writes since the last drain. Between records only. */
  drain(): Drained {
    if (this.#recording && this.#undo.length > 0)
      throw new FatalError('INTERNAL', `store '${this.definition.name}' was drained inside a record: end it first`)
    const changes: TableChange[] = []
    const puts: StoredRow[] = []
    const deletes: (readonly unknown[])[] = []
    const slots = this.#dirty
    for (const slot of slots) {
      const { row, valueBytes, timestamp } = slot.write as SlotWrite
      changes.push({ key: slot.keyBytes as Uint8Array, value: valueBytes, timestamp })
      if (row) puts.push({ key: slot.parts, value: row, timestamp })
      else deletes.push(slot.parts)
      this.#slots.change(slot, slot.entry, undefined, slot.inFlight + 1, slot.bytes)
    }
    const bytes = this.#dirtyBytes
    this.#inFlightBytes += bytes
    this.#dirtyBytes = 0
    this.#dirty = new Set()
    return {
      changes,
      delta: { store: this.definition.name, puts, deletes },
      bytes,
      applied: () => this.#applied(slots, bytes),
    }
  }

  /**
   * Deletes rows whose retention is over, oldest first, at most `limit` of them: tombstones in the changelog and deletes in
   * Postgres, with the next commit. The runtime calls it between records when stream time has moved on. Returns how many.
   */
  async expire(streamTime: number, limit = 1_000): Promise<number> {
    const { retentionMs, retainedBy, name, key } = this.definition
    if (retentionMs === undefined) return 0
    const until = streamTime - retentionMs
    let count = 0
    const read = () => this.#storage.expired(name, until, limit)
    await this.#slots.reading(read, keys => {
      for (const parts of keys) {
        const slot = this.#slots.get(this.#idOf(parts))
        if (slot && (!slot.entry || (retainedBy === undefined && slot.entry.timestamp > until))) continue
        this.#write(key.join(parts, parts), undefined, { row: undefined, valueBytes: null, timestamp: streamTime })
        count++
      }
    })
    return count
  }

  #write(key: K, entry: Entry<K, V> | undefined, write: SlotWrite): void {
    const parts = this.definition.key.split(key)
    const id = this.#idOf(parts)
    const known = this.#slots.get(id)
    const slot = known ?? this.#empty(id, parts)
    if (slot.keyBytes === undefined) slot.keyBytes = this.#encodeKey(key, parts)
    this.#checkSize(slot.keyBytes, write.valueBytes)
    const bytes = slotBytes(parts, write.row) + (write.valueBytes?.length ?? 0)
    if (known) this.#note(slot, 'no')
    else {
      this.#slots.add(slot)
      this.#note(slot, this.#isAbsent(parts) ? 'absent' : 'blind')
    }
    this.#dirtyBytes += bytes - (slot.write ? slot.bytes : 0)
    if (slot.write === undefined) this.#dirty.add(slot)
    this.#slots.change(slot, entry, write, slot.inFlight, bytes)
    slot.writtenAt = this.#slots.tick()
    slot.used = true
  }

  #note(slot: Slot<K, V>, made: Undo<K, V>['made']): void {
    if (this.#recording) this.#undo.push({ slot, entry: slot.entry, write: slot.write, bytes: slot.bytes, made })
  }

  /**
   * A slot made by the record goes away again. If nothing was known of the row before, a prefix that was loaded since is
   * not known whole any more: the load left this row out for the slot's sake.
   */
  #revert({ slot, entry, write, bytes, made }: Undo<K, V>): void {
    this.#dirtyBytes += (write ? bytes : 0) - slot.bytes
    if (write === undefined) this.#dirty.delete(slot)
    this.#slots.change(slot, entry, write, slot.inFlight, bytes)
    if (made === 'no') return
    this.#slots.remove(slot)
    if (made === 'blind') this.#prefixes.forget(slot.parts)
  }

  #applied(slots: Set<Slot<K, V>>, bytes: number): void {
    this.#inFlightBytes -= bytes
    for (const slot of slots) this.#slots.change(slot, slot.entry, slot.write, slot.inFlight - 1, slot.bytes)
    this.#slots.evict()
  }

  #empty(id: RowKey, parts: readonly unknown[]): Slot<K, V> {
    const bytes = slotBytes(parts, undefined)
    return {
      id,
      parts,
      entry: undefined,
      keyBytes: undefined,
      write: undefined,
      inFlight: 0,
      writtenAt: 0,
      used: true,
      bytes,
    }
  }

  #encodeKey(key: K, parts: readonly unknown[]): Uint8Array {
    checkKey(this.definition, parts)
    const bytes = this.#options.codec.key.encode(key)
    if (bytes === null) throw nullValue(this.definition.name)
    return bytes
  }

  #checkSize(key: Uint8Array, value: Uint8Array | null): void {
    const limit = this.#options.maxRecordBytes ?? 900_000
    const bytes = key.length + (value?.length ?? 0)
    if (bytes <= limit) return
    throw new SerdeError(
      'RECORD_TOO_LARGE',
      `a row is ${bytes} bytes and the changelog takes ${limit}, store '${this.definition.name}': split it into several rows`,
      { context: { store: this.definition.name, bytes, limit } },
    )
  }

  /** Whether a row without a slot is known not to exist. */
  #isAbsent(parts: readonly unknown[]): boolean {
    return this.#resident || this.#prefixes.covers(parts)
  }

  /** A row whose time to live is over is gone, whether it is deleted yet or not. */
  #live(entry: Entry<K, V> | undefined): Entry<K, V> | undefined {
    return entry && this.#ttlMs !== undefined && entry.timestamp <= this.#options.streamTime() - this.#ttlMs
      ? undefined
      : entry
  }

  async #load(parts: readonly unknown[]): Promise<Entry<K, V> | undefined> {
    const id = this.#idOf(parts)
    const pending = this.#loading.get(id)
    if (pending) {
      await pending
      return this.get(this.definition.key.join(parts, parts))
    }
    checkKey(this.definition, parts)
    let entry: Entry<K, V> | undefined
    await this.#fetch([parts], slot => {
      entry = slot.entry
    })
    return this.#live(entry)
  }

  async #fetch(keys: readonly (readonly unknown[])[], take?: (slot: Slot<K, V>) => void): Promise<void> {
    const read = () => this.#storage.get(this.definition.name, keys)
    const fetched = this.#slots.reading(read, rows => {
      for (let index = 0; index < keys.length; index++) {
        const row = rows[index]
        const slot = row ? this.#install(row) : this.#installAbsent(keys[index]!)
        take?.(slot)
      }
    })
    const ids = keys.map(this.#idOf)
    for (const id of ids) this.#loading.set(id, fetched)
    try {
      await fetched
    } finally {
      for (const id of ids) if (this.#loading.get(id) === fetched) this.#loading.delete(id)
    }
  }

  async #fetchPrefixes(prefixes: readonly (readonly unknown[])[]): Promise<void> {
    const read = () => this.#storage.scanPrefixes(this.definition.name, prefixes)
    await this.#slots.reading(read, rows => {
      for (const row of rows) this.#install(row)
      for (const prefix of prefixes) this.#prefixes.add(prefix)
    })
  }

  #install({ key, value, timestamp }: StoredRow): Slot<K, V> {
    const id = this.#idOf(key)
    const known = this.#slots.get(id)
    if (known) return known
    const slot = this.#empty(id, key)
    slot.entry = this.#entryOf(key, value, timestamp)
    slot.bytes = slotBytes(key, value)
    this.#slots.add(slot)
    return slot
  }

  #installAbsent(parts: readonly unknown[]): Slot<K, V> {
    const id = this.#idOf(parts)
    const known = this.#slots.get(id)
    if (known) return known
    const slot = this.#empty(id, parts)
    this.#slots.add(slot)
    return slot
  }

  #entryOf(key: readonly unknown[], value: readonly unknown[], timestamp: number): Entry<K, V> {
    return { key: this.definition.key.join(key, key), value: this.definition.value.join(value, key), timestamp }
  }

  /** Leading parts that all keys of the range have in common. */
  #commonPrefix({ from = [], to = [] }: ScanRange): readonly unknown[] {
    let width = 0
    while (
      width < from.length &&
      width < to.length &&
      this.#order([...from.slice(0, width + 1)], to.slice(0, width + 1)) === 0
    )
      width++
    return from.slice(0, width)
  }

  #scanMemory(range: ScanRange): readonly Entry<K, V>[] {
    const found: Entry<K, V>[] = []
    const limit = range.limit ?? Number.POSITIVE_INFINITY
    for (const slot of this.#slots.range(range)) {
      if (found.length >= limit) break
      const entry = this.#live(slot.entry)
      if (entry) found.push(entry)
    }
    return found
  }

  async #scanPrefix(prefix: readonly unknown[], range: ScanRange): Promise<readonly Entry<K, V>[]> {
    const limit = this.#options.prefixRows ?? 1_000
    const read = () => this.#storage.scan(this.definition.name, { from: prefix, to: prefix, limit: limit + 1 })
    let found: readonly Entry<K, V>[] | undefined
    await this.#slots.reading(read, rows => {
      if (rows.length > limit) return this.#prefixes.addLarge(prefix)
      for (const row of rows) this.#install(row)
      this.#prefixes.add(prefix)
      found = this.#scanMemory(range)
    })
    return found ?? this.#scanStorage(range)
  }

  /**
   * Rows of the storage with the buffer's over them. When the storage gave as many as were asked for, the answer is good up
   * to its last row only; if deletes in the buffer leave too few, more are asked for.
   */
  async #scanStorage(range: ScanRange): Promise<readonly Entry<K, V>[]> {
    const wanted = range.limit ?? Number.POSITIVE_INFINITY
    let found: readonly Entry<K, V>[] = []
    for (let ask = wanted, enough = wanted === 0; !enough; ask *= 2) {
      const asked = { ...range, ...(Number.isFinite(ask) && { limit: ask }) }
      await this.#slots.reading(
        () => this.#storage.scan(this.definition.name, asked),
        rows => {
          const merged = this.#merge(rows, rows.length < ask ? undefined : rows.at(-1)?.key, range)
          enough = rows.length < ask || merged.length >= wanted
          found = merged.slice(0, wanted)
        },
      )
    }
    return found
  }

  /** In the range's direction, up to `last` (inclusive) when it is given. */
  #merge(rows: readonly StoredRow[], last: readonly unknown[] | undefined, range: ScanRange): Entry<K, V>[] {
    const sign = range.reverse ? -1 : 1
    const found: { readonly parts: readonly unknown[]; readonly entry: Entry<K, V> }[] = []
    const add = (parts: readonly unknown[], stored: Entry<K, V> | undefined) => {
      const entry = this.#live(stored)
      if (entry) found.push({ parts, entry })
    }
    for (const { key, value, timestamp } of rows)
      if (this.#slots.get(this.#idOf(key)) === undefined) add(key, this.#entryOf(key, value, timestamp))
    for (const slot of this.#slots.range(range)) {
      if (last && sign * this.#order(slot.parts, last) > 0) break
      add(slot.parts, slot.entry)
    }
    return found.sort((a, b) => sign * this.#order(a.parts, b.parts)).map(({ entry }) => entry)
  }
}

function nullValue(store: string): SerdeError {
  return new SerdeError('VALUE_REFUSED', `a key or value encodes to null, store '${store}': delete the key instead`, {
    context: { store },
  })
}
