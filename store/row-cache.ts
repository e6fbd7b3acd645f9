import type { Awaitable } from '../topology/definition/record.ts'
import type { Entry, ScanRange, StoreDefinition } from '../topology/definition/store.ts'
import type { StoredRow, TaskStorage } from './contract.ts'
import { KeyFilter } from './key-filter.ts'
import { KnownPrefixes } from './known-prefixes.ts'
import { checkKey, isHoldable } from './row-checks.ts'
import { rowOrder } from './row-index.ts'
import { type RowKey, rowKeyOf } from './row-key.ts'
import { emptySlot, rowBytes, type Slot, slotBytes } from './slot.ts'
import { SlotCache } from './slot-cache.ts'

/** The filter of keys may take this part of the cache's bytes, in addition to them, and this many in any case. */
const filterShare = 1 / 8
const leastFilterBytes = 64 * 1024

/** The reads of a store: gets and scans that memory answered, those that asked Postgres, and keys that were asked for ahead. */
export interface StoreReads {
  readonly memory: number
  readonly postgres: number
  readonly prefetched: number
}

/** The options of a row cache. */
interface RowCacheOptions<K, V> {
  readonly definition: StoreDefinition<K, V, unknown>
  readonly storage: TaskStorage
  /** Stream time of the task, by which a `ttl` hides rows. Units: ms. */
  streamTime(): number
  readonly cacheBytes: number
  readonly residentRows: number
  readonly prefixRows: number
}

/**
 * The rows of a store that a task has in memory, and the ways to get the rest: point reads, prefetches and scans over slots
 * and storage.
 *
 * A storage answer never replaces a slot: any slot was read or written later than the answer was asked for.
 */
export class RowCache<K, V> {
  readonly slots: SlotCache<K, V>
  /** The map key of a split key. */
  readonly idOf: (parts: readonly unknown[]) => RowKey
  readonly #definition: StoreDefinition<K, V, unknown>
  readonly #storage: TaskStorage
  readonly #options: RowCacheOptions<K, V>
  readonly #order: (a: readonly unknown[], b: readonly unknown[]) => number
  readonly #ttlMs: number | undefined
  readonly #prefixes: KnownPrefixes
  readonly #loading = new Map<RowKey, Promise<void>>()
  readonly #reads = { memory: 0, postgres: 0, prefetched: 0 }
  /** Every row is in memory. */
  #resident = false
  /** The keys of all rows, from when the first one left memory that had been whole: a key that is not in it has no row. */
  #keys: KeyFilter | undefined

