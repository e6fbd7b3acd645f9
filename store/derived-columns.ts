import type { NotNull } from 'drizzle-orm'
import type { PgColumnBuilderBase, PgCustomColumnBuilder } from 'drizzle-orm/pg-core'
import { isMillis } from '../schemas/avro/branches.ts'
import type { Logical } from '../schemas/avro/logical-rules.ts'
import {
  type Described,
  fieldDefault,
  fieldSerde,
  type RecordField,
  recordFields,
} from '../schemas/avro/record-fields.ts'
import { TopologyError } from '../topology/definition/errors.ts'
import type { Serde } from '../topology/definition/serde.ts'
import { decimal as decimalSerde } from '../topology/definition/serdes/primitives.ts'
import { numericType } from '../topology/definition/serdes/sql-types.ts'
import { pgCore } from './drizzle.ts'
import { bigint, bytes, columnBy, decimal, timestamp } from './table-columns.ts'

/** The columns of a record, by field. Shape: `ColumnsOf<{ id: string; price: bigint | null }>`. */
export type ColumnsOf<V> = { readonly [N in keyof V]-?: ColumnOf<V[N]> }

type ColumnOf<T> = null extends T ? Builder<Exclude<T, null>> : NotNull<Builder<T>>

type Builder<T> = PgCustomColumnBuilder<{
  name: ''
  dataType: 'custom'
  columnType: 'PgCustomColumn'
  data: T
  driverParam: unknown
  enumValues: undefined
}>

/**
 * The columns of a record, one for each field of its Avro schema: what a table of such rows needs, written once.
 *
 * | Avro | Postgres |
 * |---|---|
 * | string, enum; uuid | text; uuid |
 * | int, date; long | integer; bigint |
 * | double; boolean | double precision; boolean |
 * | bytes, fixed | bytea |
 * | decimal(p, s) | numeric(p,s) |
 * | timestamp-millis | timestamptz |
 * | array, map, record, union of several types | jsonb |
 *
 * A union with null is a column that may be null. The default of a field is that of its column: rows have it that were written before
 * the field was there.
 *
 * Shape: `store.table('positions', columnsOf(Position), { key: ['portfolioId'], value: Position })`; where one column is to
 * be another: `{ ...columnsOf(Position), note: varchar().notNull() }`.
 * Errors: TopologyError TOPOLOGY_INVALID for a serde that has no Avro schema of a record, and for a field that no column holds.
 */
export function columnsOf<V>(serde: Serde<V>): ColumnsOf<V> {
  return Object.fromEntries(
    recordFields(serde).map(field => [field.name, columnOf(serde, field)]),
  ) as unknown as ColumnsOf<V>
}

function columnOf(serde: Described, field: RecordField): PgColumnBuilderBase {
  const column = builderOf(serde, field)
  if (field.nullable) return column
  const before = fieldDefault(serde, field.name)
  return before === undefined ? column.notNull() : column.notNull().default(before as never)
}

function builderOf(serde: Described, { name, type }: RecordField) {
  const { text, uuid } = pgCore()
  switch (type.kind) {
    case 'enum':
      return text()
    case 'fixed':
      if (type.logical?.type === 'uuid') return uuid()
      return type.logical?.type === 'decimal' ? numeric(type.logical) : bytes()
    case 'primitive':
      if (type.logical?.type === 'decimal') return numeric(type.logical)
      return primitive(type.type, type.logical?.type) ?? noColumn(serde, name, type.type)
    default:
      return columnBy(fieldSerde(serde, name))
  }
}

function primitive(type: string, logical: string | undefined) {
  const { boolean, doublePrecision, integer, text, uuid } = pgCore()
  if (logical !== undefined && isMillis(logical)) return timestamp()
  switch (type) {
    case 'string':
      return logical === 'uuid' ? uuid() : text()
    case 'int':
      return integer()
    case 'long':
      return bigint()
    case 'double':
      return doublePrecision()
    case 'boolean':
      return boolean()
    case 'bytes':
      return bytes()
  }
  return undefined
}

function numeric({ precision = 38, scale = 0 }: Logical) {
  if (precision === 38 && scale === 18) return decimal()
  return columnBy({ ...decimalSerde, name: `decimal(${precision},${scale})`, sql: numericType(precision, scale) })
}

/** The changelog would round a float that the table keeps whole: a store would come back with other rows. */
function noColumn({ name: serde }: Described, field: string, type: string): never {
  const remedy = type === 'float' ? 'make it a double, which reads what floats wrote' : 'leave it out'
  throw new TopologyError(
    'TOPOLOGY_INVALID',
    `field '${field}' of serde '${serde}' is a ${type}, which no column holds: ${remedy}`,
    { context: { serde, field } },
  )
}
