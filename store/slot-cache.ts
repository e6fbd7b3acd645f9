import { type Awaitable, chain, ensuring } from '../topology/definition/record.ts'
import type { Column, Entry, ScanRange } from '../topology/definition/store.ts'
import { RowBuckets } from './row-buckets.ts'
import { RowIndex } from './row-index.ts'
import type { RowKey } from './row-key.ts'
import { isPinned, type Slot, type SlotWrite } from './slot.ts'

/** Eviction goes this far below the cap, so that it is rarely needed. */
const evictTo = 0.9

/**
 * The slots of a task's buffer under a byte cap. Pinned slots do not count against it and stay; of the others, those are evicted
 * first that were not used since eviction last passed them (CLOCK over the map's own order, so that a hit only sets a flag).
 *
 * A slot that was written or applied after the oldest read that is still under way stays too: that read may have been taken
 * before Postgres had the write, and then only the slot has it.
 */
export class SlotCache<K, V> {
  readonly #slots = new Map<RowKey, Slot<K, V>>()
  readonly #columns: readonly Column[]
  readonly #idOf: (parts: readonly unknown[]) => RowKey
  readonly #capBytes: number
  readonly #onEvict: (slot: Slot<K, V>) => void
  /** Slots with an entry, in key order; made by the first scan over several first key parts. */
  #index: RowIndex<Slot<K, V>> | undefined
  /** Slots with an entry, by first key part; made by the first scan within one. */
  #buckets: RowBuckets<Slot<K, V>> | undefined
  #bytes = 0
  #pinnedBytes = 0
  #clock = 0
  readonly #reads = new Set<{ readonly since: number }>()
  /** The slot that was found last, since a key is usually read and then written, and a copy of the split key it was found by. */
  #last: Slot<K, V> | undefined
  readonly #lastParts: unknown[] = []

  constructor(
    columns: readonly Column[],
    idOf: (parts: readonly unknown[]) => RowKey,
    capBytes: number,
    onEvict: (slot: Slot<K, V>) => void,
  ) {
    this.#columns = columns
    this.#idOf = idOf
    this.#capBytes = capBytes
    this.#onEvict = onEvict
  }

  get size(): number {
    return this.#slots.size
  }

  /** Units: bytes, of what Postgres has too. */
  get cleanBytes(): number {
    return this.#bytes - this.#pinnedBytes
  }

  get(id: RowKey): Slot<K, V> | undefined {
    return this.#slots.get(id)
  }