  constructor(options: RowCacheOptions<K, V>) {
    const { definition } = options
    const { columns } = definition.key
    this.#definition = definition
    this.#options = options
    this.#storage = options.storage
    this.idOf = rowKeyOf(columns)
    this.#order = rowOrder(columns)
    this.#ttlMs = definition.retainedBy === undefined ? definition.retentionMs : undefined
    this.#prefixes = new KnownPrefixes(columns)
    this.slots = new SlotCache(columns, this.idOf, options.cacheBytes, slot => {
      if (this.#resident) this.#rememberKeys(slot)
      this.#resident = false
      this.#prefixes.forget(slot.parts)
    })
  }

  /** Loads the store whole if it is small: then every read is synchronous until the cap is passed. Before any write. */
  async open(): Promise<void> {
    const limit = this.#options.residentRows
    if (limit === 0) return
    const read = () => this.#storage.scan(this.#definition.name, { limit: limit + 1 })
    await this.slots.reading(read, rows => {
      this.#resident = rows.length <= limit
      for (const row of rows) this.#install(row)
    })
  }

  get resident(): boolean {
    return this.#resident
  }

  /** The reads since this was last asked. */
  takeReads(): StoreReads {
    const reads = { ...this.#reads }
    this.#reads.memory = this.#reads.postgres = this.#reads.prefetched = 0
    return reads
  }

  get(parts: readonly unknown[]): Awaitable<Entry<K, V> | undefined> {
    const slot = this.slots.find(parts)
    if (slot === undefined && !this.isAbsent(parts)) {
      this.#reads.postgres++
      return this.#load(parts)
    }
    this.#reads.memory++
    if (slot === undefined) return undefined
    slot.used = true
    return this.#ttlMs === undefined ? slot.entry : this.#live(slot.entry)
  }

  scan(range: ScanRange): Awaitable<readonly Entry<K, V>[]> {
    const prefix = this.#resident ? [] : this.#commonPrefix(range)
    if (this.#resident || this.#prefixes.covers(prefix)) {
      this.#reads.memory++
      return this.#scanMemory(range)
    }
    this.#reads.postgres++
    const whole = prefix.length > 0 && prefix.length < this.#definition.key.columns.length
    return whole && !this.#prefixes.isLarge(prefix) ? this.#scanPrefix(prefix, range) : this.#scanStorage(range)
  }

  /** Loads whole keys, or all rows of leading parts. No promise when all is known. */
  prefetch(keys: readonly (readonly unknown[])[]): Awaitable<void> {
    if (this.#resident) return
    const whole: (readonly unknown[])[] = []
    const leading: (readonly unknown[])[] = []
    const pending: Promise<void>[] = []
    for (const parts of keys) {
      if (!isHoldable(this.#definition, parts)) continue
      if (parts.length < this.#definition.key.columns.length) {
        if (!this.#prefixes.covers(parts) && !this.#prefixes.isLarge(parts)) leading.push(parts)
        continue
      }
      const id = this.idOf(parts)
      const loading = this.#loading.get(id)
      if (loading) pending.push(loading)
      else if (this.slots.get(id) === undefined && !this.isAbsent(parts)) whole.push(parts)
    }
    this.#reads.prefetched += whole.length + leading.length
    if (whole.length > 0) pending.push(this.#fetch(whole))
    if (leading.length > 0) pending.push(this.#fetchPrefixes(leading))
    if (pending.length > 0) return Promise.all(pending).then(() => {})
  }

  /** Whether a row without a slot is known not to exist. */
  isAbsent(parts: readonly unknown[]): boolean {
    return this.#resident || this.#prefixes.covers(parts) || this.#isUnknown(this.idOf(parts))
  }

  /** Records that a key gets a row. */
  noteKey(id: RowKey): void {
    if (this.#keys === undefined) return
    this.#keys.add(id)
    if (this.#keys.full) this.#keys = undefined
  }

  /** Records that a slot is gone of which the storage may have a row: the prefixes loaded around it are no longer known whole. */
  forget(parts: readonly unknown[]): void {
    this.#prefixes.forget(parts)
  }

  /** A first row leaves memory: its key and those that stay are all that there are. A deleted one may come back, if its record fails. */
  #rememberKeys(leaving: Slot<K, V>): void {
    this.#keys = new KeyFilter(Math.max(leastFilterBytes, this.#options.cacheBytes * filterShare))
    this.noteKey(leaving.id)
    for (const id of this.slots.ids()) this.noteKey(id)
  }

  #isUnknown(id: RowKey): boolean {
    return this.#keys !== undefined && !this.#keys.mayHold(id)
  }

  /** A row whose time to live is over does not exist, whether it is deleted yet or not. */
  #live(entry: Entry<K, V> | undefined): Entry<K, V> | undefined {
    if (entry === undefined || this.#ttlMs === undefined) return entry
    return entry.timestamp <= this.#options.streamTime() - this.#ttlMs ? undefined : entry
  }

  async #load(parts: readonly unknown[]): Promise<Entry<K, V> | undefined> {
    const pending = this.#loading.get(this.idOf(parts))
    if (pending) {
      await pending
      const slot = this.slots.find(parts)
      if (slot === undefined && !this.isAbsent(parts)) return this.#load(parts)
      if (slot) slot.used = true
      return this.#live(slot?.entry)
    }
    checkKey(this.#definition, parts)
    let entry: Entry<K, V> | undefined
    await this.#fetch([parts], slot => {
      entry = slot.entry
    })
    return this.#live(entry)
  }

  async #fetch(keys: readonly (readonly unknown[])[], take?: (slot: Slot<K, V>) => void): Promise<void> {
    const read = () => this.#storage.get(this.#definition.name, keys)
    const fetched = this.slots.reading(read, rows => {
      for (let index = 0; index < keys.length; index++) {
        const row = rows[index]
        const slot = row ? this.#install(row) : this.#installAbsent(keys[index]!)
        take?.(slot)
      }
    })
    const ids = keys.map(this.idOf)
    for (const id of ids) this.#loading.set(id, fetched)
    try {
      await fetched
    } finally {
      for (const id of ids) if (this.#loading.get(id) === fetched) this.#loading.delete(id)
    }
  }

  async #fetchPrefixes(prefixes: readonly (readonly unknown[])[]): Promise<void> {
    const read = () => this.#storage.scanPrefixes(this.#definition.name, prefixes)
    await this.slots.reading(read, rows => {
      for (const row of rows) this.#install(row)
      for (const prefix of prefixes) this.#prefixes.add(prefix)
    })
  }

  /** A storage answer never replaces what was written since it was asked. */
  #install({ key, value, timestamp }: StoredRow): Slot<K, V> {
    const id = this.idOf(key)
    const known = this.slots.get(id)
    if (known) return known
    const slot = emptySlot<K, V>(id, key)
    slot.entry = this.#entryOf(key, value, timestamp)
    slot.bytes = slotBytes(key, rowBytes(value))
    this.slots.add(slot)
    return slot
  }

  #installAbsent(parts: readonly unknown[]): Slot<K, V> {
    const id = this.idOf(parts)
    const known = this.slots.get(id)
    if (known) return known
    const slot = emptySlot<K, V>(id, parts)
    this.slots.add(slot)
    return slot
  }

  #entryOf(key: readonly unknown[], value: readonly unknown[], timestamp: number): Entry<K, V> {
    return { key: this.#definition.key.join(key, key), value: this.#definition.value.join(value, key), timestamp }
  }

  /** Leading parts that all keys of the range have in common. */
  #commonPrefix({ from = [], to = [] }: ScanRange): readonly unknown[] {
    const { columns } = this.#definition.key
    let width = 0
    while (
      width < from.length &&
      width < to.length &&
      (from[width] === to[width] || columns[width]!.sql.compare(from[width], to[width]) === 0)
    )
      width++
    return from.slice(0, width)
  }

  #scanMemory(range: ScanRange): readonly Entry<K, V>[] {
    const found: Entry<K, V>[] = []
    const limit = range.limit ?? Number.POSITIVE_INFINITY
    for (const slot of this.slots.range(range)) {
      if (found.length >= limit) break
      const entry = this.#live(slot.entry)
      if (entry) found.push(entry)
    }
    return found
  }

  /** Loads all rows of the prefix, so that the next scan in it is synchronous; too many, and they are not kept. */
  async #scanPrefix(prefix: readonly unknown[], range: ScanRange): Promise<readonly Entry<K, V>[]> {
    const limit = this.#options.prefixRows
    const read = () => this.#storage.scan(this.#definition.name, { from: prefix, to: prefix, limit: limit + 1 })
    let found: readonly Entry<K, V>[] | undefined
    await this.slots.reading(read, rows => {
      if (rows.length > limit) return this.#prefixes.addLarge(prefix)
      for (const row of rows) this.#install(row)
      this.#prefixes.add(prefix)
      found = this.#scanMemory(range)
    })
    return found ?? this.#scanStorage(range)
  }

