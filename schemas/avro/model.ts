import { TopologyError } from '../../topology/definition/errors.ts'
import type { AvroSchema } from '../../topology/definition/serde.ts'
import { type Logical, logicalOf } from './logical-rules.ts'

/**
 * A schema with its references resolved: what serdes are built from, and what the comparison and the type generator walk.
 * Names are full names, and logical types are those that hold (an invalid one is ignored: Avro 1.11, "Logical Types").
 */
export type AvroModel =
  | { readonly kind: 'primitive'; readonly type: AvroPrimitive; readonly logical?: Logical }
  | AvroRecord
  | AvroEnum
  | AvroFixed
  | { readonly kind: 'array'; readonly items: AvroModel }
  | { readonly kind: 'map'; readonly values: AvroModel }
  | { readonly kind: 'union'; readonly branches: readonly AvroModel[] }

/** The types of Avro that need no definition. */
export type AvroPrimitive = (typeof primitives)[number]

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const

interface Named {
  readonly name: string
  readonly aliases: readonly string[]
  readonly doc?: string
}

/** A record; its fields may lead back to it. */
export interface AvroRecord extends Named {
  readonly kind: 'record'
  readonly fields: readonly AvroField[]
}

/** A field of a record. `default` is JSON, with bigints for integers beyond 2^53; undefined: it has none. */
export interface AvroField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly doc?: string
  readonly type: AvroModel
  readonly default?: unknown
}

/** An enum. */
export interface AvroEnum extends Named {
  readonly kind: 'enum'
  readonly symbols: readonly string[]
  readonly default?: string
}

/** Bytes of one length. Units: `size` in bytes. */
export interface AvroFixed extends Named {
  readonly kind: 'fixed'
  readonly size: number
  readonly logical?: Logical
}

/**
 * The model of a schema. `named` holds types that it may refer to by full name, and gains those that it defines.
 *
 * Errors: TopologyError SCHEMA_INCOMPATIBLE for a name that is nowhere defined.
 */
export function modelOf(schema: AvroSchema, named: Map<string, AvroModel> = new Map()): AvroModel {
  return build(schema, '', named)
}

type Attributes = Readonly<Record<string, unknown>>

function build(schema: unknown, namespace: string, named: Map<string, AvroModel>): AvroModel {
  if (typeof schema === 'string') return primitiveOf(schema, undefined) ?? referenceTo(schema, namespace, named)
  if (Array.isArray(schema)) return { kind: 'union', branches: schema.map(branch => build(branch, namespace, named)) }
  const attributes = schema as Attributes
  switch (attributes.type) {
    case 'record':
    case 'error':
      return recordOf(attributes, namespace, named)
    case 'enum': {
      const symbols = attributes.symbols as string[]
      const fallback = attributes.default === undefined ? {} : { default: attributes.default as string }
      return remember(named, { kind: 'enum', ...nameOf(attributes, namespace), symbols, ...fallback })
    }
    case 'fixed': {
      const size = attributes.size as number
      return remember(named, { kind: 'fixed', ...nameOf(attributes, namespace), size, ...logicalOf(attributes) })
    }
    case 'array':
      return { kind: 'array', items: build(attributes.items, namespace, named) }
    case 'map':
      return { kind: 'map', values: build(attributes.values, namespace, named) }
  }
  if (typeof attributes.type !== 'string') return build(attributes.type, namespace, named)
  return primitiveOf(attributes.type, attributes) ?? referenceTo(attributes.type, namespace, named)
}

function recordOf(attributes: Attributes, namespace: string, named: Map<string, AvroModel>): AvroRecord {
  const fields: AvroField[] = []
  const record = remember(named, { kind: 'record' as const, ...nameOf(attributes, namespace), fields })
  const inner = namespaceOf(record.name)
  for (const field of attributes.fields as Attributes[]) {
    fields.push({
      name: field.name as string,
      aliases: (field.aliases as string[] | undefined) ?? [],
      ...docOf(field),
      type: build(field.type, inner, named),
      ...(field.default !== undefined && { default: field.default }),
    })
  }
  return record
}

function remember<M extends AvroRecord | AvroEnum | AvroFixed>(named: Map<string, AvroModel>, model: M): M {
  if (named.has(model.name))
    throw invalid(`the type '${model.name}' is defined twice`, 'define it once and then name it')
  named.set(model.name, model)
  return model
}

function primitiveOf(type: string, attributes: Attributes | undefined): AvroModel | undefined {
  const primitive = primitives.find(candidate => candidate === type)
  return primitive && { kind: 'primitive', type: primitive, ...(attributes && logicalOf(attributes)) }
}

function nameOf(attributes: Attributes, enclosing: string): Named {
  const name = qualified(attributes.name as string, (attributes.namespace as string | undefined) ?? enclosing)
  const namespace = namespaceOf(name)
  const aliases = ((attributes.aliases as string[] | undefined) ?? []).map(alias => qualified(alias, namespace))
  return { name, aliases, ...docOf(attributes) }
}

function docOf(attributes: Attributes): { doc?: string } {
  return typeof attributes.doc === 'string' ? { doc: attributes.doc } : {}
}

/** The namespace of a full name; empty where there is none. */
function namespaceOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')))
}

function qualified(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

function referenceTo(name: string, namespace: string, named: Map<string, AvroModel>): AvroModel {
  const model = named.get(qualified(name, namespace)) ?? named.get(name)
  if (model) return model
  throw invalid(`the type '${name}' is not defined`, 'define it before its first use')
}

function invalid(problem: string, remedy: string): TopologyError {
  return new TopologyError('SCHEMA_INCOMPATIBLE', `${problem}, in an Avro schema: ${remedy}`)
}
