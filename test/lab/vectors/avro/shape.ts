import type { AvroPrimitive } from '../../../../schemas/avro/model.ts'

/** A schema as it is made and changed here: named types are objects, and names are full names. */
export type Shape =
  | { readonly kind: 'primitive'; readonly type: AvroPrimitive; readonly logical?: object }
  | { readonly kind: 'array'; readonly items: Shape }
  | { readonly kind: 'map'; readonly values: Shape }
  | { readonly kind: 'union'; readonly branches: readonly Shape[] }
  | RecordShape
  | EnumShape
  | FixedShape

/** The fields that all named types have. */
interface NamedShape {
  readonly name: string
  readonly aliases: readonly string[]
}

/** A record. Its fields come after it, as they may lead back to it. */
export interface RecordShape extends NamedShape {
  readonly kind: 'record'
  fields: readonly FieldShape[]
}

/** A field of a record. `default` is JSON. */
export interface FieldShape {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: Shape
  readonly default?: unknown
}

/** An enum. */
export interface EnumShape extends NamedShape {
  readonly kind: 'enum'
  readonly symbols: readonly string[]
  readonly default?: string
}

/** A fixed. */
export interface FixedShape extends NamedShape {
  readonly kind: 'fixed'
  readonly size: number
  readonly logical?: object
}

/**
 * The schema of a shape: a named type is defined where it comes first and named after that. `chance` decides how names are
 * written: whole, with the namespace apart, or without one that is around them.
 */
export function schemaOf(shape: Shape, chance: (share: number) => boolean): unknown {
  const defined = new Set<string>()

  const write = (part: Shape, around: string): unknown => {
    switch (part.kind) {
      case 'primitive':
        return part.logical ? { type: part.type, ...part.logical } : part.type
      case 'array':
        return { type: 'array', items: write(part.items, around) }
      case 'map':
        return { type: 'map', values: write(part.values, around) }
      case 'union':
        return part.branches.map(branch => write(branch, around))
    }
    const [namespace, last] = split(part.name)
    if (defined.has(part.name)) return namespace === around && chance(0.5) ? last : part.name
    defined.add(part.name)
    const head = { type: part.kind, ...nameOf(part, around), ...(part.aliases.length > 0 && { aliases: part.aliases }) }
    if (part.kind === 'enum')
      return { ...head, symbols: part.symbols, ...(part.default !== undefined && { default: part.default }) }
    if (part.kind === 'fixed') return { ...head, size: part.size, ...part.logical }
    return { ...head, fields: part.fields.map(field => ({ ...fieldOf(field), type: write(field.type, namespace) })) }
  }

  const nameOf = ({ name }: NamedShape, around: string) => {
    const [namespace, last] = split(name)
    if (namespace === around && chance(0.5)) return { name: last }
    return namespace === '' || chance(0.5) ? { name: last, namespace } : { name }
  }

  return write(shape, '')
}

function fieldOf(field: FieldShape): object {
  const { name, aliases } = field
  return {
    name,
    ...(aliases.length > 0 && { aliases }),
    ...(field.default !== undefined && { default: field.default }),
  }
}

function split(name: string): readonly [namespace: string, last: string] {
  const at = name.lastIndexOf('.')
  return at === -1 ? ['', name] : [name.slice(0, at), name.slice(at + 1)]
}

/** The name that a union gives a branch. */
export function branchOf(shape: Shape): string {
  return 'name' in shape ? shape.name : shape.kind === 'primitive' ? shape.type : shape.kind
}