  /**
   * Rows of the storage with the buffer's over them. When the storage gave as many as requested, the answer is right up
   * to its last row only; if deletes in the buffer leave too few, more are requested.
   */
  async #scanStorage(range: ScanRange): Promise<readonly Entry<K, V>[]> {
    const wanted = range.limit ?? Number.POSITIVE_INFINITY
    let found: readonly Entry<K, V>[] = []
    for (let ask = wanted, enough = wanted === 0; !enough; ask *= 2) {
      const asked = { ...range, ...(Number.isFinite(ask) && { limit: ask }) }
      await this.slots.reading(
        () => this.#storage.scan(this.#definition.name, asked),
        rows => {
          const merged = this.#merge(rows, rows.length < ask ? undefined : rows.at(-1)?.key, range)
          enough = rows.length < ask || merged.length >= wanted
          found = merged.slice(0, wanted)
        },
      )
    }
    return found
  }

  /** Whether the buffer has the newest state of a key: its row, or that it is deleted while the storage may still have its row. */
  #knows(key: readonly unknown[]): boolean {
    return this.slots.get(this.idOf(key)) !== undefined
  }

  /** In the range's direction, up to `last` (inclusive) when it is given. */
  #merge(rows: readonly StoredRow[], last: readonly unknown[] | undefined, range: ScanRange): Entry<K, V>[] {
    const sign = range.reverse ? -1 : 1
    const found: { readonly parts: readonly unknown[]; readonly entry: Entry<K, V> }[] = []
    const add = (parts: readonly unknown[], stored: Entry<K, V> | undefined) => {
      const entry = this.#live(stored)
      if (entry) found.push({ parts, entry })
    }
    for (const { key, value, timestamp } of rows) if (!this.#knows(key)) add(key, this.#entryOf(key, value, timestamp))
    for (const slot of this.slots.range(range)) {
      if (last && sign * this.#order(slot.parts, last) > 0) break
      add(slot.parts, slot.entry)
    }
    return found.sort((a, b) => sign * this.#order(a.parts, b.parts)).map(({ entry }) => entry)
  }
}
