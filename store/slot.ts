import type { Entry } from '../topology/definition/store.ts'
import type { RowKey } from './row-key.ts'

/** The knowledge of a task's buffer about one key: its entry, or that there is none. */
export interface Slot<K, V> {
  readonly id: RowKey
  /** The split key: as it was asked for, until it is written or loaded. */
  parts: readonly unknown[]
  /** Undefined: deleted, or known to be absent. */
  entry: Entry<K, V> | undefined
  /** Wire form of the key, and the key that it says, made at the first write. */
  keyBytes: Uint8Array | undefined
  key: K | undefined
  /** The write that the next drain hands out; undefined when there is none. */
  write: SlotWrite | undefined
  /** A note of the operator that wrote the row; see `TaskTable.written`. */
  note: unknown
  /** Drained commits that Postgres does not have yet. */
  inFlight: number
  /** The cache's clock when it was last written, or applied; 0: never. */
  changedAt: number
  /** Read or written since eviction last passed. */
  used: boolean
  /** Units: bytes, estimated. */
  bytes: number
}

/** The last write to a key since the last drain, checked. A put has its value and its time in the slot's entry. */
export interface SlotWrite {
  /** The split value; undefined for a delete, and for a value that is split by the drain. */
  readonly row: readonly unknown[] | undefined
  /**
   * Undefined: known to be encodable (`Codec.fixedBytes`, `Codec.carried`), so that it is encoded by the drain, and only the last of many
   * writes is.
   */
  readonly valueBytes: Uint8Array | null | undefined
  readonly timestamp: number
}

/** Every put of a value that the drain splits and encodes: it needs nothing of its own. */
export const latePut: SlotWrite = Object.freeze({ row: undefined, valueBytes: undefined, timestamp: 0 })

/** Dirty or in flight: Postgres does not have it, so it must stay. */
export function isPinned(slot: Slot<unknown, unknown>): boolean {
  return slot.write !== undefined || slot.inFlight > 0
}

/** Memory of an empty slot with its map entry, entry object and arrays. Units: bytes. Source: heap snapshots, rounded. */
const slotOverhead = 240

/** `ofRow`: the `rowBytes` of its value; 0 where it has none. Units: bytes, estimated. */
export function slotBytes(parts: readonly unknown[], ofRow: number): number {
  return slotOverhead + rowBytes(parts) + ofRow
}

/** Memory of the parts of a row. Units: bytes, estimated. */
export function rowBytes(row: readonly unknown[]): number {
  let bytes = 0
  for (let index = 0; index < row.length; index++) bytes += heapBytes(row[index])
  return bytes
}

/** Objects are as big as their parts; values are immutable trees, so there are no cycles. */
function heapBytes(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 16 + value.length * 2
    case 'bigint':
      return 24
    case 'object': {
      if (value === null) return 0
      if (value instanceof Uint8Array) return 64 + value.length
      let bytes = 32
      for (const part of Object.values(value)) bytes += 8 + heapBytes(part)
      return bytes
    }
    default:
      return 8
  }
}

/** A slot for a key that is absent. */
export function emptySlot<K, V>(id: RowKey, parts: readonly unknown[]): Slot<K, V> {
  const bytes = slotBytes(parts, 0)
  return {
    id,
    parts,
    entry: undefined,
    keyBytes: undefined,
    key: undefined,
    write: undefined,
    note: undefined,
    inFlight: 0,
    changedAt: 0,
    used: true,
    bytes,
  }
}
