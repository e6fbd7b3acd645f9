import { z } from '@hono/zod-openapi'
import { isMillis } from '../../schemas/avro/branches.ts'
import type { AvroModel } from '../../schemas/avro/model.ts'
import { type Described, fieldProjection, type RecordField, recordFields } from '../../schemas/avro/record-fields.ts'
import type { Serde } from '../../topology/definition/serde.ts'
import { formatDecimal } from '../../topology/definition/serdes/decimal.ts'
import { decimalField, longField, timeField, timeText } from './fields.ts'

/** A field of a view: its schema in the documentation, and its value in JSON for a row. */
export interface ViewField<Row, S extends z.ZodType = z.ZodType> {
  readonly schema: S
  readonly show: (row: Row) => z.input<S>
}

/** The documentation of a field, where it is another than that of its type. */
export interface FieldAbout {
  readonly description?: string
  readonly example?: unknown
}

/** A value as JSON has it: 64-bit integers, decimals and times are strings. */
type JsonOf<T> = T extends bigint
  ? string
  : T extends number
    ? number | string
    : T extends string | boolean | null
      ? T
      : unknown

/** Choices about the fields of a record. */
interface ViewChoices<V> {
  /** Fields that are not shown. */
  readonly hidden?: readonly (keyof V)[]
  /** Names that differ from those of the record. Shape: `{ lastQty: 'quantity' }`. */
  readonly names?: { readonly [N in keyof V]?: string }
  readonly about?: { readonly [N in keyof V]?: FieldAbout }
}

type Hidden<C> = C extends { readonly hidden: readonly (infer N)[] } ? N : never
type NameOf<N, C> = C extends { readonly names: { readonly [M in N & PropertyKey]: infer Name } } ? Name & string : N

/** The fields of a record as a view shows them. */
export type ViewFields<V, C = object> = {
  readonly [N in Exclude<keyof V, Hidden<C>> as NameOf<N, C> & PropertyKey]: ViewField<
    { readonly [M in N]: V[N] },
    z.ZodType<JsonOf<V[N]>, JsonOf<V[N]>>
  >
}

/**
 * The fields of an Avro record as a view shows them: all but the hidden ones, so that a field which the record gains is shown.
 * The description of each is the one in `about`, else the `doc` of the Avro field, else that of its type.
 *
 * Shape: `viewFields(Order, { hidden: ['secret'], names: { lastQty: 'quantity' }, about: { status: { example: 'FILLED' } } })`.
 * Errors: TopologyError TOPOLOGY_INVALID for a serde that has no Avro schema of a record.
 */
export function viewFields<V, const C extends ViewChoices<V>>(record: Serde<V>, choices?: C): ViewFields<V, C> {
  const { hidden = [], names = {}, about = {} } = (choices ?? {}) as ViewChoices<Readonly<Record<string, unknown>>>
  const fields = recordFields(record)
    .filter(({ name }) => !hidden.includes(name))
    .map(field => [names[field.name] ?? field.name, viewField(record, field, about[field.name])])
  return Object.fromEntries(fields)
}

type Fields = Readonly<Record<string, ViewField<never>>>
type ShapeOf<F extends Fields> = { readonly [N in keyof F]: F[N]['schema'] }

/** A row that has everything a view shows. */
type RowOf<F extends Fields> = {
  [N in keyof F]: F[N] extends ViewField<infer Row> ? (row: Row) => void : never
}[keyof F] extends (row: infer Row) => void
  ? Row
  : never

/** A view of rows: the schema for the documentation, and the JSON of a row. */
export interface RecordView<F extends Fields> {
  readonly schema: z.ZodObject<ShapeOf<F>>
  readonly view: (row: RowOf<F>) => z.input<z.ZodObject<ShapeOf<F>>>
}

/** The order of a view's fields: those that stand first, and those that stand last; the others stand between as given. */
interface ViewOrder<F> {
  readonly first?: readonly (keyof F)[]
  readonly last?: readonly (keyof F)[]
}

/**
 * A view of rows, under a name in the documentation.
 *
 * Shape: `recordView('Order', { ...viewFields(Order), total: { schema: decimalField, show: row => textOf(row) } })`.
 */
export function recordView<F extends Fields>(name: string, fields: F, order: ViewOrder<F> = {}): RecordView<F> {
  const { first = [], last = [] } = order
  const placed = new Set([...first, ...last])
  const names = [...first, ...Object.keys(fields).filter(field => !placed.has(field)), ...last] as string[]
  const entries = names.map(field => [field, fields[field] as unknown as ViewField<unknown>] as const)
  const schema = z.object(Object.fromEntries(entries.map(([field, { schema }]) => [field, schema]))).openapi(name)
  const view = (row: unknown) => Object.fromEntries(entries.map(([field, { show }]) => [field, show(row)]))
  return { schema, view } as unknown as RecordView<F>
}

function viewField(record: Described, field: RecordField, about: FieldAbout | undefined): ViewField<never> {
  const { name, doc, nullable } = field
  const { schema, toJson } = jsonField(record, field)
  const shown = nullable ? schema.nullable() : schema
  const documented = { ...(doc && { description: doc }), ...about }
  return {
    schema: Object.keys(documented).length === 0 ? shown : shown.openapi(documented),
    show: (row: Readonly<Record<string, unknown>>) => (row[name] === null ? null : toJson(row[name])),
  }
}

interface JsonField {
  readonly schema: z.ZodType
  readonly toJson: (value: unknown) => unknown
}

function jsonField(record: Described, { name, type }: RecordField): JsonField {
  const logical = 'logical' in type ? type.logical : undefined
  if (logical?.type === 'decimal')
    return { schema: decimalField, toJson: value => formatDecimal(value as bigint, logical.scale ?? 0) }
  if (logical && isMillis(logical.type)) return { schema: timeField, toJson: value => timeText(value as number) }
  return { schema: plainSchema(type), toJson: fieldProjection(record, name).toJson }
}

function plainSchema(type: AvroModel): z.ZodType {
  if (type.kind === 'enum') return z.enum(type.symbols)
  switch (type.kind === 'primitive' && type.type) {
    case 'string':
    case 'bytes':
      return z.string()
    case 'boolean':
      return z.boolean()
    case 'int':
      return z.int()
    case 'long':
      return longField
    case 'float':
    case 'double':
      return z.number()
  }
  return type.kind === 'fixed' ? z.string() : z.unknown()
}
