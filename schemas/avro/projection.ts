import avsc from 'avsc'
import { formatDecimal, parseDecimal } from '../../topology/definition/serdes/decimal.ts'
import { DecimalType, UuidType } from './logical.ts'
import { UnionType } from './union.ts'
import { setOwn } from './wire.ts'

/**
 * A value as JSON and back, exactly, as its schema says: what jsonb holds and what people read with SQL.
 *
 * Long and decimal are strings of digits (`'12.5'`), NaN, the infinities and -0 are strings, bytes are base64, fixed is
 * hex, timestamps are numbers of milliseconds, a union of several types besides null is `{ "<type>": value }`. A field left
 * out is written with its default.
 */
export interface Projection {
  toJson(value: unknown): unknown
  fromJson(json: unknown): unknown
}

/** The projection of an avsc type. */
export function projectionOf(type: avsc.Type): Projection {
  return build(type, new Map())
}

type Known = Map<avsc.Type, Projection>

const { types } = avsc

function build(type: avsc.Type, known: Known): Projection {
  if (type instanceof DecimalType) return decimalProjection(type.scale)
  if (type instanceof UuidType) return uuidProjection
  if (type instanceof types.LogicalType) return asItIs
  if (type instanceof types.RecordType) return known.get(type) ?? recordProjection(type, known)
  if (type instanceof types.ArrayType) return arrayProjection(build(type.itemsType, known))
  if (type instanceof types.MapType) return mapProjection(build(type.valuesType, known))
  if (type instanceof UnionType) return unionProjection(type, known)
  if (type instanceof types.FixedType) return bytesProjection('hex')
  switch (type.typeName as string) {
    case 'bytes':
      return bytesProjection('base64')
    case 'abstract:long':
      return { toJson: value => String(value as bigint), fromJson: json => BigInt(json as string) }
    case 'float':
      return { toJson: value => doubleProjection.toJson(Math.fround(value as number)), fromJson: Number }
    case 'double':
      return doubleProjection
  }
  return asItIs
}

const asItIs: Projection = { toJson: value => value, fromJson: json => json }

const doubleProjection: Projection = {
  toJson: value => (!Number.isFinite(value) ? String(value) : Object.is(value, -0) ? '-0' : value),
  fromJson: Number,
}

const uuidProjection: Projection = { toJson: value => (value as string).toLowerCase(), fromJson: json => json }

function decimalProjection(scale: number): Projection {
  return {
    toJson: value => formatDecimal(value as bigint, scale),
    fromJson: json => parseDecimal(json as string, scale),
  }
}

function bytesProjection(encoding: 'hex' | 'base64'): Projection {
  return {
    toJson: value => (value as Buffer).toString(encoding),
    fromJson: json => Buffer.from(json as string, encoding),
  }
}

function arrayProjection(items: Projection): Projection {
  return {
    toJson: value => (value as unknown[]).map(items.toJson),
    fromJson: json => (json as unknown[]).map(items.fromJson),
  }
}

function mapProjection(values: Projection): Projection {
  const mapped = (source: unknown, convert: (value: unknown) => unknown) => {
    const target: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(source as object)) setOwn(target, key, convert(value))
    return target
  }
  return { toJson: value => mapped(value, values.toJson), fromJson: json => mapped(json, values.fromJson) }
}

function recordProjection(type: avsc.types.RecordType, known: Known): Projection {
  const fields: { name: string; value: Projection; missing(): unknown }[] = []
  const projection: Projection = {
    toJson(value) {
      const json: Record<string, unknown> = {}
      for (const { name, value: field, missing } of fields) {
        const given = Object.hasOwn(value as object, name) ? (value as Record<string, unknown>)[name] : undefined
        setOwn(json, name, field.toJson(given === undefined ? missing() : given))
      }
      return json
    },
    fromJson(json) {
      const value: Record<string, unknown> = {}
      for (const { name, value: field } of fields) {
        setOwn(value, name, field.fromJson((json as Record<string, unknown>)[name]))
      }
      return value
    },
  }
  known.set(type, projection)
  for (const field of type.fields) {
    fields.push({ name: field.name, value: build(field.type, known), missing: () => field.defaultValue() })
  }
  return projection
}

function unionProjection(type: UnionType, known: Known): Projection {
  const values = type.branches.map(branch => ({ branch, value: build(branch.type, known) }))
  const [only, ...more] = values.filter(({ branch }) => branch.type.typeName !== 'null')
  if (only && more.length === 0) {
    return {
      toJson: value => (value === null ? null : only.value.toJson(value)),
      fromJson: json => (json === null ? null : only.value.fromJson(json)),
    }
  }
  return {
    toJson(value) {
      if (value === null) return null
      const found = type.branchOf(value)
      if (!found) throw new Error('fits no type of its union')
      const { branch, part } = found
      return { [branch.name]: values[branch.index]!.value.toJson(part) }
    },
    fromJson(json) {
      if (json === null) return null
      const [name, content] = Object.entries(json as object)[0] ?? []
      const found = values.find(({ branch }) => branch.name === name)
      if (!found) throw new Error('names no type of its union')
      return type.valueIn(found.branch, found.value.fromJson(content))
    },
  }
}
