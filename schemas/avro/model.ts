import { TopologyError } from '../../topology/definition/errors.ts'
import type { AvroSchema } from '../../topology/definition/serde.ts'
import { exactJsonText } from '../exact-json.ts'
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

/** The definition of a named type, and the namespace around it. `open`: its fields are still being read. */
interface Definition {
  readonly attributes: Attributes
  readonly enclosing: string
  open: boolean
}

const definitions = new WeakMap<AvroModel, Definition>()

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
      const definition = { attributes, enclosing: namespace, open: false }
      return remember(named, { kind: 'enum', ...nameOf(attributes, namespace), symbols, ...fallback }, definition)
    }
    case 'fixed': {
      const size = attributes.size as number
      const fixed = { kind: 'fixed' as const, ...nameOf(attributes, namespace), size, ...logicalOf(attributes) }
      return remember(named, fixed, { attributes, enclosing: namespace, open: false })
    }
    case 'array':
      return { kind: 'array', items: build(attributes.items, namespace, named) }
    case 'map':
      return { kind: 'map', values: build(attributes.values, namespace, named) }
  }
  if (typeof attributes.type !== 'string')
    throw invalid("a type is within an object that has nothing but 'type'", 'write the inner type alone')
  return primitiveOf(attributes.type, attributes) ?? referenceTo(attributes.type, namespace, named)
}

function recordOf(attributes: Attributes, namespace: string, named: Map<string, AvroModel>): AvroRecord {
  const fields: AvroField[] = []
  const definition = { attributes, enclosing: namespace, open: true }
  const made = { kind: 'record' as const, ...nameOf(attributes, namespace), fields }
  const record = remember(named, made, definition)
  if (record !== made) return record
  const inner = namespaceOf(record.name)
  for (const field of attributes.fields as Attributes[]) {
    fields.push({
      name: field.name as string,
      aliases: aliasesOf(field),
      ...docOf(field),
      type: build(field.type, inner, named),
      ...(field.default !== undefined && { default: field.default }),
    })
  }
  definition.open = false
  return record
}

/** Keeps a named type. One that is defined again in the same words is the one that is known, as in Avro's Java implementation. */
function remember<M extends AvroRecord | AvroEnum | AvroFixed>(
  named: Map<string, AvroModel>,
  model: M,
  definition: Definition,
): M {
  const known = named.get(model.name)
  if (known !== undefined) {
    const first = definitions.get(known)
    if (known.kind === model.kind && first && !first.open && sameWords(first, definition)) return known as M
    throw invalid(`the type '${model.name}' is defined twice`, 'define it once and then name it')
  }
  named.set(model.name, model)
  definitions.set(model, definition)
  return model
}

function sameWords(one: Definition, other: Definition): boolean {
  return one.enclosing === other.enclosing && exactJsonText(one.attributes) === exactJsonText(other.attributes)
}

function primitiveOf(type: string, attributes: Attributes | undefined): AvroModel | undefined {
  const primitive = primitives.find(candidate => candidate === type)
  return primitive && { kind: 'primitive', type: primitive, ...(attributes && logicalOf(attributes)) }
}

function nameOf(attributes: Attributes, enclosing: string): Named {
  const name = qualified(attributes.name as string, (attributes.namespace as string | undefined) ?? enclosing)
  const namespace = namespaceOf(name)
  const aliases = aliasesOf(attributes).map(alias => qualified(alias, namespace))
  return { name, aliases, ...docOf(attributes) }
}

function aliasesOf({ aliases = [] }: Attributes): readonly string[] {
  if (Array.isArray(aliases)) return aliases
  throw invalid('aliases are no list', "write them as ['old_name']")
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
  const model = named.get(qualified(name, namespace))
  if (model) return model
  const outside = named.get(name)
  if (outside && !definitions.get(outside)?.open) return outside
  if (outside)
    throw invalid(
      `the type '${name}' has no namespace, and is named within itself in namespace '${namespace}'`,
      'give it a namespace',
    )
  throw invalid(`the type '${name}' is not defined`, 'define it before its first use')
}

function invalid(problem: string, remedy: string): TopologyError {
  return new TopologyError('SCHEMA_INCOMPATIBLE', `${problem}, in an Avro schema: ${remedy}`)
}
