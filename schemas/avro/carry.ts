import type avsc from 'avsc'
import { decimalPrecision } from '../../topology/definition/serdes/decimal.ts'
import { isUuid } from '../../topology/definition/serdes/sql-types.ts'
import { SymbolType } from './enum.ts'
import { DecimalType, TimestampMillisType, UuidType } from './logical.ts'
import { bigintLong } from './long.ts'
import { PlainRecord } from './record.ts'
import { scalars } from './scalars.ts'
import { UnionType } from './union.ts'
import { hasFields, wireOf } from './wire.ts'

/**
 * A function that gives a value as decoding its bytes would give it, without making the bytes: a copy, of records. It gives
 * undefined for a value that it cannot answer for: one that has no bytes, a default to be filled in.
 */
export type Carry = (value: unknown) => unknown

/**
 * The `Carry` of a type: of records, unions without names, and scalars. Undefined for others: arrays, maps, bytes, floats, decimals of
 * more than 38 digits, and records that hold themselves.
 */
export function carryOf(type: avsc.Type): Carry | undefined {
  return build(type, new Set())
}

function build(type: avsc.Type, within: Set<avsc.Type>): Carry | undefined {
  if (type instanceof PlainRecord) return recordOf(type, within)
  if (type instanceof UnionType) return unionOf(type, within)
  if (type instanceof UuidType) return value => (isUuid(value) ? value.toLowerCase() : undefined)
  const isValue =
    (type instanceof DecimalType && type.precision <= decimalPrecision) || type instanceof SymbolType || same.has(type)
  const isNumber = type instanceof TimestampMillisType || type === scalars.int
  if (!isValue && !isNumber) return undefined
  const wire = wireOf(type)
  // The wire has no -0 of whole numbers.
  if (isNumber) return value => (wire._check(value) ? (value as number) + 0 : undefined)
  return value => (wire._check(value) ? value : undefined)
}

/** Scalars that come back as they were written. */
const same: ReadonlySet<avsc.Type> = new Set([
  scalars.null,
  scalars.boolean,
  scalars.double,
  scalars.string,
  bigintLong,
])

function unionOf(type: UnionType, within: Set<avsc.Type>): Carry | undefined {
  if (type.wrapped) return undefined
  const carries = type.branches.map(branch => build(branch.type, within))
  if (carries.includes(undefined)) return undefined
  return value => {
    if (value === null) return type.hasNull ? null : undefined
    const index = type.indexOf(value)
    return index === undefined ? undefined : (carries[index] as Carry)(value)
  }
}

/** Made as avsc makes its readers: with the names of the fields in the code, which V8 then compiles for records of this one shape. */
function recordOf(type: PlainRecord, within: Set<avsc.Type>): Carry | undefined {
  if (within.has(type) || type.inherits) return undefined
  within.add(type)
  const carries = type.fields.map(field => build(field.type, within))
  within.delete(type)
  if (carries.includes(undefined)) return undefined
  const parts = type.fields.map(({ name }, index) => ({ name, part: `part${index}`, carry: `carry${index}` }))
  const lines = parts.map(
    ({ name, part, carry }) => `const ${part} = ${carry}(value.${name}); if (${part} === undefined) return undefined`,
  )
  const code = `return value => {
    if (!hasFields(value)) return undefined
    ${lines.join('\n')}
    return new Made(${parts.map(({ part }) => part).join(', ')})
  }`
  const make = new Function('hasFields', 'Made', ...parts.map(({ carry }) => carry), code)
  return make(hasFields, type.recordConstructor, ...carries) as Carry
}
