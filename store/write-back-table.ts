import { FatalError, SerdeError } from '../topology/definition/errors.ts'
import { type Awaitable, chain, type Header, isPromise } from '../topology/definition/record.ts'
import type { Codec } from '../topology/definition/serde.ts'
import type { Column, Entry, NotedRow, ScanRange, StoreDefinition, TaskTable } from '../topology/definition/store.ts'
import type { StoreDelta, StoredRow, TaskStorage } from './contract.ts'
import { RowCache, type StoreReads } from './row-cache.ts'
import { checkKey, checkPart, checkValue } from './row-checks.ts'
import { Settled } from './settled.ts'
import { emptySlot, latePut, rowBytes, type Slot, type SlotWrite, slotBytes } from './slot.ts'
import type { SlotCache } from './slot-cache.ts'

/** The options of a buffer. */
export interface WriteBackOptions<K, V> {
  // biome-ignore lint/suspicious/noExplicitAny: the face's type does not matter here, and it is contravariant
  readonly definition: StoreDefinition<K, V, any>
  readonly storage: TaskStorage
  /** The partition of the changelog topic. */
  readonly changelog: { readonly topic: string; readonly partition: number }
  /** The serdes bound to the changelog. */
  readonly codec: { readonly key: Codec<K>; readonly value: Codec<V> }
  /** Event time of the record being processed. Units: ms. */
  timestamp(): number
  /** Stream time of the task, by which a `ttl` hides rows. Units: ms. */
  streamTime(): number
  /** Cap of the memory for rows without unwritten changes. Units: bytes. Unset: 32 MiB. */
  readonly cacheBytes?: number
  /** At most this many rows are loaded whole when the task opens. Unset: 20,000. */
  readonly residentRows?: number
  /** At most this many rows of one prefix are loaded at once to make scans in it synchronous. Unset: 1,000. */
  readonly prefixRows?: number
  /** Largest changelog record. Units: bytes. Unset: 900,000. */
  readonly maxRecordBytes?: number
}

/** One changelog record. A null value deletes the key. */
interface TableChange {
  readonly topic: string
  readonly partition: number
  readonly timestamp: number
  readonly key: Uint8Array
  readonly value: Uint8Array | null
  readonly headers: readonly Header[]
}

const noHeaders: readonly Header[] = Object.freeze([])

/** The writes since the last drain: a changelog record and a row for each key. */
export interface Drained {
  readonly changes: readonly TableChange[]
  readonly delta: StoreDelta
  /** Units: bytes, estimated. */
  readonly bytes: number
  /** Tells the buffer that Postgres has them: they may be evicted. In the order of the drains. */
  applied(): void
}

/** The state that a write of the current record replaced. The notes of one record are used again for the next. */
interface Undo<K, V> {
  slot: Slot<K, V>
  entry: Entry<K, V> | undefined
  write: SlotWrite | undefined
  bytes: number
  /** The slot was made by this write. `absent`: it was known that the row does not exist. */
  made: 'no' | 'absent' | 'blind'
}

/** At most this many undo notes are kept for the next record. */
const undoNotes = 256

/**
 * A store of one task: the rows it works with, in memory, over the task's storage.
 *
 * Reads see the task's own writes, whether Postgres has them or not; a deleted key is not an absent key, and both are
 * remembered. What is put is taken through its columns and its bytes at once, so that a read gives what it will give after a
 * restart, and nothing that is shared with the caller. Writes are checked when they are put (C6), and encoded unless their serde cannot fail then, so that a failure
 * belongs to the record that is being processed; `begin` and `rollback` undo that record's writes as a whole. `drain` hands
 * over what one commit writes: many writes to a key are one change. Drained rows stay readable until they are `applied`;
 * what is written meanwhile belongs to the next commit.
 */
export class WriteBackTable<K, V> implements TaskTable<K, V> {
  readonly definition: StoreDefinition<K, V, unknown>
  readonly #options: WriteBackOptions<K, V>
  readonly #rows: RowCache<K, V>
  readonly #slots: SlotCache<K, V>
  readonly #settled: Settled<K, V>
  readonly #maxRecordBytes: number
  /** The one column of values that are written late: all of one size, so that only their column must accept them. */
  readonly #late: Column | undefined
  /** Slots that were written since the last drain; one whose writes were undone has no write any more. */
  #dirty: Slot<K, V>[] = []
  #dirtyBytes = 0
  /** The latest time of the `retainedBy` column that was put: retention counts from the times this store has seen. Units: ms. */
  #latest = Number.NEGATIVE_INFINITY
  #inFlightBytes = 0
  #undo: Undo<K, V>[] = []
  #undoCount = 0
  #recording = false

