import avsc from 'avsc'
import { messageOf, TopologyError } from '../../topology/definition/errors.ts'
import type { AvroSchema } from '../../topology/definition/serde.ts'
import { DecimalType, TimestampMillisType, UuidType } from './logical.ts'
import { bigintLong, type Tap } from './long.ts'

/**
 * The avsc type of a schema, with what the library needs changed: longs are bigints, logical types are applied, records are
 * plain objects, unions are bare values, strings must be well-formed, and a count cannot send the reader on a walk past
 * the end of its bytes.
 *
 * Errors: TopologyError SCHEMA_INCOMPATIBLE for a schema that Avro does not allow, or whose unions need wrapping.
 */
export function avroType(schema: AvroSchema): avsc.Type {
  try {
    return avsc.Type.forSchema(schema as avsc.Schema, {
      wrapUnions: 'never',
      omitRecordMethods: true,
      assertLogicalTypes: true,
      logicalTypes: {
        decimal: DecimalType,
        'timestamp-millis': TimestampMillisType,
        'local-timestamp-millis': TimestampMillisType,
        uuid: UuidType,
      },
      typeHook,
    })
  } catch (error) {
    const remedy = 'write it as Avro 1.11 says, with one type of a kind in a union'
    const what = `the Avro schema ${schemaName(schema)} is not valid (${messageOf(error)})`
    throw new TopologyError('SCHEMA_INCOMPATIBLE', `${what}: ${remedy}`, { cause: error })
  }
}

/**
 * Whether both write the same bytes of the same value: documentation, defaults and aliases do not count, logical types do.
 * An `older` schema that is not valid here writes like none. Errors: as `avroType`, for `own`.
 */
export function writeAlike(older: AvroSchema, own: AvroSchema): boolean {
  const type = avroType(own)
  try {
    // avsc compares structure only: a decimal's scale is no part of it.
    return avroType(older).equals(type) && String(logicalTypes(older)) === String(logicalTypes(own))
  } catch {
    return false
  }
}

/** What stands beside the structure, in the order of the text. Shape: `['decimal/38/18', 'uuid//0']`. */
function logicalTypes(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  if (Array.isArray(schema)) return schema.flatMap(logicalTypes)
  const { type, fields, items, values, logicalType, precision, scale } = schema as Readonly<Record<string, unknown>>
  const own = typeof logicalType === 'string' ? [`${logicalType}/${precision ?? ''}/${scale ?? 0}`] : []
  return [...own, ...[type, fields, items, values].flatMap(logicalTypes)]
}

/** The full name of a named schema, else its type. Shape: `'com.acme.Order'`, `'array'`, `'union'`. */
export function schemaName(schema: AvroSchema): string {
  if (typeof schema === 'string') return schema
  if (isUnion(schema)) return 'union'
  const { name, namespace, type } = schema as { name?: unknown; namespace?: unknown; type: unknown }
  if (typeof name !== 'string') return typeof type === 'string' ? type : schemaName(type as AvroSchema)
  return typeof namespace === 'string' && namespace !== '' && !name.includes('.') ? `${namespace}.${name}` : name
}

/** Whether a schema is a union. */
export function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema)
}

function typeHook(schema: avsc.Schema, options: unknown): avsc.Type | undefined {
  const attributes = schema as { type?: unknown; logicalType?: unknown }
  const logical = attributes.logicalType
  switch (typeof schema === 'string' ? schema : attributes.type) {
    case 'long':
      return logical === 'timestamp-millis' || logical === 'local-timestamp-millis' ? undefined : bigintLong
    case 'int':
      return checkedInt
    case 'string':
      return logical === 'uuid' ? undefined : wellFormedString
    case 'array':
      return new BoundedArray(schema, options)
    case 'map':
      return new BoundedMap(schema, options)
    case 'record':
      return plainRecord(schema, options)
  }
  return undefined
}

/** avsc makes instances of a class of its own; with Object's prototype they are what a literal makes. */
function plainRecord(schema: avsc.Schema, options: unknown): avsc.Type {
  const record = new avsc.types.RecordType(schema, options)
  record.recordConstructor.prototype = Object.prototype
  return record
}

/** avsc writes a lone surrogate as three bytes that are not UTF-8. */
class WellFormedString extends avsc.types.StringType {
  _write(tap: Tap, value: unknown): void {
    if (typeof value !== 'string' || !value.isWellFormed()) throw new Error('not a well-formed string')
    tap.writeString(value)
  }

  _check(value: unknown, _flags: unknown, hook?: (value: unknown, type: avsc.Type) => void): boolean {
    const valid = typeof value === 'string' && value.isWellFormed()
    if (!valid) hook?.(value, this)
    return valid
  }
}

/** avsc's own throws a TypeError for a bigint, and believes an int of more than 32 bits. */
class CheckedInt extends avsc.types.IntType {
  _read(tap: Tap): number {
    const value = tap.readLong()
    if ((value | 0) !== value) throw new Error('holds an int of more than 32 bits')
    return value
  }

  _check(value: unknown, _flags: unknown, hook?: (value: unknown, type: avsc.Type) => void): boolean {
    const valid = typeof value === 'number' && (value | 0) === value
    if (!valid) hook?.(value, this)
    return valid
  }
}

const checkedInt = new CheckedInt()
const wellFormedString = new WellFormedString()

interface Part {
  _read(tap: Tap): unknown
  _skip(tap: Tap): void
}

/** A block of an array or map is a count, or a negative count and the block's size in bytes; a zero count ends it. */
function blockCount(tap: Tap): number {
  const count = tap.readLong()
  if (count < 0) tap.skipLong()
  return Math.abs(count)
}

/** avsc reads as many items as the count says, though the bytes ended long ago: ten bytes would hang a worker. */
function boundedItems(tap: Tap, count: number): void {
  if (count > tap.buf.length && count > maxEmptyItems) throw new Error('holds a count beyond its bytes')
}

/** Items without bytes (nulls, empty records) are possible in any number; this many are believed. */
const maxEmptyItems = 65_536

class BoundedArray extends avsc.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as unknown as Part
    const values: unknown[] = []
    for (let count = blockCount(tap); count !== 0; count = blockCount(tap)) {
      boundedItems(tap, count)
      while (count-- > 0) values.push(items._read(tap))
      if (tap.pos > tap.buf.length) return values
    }
    return values
  }

  _skip(tap: Tap): void {
    this._read.call({ itemsType: { _read: (this.itemsType as unknown as Part)._skip.bind(this.itemsType) } }, tap)
  }
}

class BoundedMap extends avsc.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const items = this.valuesType as unknown as Part
    const values: Record<string, unknown> = {}
    for (let count = blockCount(tap); count !== 0; count = blockCount(tap)) {
      boundedItems(tap, count)
      while (count-- > 0) setOwn(values, tap.readString(), items._read(tap))
      if (tap.pos > tap.buf.length) return values
    }
    return values
  }

  _skip(tap: Tap): void {
    this._read(tap)
  }
}

/** Sets a key that may be `__proto__`. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}
