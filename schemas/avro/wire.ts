import avsc from 'avsc'

/** The buffer that avsc reads and writes, with a position that may run past its end, which the caller checks. */
export interface Tap {
  readonly buf: Buffer
  pos: number
  readLong(): number
  skipLong(): void
  readString(): string
  skipString(): void
  writeLong(value: number): void
  writeString(value: string): void
  writeFloat(value: number): void
  writeBinary(bytes: string, length: number): void
}

/** Is called with a part of a value that its type does not take. */
export type CheckHook = (value: unknown, type: avsc.Type) => void

/**
 * The methods of avsc's types: every type has them, and types of our own give their own. `_copy` with options
 * reads a default (JSON) of the schema; without options it copies a value.
 */
export interface Wire {
  _read(tap: Tap): unknown
  _skip(tap: Tap): void
  _write(tap: Tap, value: unknown): void
  _check(value: unknown, flags?: unknown, hook?: CheckHook, path?: string[]): boolean
  _copy(value: unknown, options?: object): unknown
}

/** The inside of a type. */
export function wireOf(type: avsc.Type): Wire {
  return type as unknown as Wire
}

/** avsc's base of all types: its constructor keeps the name of a named type and registers it. */
export const BaseType = avsc.Type as unknown as new (
  schema?: { readonly name: string; readonly aliases: readonly string[] },
  options?: object,
) => avsc.Type

/**
 * Whether an object's content is its fields, as that of a literal or a class is. That of a Map, a Set or a Date is not: it would be
 * written as a map or a record without any.
 */
export function hasFields(value: unknown): value is Readonly<Record<string, unknown>> {
  if (value === null || typeof value !== 'object') return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  return Object.prototype.toString.call(value) === '[object Object]'
}

/** Sets a key that may be `__proto__`. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}
