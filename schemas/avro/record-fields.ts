import type avsc from 'avsc'
import { TopologyError } from '../../topology/definition/errors.ts'
import type { Serde } from '../../topology/definition/serde.ts'
import { serdeOf } from '../../topology/definition/serdes/serde-codec.ts'
import { canonicalJson } from '../json-text.ts'
import { jsonbOf } from './jsonb.ts'
import { type AvroModel, modelOf } from './model.ts'
import { projectionOf } from './projection.ts'
import { avroType } from './type.ts'
import { setOwn } from './wire.ts'

/*
 * The fields of a record, read off its Avro schema. Columns, rows and views derive from them, so that a field is described
 * in one place.
 */

/** A field of a record. Shape: `{ name: 'price', type: { kind: 'primitive', type: 'double' }, nullable: false }`. */
export interface RecordField {
  readonly name: string
  /** Its type without null. */
  readonly type: AvroModel
  /** Its type is a union with null. */
  readonly nullable: boolean
}

/** As much of an Avro serde as says what its fields are. */
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
  const fields = model.fields.map(({ name, type }) => ({ name, ...withoutNull(type) }))
  known.set(serde, fields)
  return fields
}

/**
 * The fields of a record out of whatever carries them: what the source has besides is left behind.
 *
 * Shape: `pickFields(Order, { ...request, orderId })` is an `Order`, whatever else the request says.
 * Errors: as `recordFields`.
 */
export function pickFields<V>(serde: Serde<V>, source: NoInfer<V>): V {
  const picked: Record<string, unknown> = {}
  for (const { name } of recordFields(serde)) setOwn(picked, name, source[name as keyof V])
  return picked as V
}

/** The part of a record that one of its fields holds, as jsonb in the projection of its Avro type. */
export function partSerde({ name, schema = 'null' }: Described, field: string): Serde<unknown> {
  const record = avroType(schema) as avsc.types.RecordType
  const projection = projectionOf(record.field(field).type)
  return serdeOf<unknown>({
    name: `${name}.${field}`,
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
