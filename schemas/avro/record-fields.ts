import type avsc from 'avsc'
import { TopologyError } from '../../topology/definition/errors.ts'
import type { Serde } from '../../topology/definition/serde.ts'
import { serdeOf } from '../../topology/definition/serdes/serde-codec.ts'
import { canonicalJson } from '../json-text.ts'
import { jsonbOf } from './jsonb.ts'
import { type AvroModel, modelOf } from './model.ts'
import { type Projection, projectionOf } from './projection.ts'
import type { PlainRecord } from './record.ts'
import { avroType } from './type.ts'

/*
 * The fields of a record, read off its Avro schema. Columns, rows and views derive from them, so that a field is described
 * in one place.
 */

/** A field of a record. Shape: `{ name: 'price', type: { kind: 'primitive', type: 'double' }, nullable: false }`. */
export interface RecordField {
  readonly name: string
  readonly doc?: string
  /** Its type without null. */
  readonly type: AvroModel
  /** Its type is a union with null. */
  readonly nullable: boolean
}

/** The part of an Avro serde that describes its fields. */
export type Described = Pick<Serde<never>, 'name' | 'schema'>

const known = new WeakMap<object, readonly RecordField[]>()

/**
 * The fields of a record in the order of its schema.
 *
 * Errors: TopologyError TOPOLOGY_INVALID for a serde that has no Avro schema of a record.
 */
export function recordFields(serde: Described): readonly RecordField[] {
  const before = known.get(serde)
  if (before) return before
  const model = serde.schema === undefined ? undefined : modelOf(serde.schema)
  if (model?.kind !== 'record')
    throw new TopologyError(
      'TOPOLOGY_INVALID',
      `fields are asked of serde '${serde.name}', which has no Avro schema of a record: give one of avro() or avroOf()`,
    )
  const fields = model.fields.map(({ name, doc, type }) => ({ name, ...(doc && { doc }), ...withoutNull(type) }))
  known.set(serde, fields)
  return fields
}

/**
 * A record made of the fields of its schema: those that `own` has, and the others taken from any object that has them. Its
 * other properties are left behind, and a field that neither of the two has gets its default. It is faster than spreading wide objects
 * into each other, which V8 does property by property.
 *
 * Shape: `pickFields(Order, request, { orderId })` is an `Order`, whatever else the request has.
 * Errors: as `recordFields`.
 */
export function pickFields<V, O extends Partial<V> = object>(
  serde: Serde<V>,
  source: NoInfer<Omit<V, keyof O>>,
  own?: O & { readonly [N in Exclude<keyof O, keyof V>]: never },
): V {
  return pickerOf(serde)((own ?? nothing) as Values, source as Values) as V
}

type Values = Readonly<Record<string, unknown>>

type Picker = (own: Values, source: Values) => object

const nothing: Values = {}
const pickers = new WeakMap<object, Picker>()

function pickerOf(serde: Described): Picker {
  const before = pickers.get(serde)
  if (before) return before
  const names = recordFields(serde).map(({ name }) => name)
  const type = avroType(serde.schema!) as unknown as PlainRecord
  const picker = type.inherits ? pickerByName(type, names) : pickerInCode(type, names)
  pickers.set(serde, picker)
  return picker
}

/** Made as avsc makes its readers: with the names of the fields in the code, which V8 then compiles for records of few shapes. */
function pickerInCode(type: PlainRecord, names: readonly string[]): Picker {
  const fields = names.map(name => `'${name}' in own ? own.${name} : source.${name}`)
  const make = new Function('Made', `return (own, source) => new Made(${fields.join(', ')})`)
  return make(type.recordConstructor) as Picker
}

/** For records with a field of a name that every object inherits. */
function pickerByName(type: PlainRecord, names: readonly string[]): Picker {
  return (own, source) => type.make(names.map(name => (Object.hasOwn(own, name) ? own[name] : source[name])))
}

/** The JSON of one field's values, as jsonb holds it, and back. */
export function fieldProjection({ schema = 'null' }: Described, field: string): Projection {
  return projectionOf((avroType(schema) as avsc.types.RecordType).field(field).type)
}

/** The default of a field, as a value; undefined where its schema has none. */
export function fieldDefault({ schema = 'null' }: Described, field: string): unknown {
  const { fields = [] } = schema as { readonly fields?: readonly { readonly name: string }[] }
  const found = fields.find(({ name }) => name === field)
  if (found === undefined || !('default' in found)) return undefined
  return (avroType(schema) as avsc.types.RecordType).field(field).defaultValue()
}

/** A serde of one field's values, with jsonb as its column. */
export function fieldSerde(record: Described, field: string): Serde<unknown> {
  const projection = fieldProjection(record, field)
  return serdeOf<unknown>({
    name: `${record.name}.${field}`,
    sql: jsonbOf(projection),
    write: value => Buffer.from(canonicalJson(JSON.stringify(projection.toJson(value)))),
    read: bytes => projection.fromJson(JSON.parse(Buffer.from(bytes).toString())),
  })
}

function withoutNull(type: AvroModel): Pick<RecordField, 'type' | 'nullable'> {
  if (type.kind !== 'union') return { type, nullable: false }
  const branches = type.branches.filter(branch => branch.kind !== 'primitive' || branch.type !== 'null')
  const [only = type] = branches
  const rest: AvroModel = branches.length > 1 ? { kind: 'union', branches } : only
  return { type: rest, nullable: branches.length < type.branches.length }
}