  constructor(options: WriteBackOptions<K, V>) {
    const { cacheBytes = 32 * 1024 * 1024, residentRows = 20_000, prefixRows = 1_000 } = options
    this.definition = options.definition
    this.#options = options
    this.#rows = new RowCache({
      definition: options.definition,
      storage: options.storage,
      streamTime: () => options.streamTime(),
      cacheBytes,
      residentRows,
      prefixRows,
    })
    this.#slots = this.#rows.slots
    this.#settled = new Settled(options.definition)
    this.#maxRecordBytes = options.maxRecordBytes ?? 900_000
    const { value } = options.definition
    const late = value.whole && options.codec.value.fixedBytes !== undefined
    this.#late = late ? value.columns[0] : undefined
  }

  /** Loads the store whole if it is small: then every read is synchronous until the cap is passed. Before any write. */
  open(): Promise<void> {
    return this.#rows.open()
  }

  /** Whether every row is in memory, so that no read needs the storage. */
  get resident(): boolean {
    return this.#rows.resident
  }

  /** True if there are writes since the last drain. */
  get changed(): boolean {
    return this.#dirtyBytes > 0
  }

  /** Writes that Postgres does not have, drained or not. Units: bytes, estimated. */
  get bufferBytes(): number {
    return this.#dirtyBytes + this.#inFlightBytes
  }

  /** Rows in memory that Postgres has too: those that the cap holds for. Units: bytes, estimated. */
  get cleanBytes(): number {
    return this.#rows.slots.cleanBytes
  }

  /** The reads since this was last asked. */
  takeReads(): StoreReads {
    return this.#rows.takeReads()
  }

  /** Rows and known absences in memory. */
  get size(): number {
    return this.#slots.size
  }

  get(key: K): Awaitable<Entry<K, V> | undefined> {
    return this.#rows.get(this.definition.key.split(key))
  }

  put(key: K, value: V, timestamp: number = this.#options.timestamp()): void {
    if (this.#late !== undefined && this.#putOver(this.#late, key, value, timestamp)) return
    const own = this.#settled.key(key)
    if (own === key && this.#putLate(key, value, timestamp)) return
    const { definition } = this
    const codec = this.#options.codec.value
    const settled = this.#settled.value(value, key, own)
    const valueBytes = codec.fixedBytes === undefined ? codec.encode(settled) : undefined
    if (valueBytes === null) throw nullValue(definition.name)
    const carried = valueBytes === undefined ? settled : codec.decode(valueBytes)
    if (isPromise(carried)) throw decodesLater(definition.name, definition.valueSerde.name)
    const row = definition.value.split(carried)
    checkValue(definition, row)
    this.#write(own, carried, { row, valueBytes, timestamp })
  }

  /**
   * A put of a value of which is known without its bytes what it comes back as, so that only the last one before a drain is encoded.
   * False: it must be encoded to see that.
   */
  #putLate(key: K, value: V, timestamp: number): boolean {
    const carried = this.#options.codec.value.carried?.(value)
    if (carried === undefined) return false
    const { definition } = this
    const row = definition.value.split(carried)
    if (!this.#settled.holds(row)) return false
    checkValue(definition, row)
    this.#write(key, carried, { row, valueBytes: undefined, timestamp })
    return true
  }

  /** A put over a row that was written before, in place: nothing of the slot changes but its entry. False: it is none. */
  #putOver(column: Column, key: K, value: V, timestamp: number): boolean {
    const slot = this.#slots.find(this.definition.key.split(key))
    if (slot?.entry === undefined || slot.keyBytes === undefined) return false
    const { settled } = column.sql
    const carried = settled === undefined || value === null || value === undefined ? value : (settled(value) as V)
    checkPart(this.definition, column, carried)
    this.#note(slot, 'no')
    this.#noteTime(slot.parts)
    if (slot.write === undefined) {
      this.#dirty.push(slot)
      this.#dirtyBytes += slot.bytes
    }
    this.#slots.replace(slot, { key: slot.key as K, value: carried, timestamp }, latePut)
    slot.changedAt = this.#slots.tick()
    slot.used = true
    return true
  }

  written(key: K): NotedRow<K, V> {
    const slot = this.#slots.find(this.definition.key.split(key))
    if (slot?.write !== undefined) return slot
    throw new FatalError('INTERNAL', `store '${this.definition.name}' was asked for a row that was not written`)
  }

  delete(key: K): void {
    const write = { row: undefined, valueBytes: null, timestamp: this.#options.timestamp() }
    this.#write(this.#settled.key(key), undefined, write)
  }

  scan(range: ScanRange): Awaitable<readonly Entry<K, V>[]> {
    return this.#rows.scan(range)
  }

  /**
   * Loads rows that will be read: whole keys, or all rows of leading parts. One query for the keys and one for
   * the prefixes; none, and no promise, when all is known.
   */
  prefetch(keys: readonly (readonly unknown[])[]): Awaitable<void> {
    return this.#rows.prefetch(keys)
  }

  /** A record begins: its writes can be undone. */
  begin(): void {
    this.#undoCount = 0
    this.#recording = true
  }

  /** The record is done: its writes stay. */
  end(): void {
    this.#undoCount = 0
    this.#recording = false
    if (this.#undo.length > undoNotes) this.#undo = []
  }

  /** Undoes the writes since `begin`, which stays in force. */
  rollback(): void {
    for (let index = this.#undoCount - 1; index >= 0; index--) this.#revert(this.#undo[index]!)
    this.#undoCount = 0
  }

  /** Hands over the writes since the last drain. Between records only. */
  drain(): Drained {
    if (this.#recording && this.#undoCount > 0)
      throw new FatalError('INTERNAL', `store '${this.definition.name}' was drained inside a record: end it first`)
    const { split } = this.definition.value
    const encode = this.#options.codec.value.encode
    const { topic, partition } = this.#options.changelog
    const changes: TableChange[] = []
    const puts: StoredRow[] = []
    const deletes: (readonly unknown[])[] = []
    const slots: Slot<K, V>[] = []
    for (const slot of this.#dirty) {
      const { write, entry } = slot
      if (write === undefined) continue
      const timestamp = entry === undefined ? write.timestamp : entry.timestamp
      const value = write.valueBytes === undefined ? encode((entry as Entry<K, V>).value) : write.valueBytes
      changes.push({ topic, partition, timestamp, key: slot.keyBytes as Uint8Array, value, headers: noHeaders })
      if (entry === undefined) deletes.push(slot.parts)
      else puts.push({ key: slot.parts, value: write.row ?? split(entry.value), timestamp })
      slots.push(slot)
      this.#slots.drained(slot)
    }
    const bytes = this.#dirtyBytes
    this.#inFlightBytes += bytes
    this.#dirtyBytes = 0
    this.#dirty = []
    return {
      changes,
      delta: { store: this.definition.name, puts, deletes },
      bytes,
      applied: () => this.#applied(slots, bytes),
    }
  }

  /**
   * Deletes rows whose retention is over, oldest first, at most `limit` of them: tombstones in the changelog and deletes in
   * Postgres, with the next commit. The runtime calls it between records when stream time has moved on.
   *
   * If a key column gives a row's time, retention counts from the latest of those put since the table was opened, as in
   * Kafka Streams: other inputs of the task may be ahead, and a window that its operator still fills must not go.
   *
   * Returns whether there may be more: call it again with the next commit.
   */
  expire(streamTime: number, limit = 1_000): Awaitable<boolean> {
    const { retentionMs, retainedBy, name, key } = this.definition
    if (retentionMs === undefined) return false
    const until = (retainedBy === undefined ? streamTime : Math.min(streamTime, this.#latest)) - retentionMs
    if (until < 0) return false
    let more = false
    const read = () => this.#options.storage.expired(name, until, limit)
    const expiring = this.#slots.reading(read, keys => {
      more = keys.length === limit
      for (const parts of keys) {
        const slot = this.#slots.find(parts)
        if (slot && (!slot.entry || (retainedBy === undefined && slot.entry.timestamp > until))) continue
        this.#write(key.join(parts, parts), undefined, { row: undefined, valueBytes: null, timestamp: streamTime })
      }
    })
    return chain(expiring, () => more)
  }

  #write(key: K, value: V | undefined, write: SlotWrite): void {
    const parts = this.definition.key.split(key)
    if (write.row) this.#noteTime(parts)
    const known = this.#slots.find(parts)
    const slot = known ?? emptySlot<K, V>(this.#rows.idOf(parts), parts)
    const keyBytes = slot.keyBytes ?? this.#encodeKey(slot, key, parts)
    const inMemory = write.row === undefined ? 0 : rowBytes(write.row)
    const valueBytes = this.#valueBytes(keyBytes, value, write, inMemory)
    this.#checkSize(keyBytes.length + valueBytes)
    const bytes = slotBytes(parts, inMemory) + valueBytes
    if (known) this.#note(slot, 'no')
    else {
      this.#slots.add(slot)
      this.#note(slot, this.#rows.isAbsent(parts) ? 'absent' : 'blind')
    }
    if (write.row) this.#rows.noteKey(slot.id)
    const entry = write.row && { key: slot.key as K, value: value as V, timestamp: write.timestamp }
    this.#dirtyBytes += bytes - (slot.write ? slot.bytes : 0)
    if (slot.write === undefined) this.#dirty.push(slot)
    this.#slots.change(slot, entry, write, slot.inFlight, bytes)
    slot.changedAt = this.#slots.tick()
    slot.used = true
  }

  /** Retention counts from the times that were put. */
  #noteTime(parts: readonly unknown[]): void {
    const { retainedBy } = this.definition
    if (retainedBy !== undefined) this.#latest = Math.max(this.#latest, Number(parts[retainedBy]))
  }

  #note(slot: Slot<K, V>, made: Undo<K, V>['made']): void {
    if (!this.#recording) return
    const { entry, write, bytes } = slot
    const undo = this.#undo[this.#undoCount++]
    if (undo === undefined) {
      this.#undo.push({ slot, entry, write, bytes, made })
      return
    }
    undo.slot = slot
    undo.entry = entry
    undo.write = write
    undo.bytes = bytes
    undo.made = made
  }

  /**
   * A slot made by the record goes away again. If nothing was known of the row before, a prefix that was loaded since is
   * not known whole any more: the load left this row out for the slot's sake.
   */
  #revert({ slot, entry, write, bytes, made }: Undo<K, V>): void {
    this.#dirtyBytes += (write ? bytes : 0) - slot.bytes
    this.#slots.change(slot, entry, write, slot.inFlight, bytes)
    if (made === 'no') return
    this.#slots.remove(slot)
    if (made === 'blind') this.#rows.forget(slot.parts)
  }

  #applied(slots: readonly Slot<K, V>[], bytes: number): void {
    this.#inFlightBytes -= bytes
    const now = this.#slots.tick()
    for (const slot of slots) this.#slots.applied(slot, now)
    this.#slots.evict()
  }

  /** The key that the slot holds from here on is the one that its bytes say. */
  #encodeKey(slot: Slot<K, V>, key: K, parts: readonly unknown[]): Uint8Array {
    checkKey(this.definition, parts)
    const { codec } = this.#options
    const bytes = codec.key.encode(key)
    if (bytes === null) throw nullValue(this.definition.name)
    slot.keyBytes = bytes
    slot.key = codec.key.carried?.(key) ?? (codec.key.decode(bytes) as K)
    slot.parts = this.definition.key.split(slot.key)
    return bytes
  }

  /** The size of the encoded value; of one that the drain encodes an estimate, if it is small enough for sure. Units: bytes. */
  #valueBytes(keyBytes: Uint8Array, value: V | undefined, { valueBytes }: SlotWrite, inMemory: number): number {
    if (valueBytes !== undefined) return valueBytes?.length ?? 0
    const codec = this.#options.codec.value
    if (codec.fixedBytes !== undefined) return codec.fixedBytes
    // A character takes two bytes in memory and three in UTF-8 at most; numbers take no more there than here.
    if (keyBytes.length + 2 * inMemory <= this.#maxRecordBytes) return inMemory / 2
    return codec.encode(value as V)?.length ?? 0
  }

  #checkSize(bytes: number): void {
    const limit = this.#maxRecordBytes
    if (bytes <= limit) return
    throw new SerdeError(
      'RECORD_TOO_LARGE',
      `a row is ${bytes} bytes and the changelog takes ${limit}, store '${this.definition.name}': split it into several rows`,
      { context: { store: this.definition.name, bytes, limit } },
    )
  }
}

function decodesLater(store: string, serde: string): SerdeError {
  return new SerdeError(
    'VALUE_REFUSED',
    `serde '${serde}' decodes what it has encoded by a promise, store '${store}': let its codec's decode return the value itself`,
    { context: { store } },
  )
}

function nullValue(store: string): SerdeError {
  return new SerdeError('VALUE_REFUSED', `a key or value encodes to null, store '${store}': delete the key instead`, {
    context: { store },
  })
}