  /** The slot of a split key. */
  find(parts: readonly unknown[]): Slot<K, V> | undefined {
    if (this.#last !== undefined && isSameKey(this.#lastParts, parts)) return this.#last
    const found = this.#slots.get(this.#idOf(parts))
    this.#remember(found, parts)
    return found
  }

  add(slot: Slot<K, V>): void {
    this.#slots.set(slot.id, slot)
    this.#remember(slot, slot.parts)
    this.#bytes += slot.bytes
    if (isPinned(slot)) this.#pinnedBytes += slot.bytes
    if (slot.entry) this.#list(slot)
  }

  remove(slot: Slot<K, V>): void {
    if (this.#last === slot) this.#last = undefined
    slot.note = undefined
    this.#slots.delete(slot.id)
    this.#bytes -= slot.bytes
    if (isPinned(slot)) this.#pinnedBytes -= slot.bytes
    if (slot.entry) this.#unlist(slot)
  }

  /** Changes the content of a slot; keeps the index and the byte counts. */
  change(
    slot: Slot<K, V>,
    entry: Entry<K, V> | undefined,
    write: SlotWrite | undefined,
    inFlight: number,
    bytes: number,
  ): void {
    if (slot.entry === undefined) {
      if (entry) this.#list(slot)
    } else if (entry === undefined) this.#unlist(slot)
    if (isPinned(slot)) this.#pinnedBytes -= slot.bytes
    this.#bytes += bytes - slot.bytes
    slot.entry = entry
    slot.write = write
    slot.inFlight = inFlight
    slot.bytes = bytes
    if (isPinned(slot)) this.#pinnedBytes += bytes
  }

  /** A put over a row, by a value of the same size. */
  replace(slot: Slot<K, V>, entry: Entry<K, V>, write: SlotWrite): void {
    if (!isPinned(slot)) this.#pinnedBytes += slot.bytes
    slot.entry = entry
    slot.write = write
  }

  /** The slot's write is on its way to Postgres: it stays pinned. */
  drained(slot: Slot<K, V>): void {
    slot.write = undefined
    slot.inFlight++
  }

  /** One of the slot's drained writes has reached Postgres. */
  applied(slot: Slot<K, V>, at: number): void {
    slot.inFlight--
    slot.changedAt = at
    if (!isPinned(slot)) this.#pinnedBytes -= slot.bytes
  }

  /** A time later than every change so far. */
  tick(): number {
    return ++this.#clock
  }

  /** Runs a read of the storage; slots that are written or applied meanwhile stay until its answer is in. */
  reading<T>(read: () => Promise<T>, take: (answer: T) => void): Promise<void>
  reading<T>(read: () => Awaitable<T>, take: (answer: T) => void): Awaitable<void>
  reading<T>(read: () => Awaitable<T>, take: (answer: T) => void): Awaitable<void> {
    const mark = { since: this.tick() }
    this.#reads.add(mark)
    return ensuring(
      () => chain(read(), take),
      () => {
        this.#reads.delete(mark)
        this.evict()
      },
    )
  }

  /** Slots with an entry, of the range, in its direction. */
  range(range: ScanRange): Iterable<Slot<K, V>> {
    if (this.#isWithinOne(range)) {
      if (!this.#buckets) {
        this.#buckets = new RowBuckets(this.#columns)
        for (const slot of this.#slots.values()) if (slot.entry) this.#buckets.set(slot)
      }
      return this.#buckets.range(range)
    }
    if (!this.#index) {
      this.#index = new RowIndex(this.#columns)
      for (const slot of this.#slots.values()) if (slot.entry) this.#index.set(slot.parts, slot)
    }
    return this.#index.range(range)
  }

  /** The map keys of all slots. */
  ids(): Iterable<RowKey> {
    return this.#slots.keys()
  }

  /** Whether all rows of the range have one first key part, of several. */
  #isWithinOne({ from, to }: ScanRange): boolean {
    if (this.#columns.length === 1 || !from?.length || !to?.length) return false
    return from[0] === to[0] || this.#columns[0]?.sql.compare(from[0], to[0]) === 0
  }

  /** A slot has an entry from now on. */
  #list(slot: Slot<K, V>): void {
    this.#index?.set(slot.parts, slot)
    this.#buckets?.set(slot)
  }

  #unlist(slot: Slot<K, V>): void {
    this.#index?.delete(slot.parts)
    this.#buckets?.delete(slot)
  }

  #remember(slot: Slot<K, V> | undefined, parts: readonly unknown[]): void {
    this.#last = slot
    if (slot === undefined) return
    this.#lastParts.length = parts.length
    for (let index = 0; index < parts.length; index++) this.#lastParts[index] = parts[index]
  }

  evict(): void {
    if (this.cleanBytes <= this.#capBytes) return
    const [oldest] = this.#reads
    const floor = oldest ? oldest.since : Number.POSITIVE_INFINITY
    const goal = this.#capBytes * evictTo
    let visits = this.#slots.size * 2
    for (const slot of this.#slots.values()) {
      if (this.cleanBytes <= goal || visits-- === 0) return
      if (slot.used || isPinned(slot) || slot.changedAt >= floor) {
        slot.used = false
        this.#slots.delete(slot.id)
        this.#slots.set(slot.id, slot)
        continue
      }
      this.remove(slot)
      if (slot.entry) this.#onEvict(slot)
    }
  }
}

/** Whether two split keys are of one row for certain: parts that are objects may have changed since they were split. */
function isSameKey(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) {
    const part = a[index]
    if (part !== b[index] || typeof part === 'object') return false
  }
  return true
}
