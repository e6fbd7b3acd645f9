import avsc from 'avsc'
import { type CheckHook, hasFields, setOwn, type Tap, type Wire, wireOf } from './wire.ts'

/** Reads one item or value. */
export type Read = (tap: Tap) => unknown

/** A block of an array or map is a count, or a negative count and the block's size in bytes; a zero count ends it. */
function blockCount(tap: Tap): number {
  const count = tap.readLong()
  if (count < 0) tap.skipLong()
  return Math.abs(count)
}

/** avsc reads as many items as the count gives, even after the end of the bytes: ten bytes would hang a worker. */
function checkCount(tap: Tap, count: number): void {
  if (count > tap.buf.length && count > maxEmptyItems) throw new Error('holds a count beyond its bytes')
}

/** Items without bytes (nulls, empty records) are possible in any number; at most this many are accepted. */
const maxEmptyItems = 65_536

/** Reads the items of an array. */
export function readItems(tap: Tap, read: Read): unknown[] {
  const values: unknown[] = []
  for (let count = blockCount(tap); count !== 0; count = blockCount(tap)) {
    checkCount(tap, count)
    while (count-- > 0) values.push(read(tap))
    if (tap.pos > tap.buf.length) return values
  }
  return values
}

/** Reads the entries of a map. */
export function readEntries(tap: Tap, read: Read): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (let count = blockCount(tap); count !== 0; count = blockCount(tap)) {
    checkCount(tap, count)
    while (count-- > 0) setOwn(values, tap.readString(), read(tap))
    if (tap.pos > tap.buf.length) return values
  }
  return values
}

/** An array whose count cannot make the reader go past the end of its bytes. */
export class BoundedArray extends avsc.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = wireOf(this.itemsType)
    return readItems(tap, tap => items._read(tap))
  }

  _skip(tap: Tap): void {
    const items = wireOf(this.itemsType)
    readItems(tap, tap => items._skip(tap))
  }
}

/** A map that is bounded as `BoundedArray` is, and may have a key `__proto__`. */
export class BoundedMap extends avsc.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const values = wireOf(this.valuesType)
    return readEntries(tap, tap => values._read(tap))
  }

  _skip(tap: Tap): void {
    this._read(tap)
  }

  _write(tap: Tap, value: unknown): void {
    if (!isMap(value)) throw new Error('not a map')
    avscMap._write.call(this as unknown as Wire, tap, value)
  }

  _check(value: unknown, flags?: unknown, hook?: CheckHook, path?: string[]): boolean {
    if (isMap(value)) return avscMap._check.call(this as unknown as Wire, value, flags, hook, path)
    hook?.(value, this)
    return false
  }

  _copy(value: unknown, options?: object): Record<string, unknown> {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('a default that is no map')
    const copy: Record<string, unknown> = {}
    const values = wireOf(this.valuesType)
    for (const [key, part] of Object.entries(value)) setOwn(copy, key, values._copy(part, options))
    return copy
  }
}

const avscMap = avsc.types.MapType.prototype as unknown as Wire

/** A key with a lone surrogate would be written as another one. */
function isMap(value: unknown): boolean {
  return hasFields(value) && Object.keys(value).every(key => key.isWellFormed())
}
