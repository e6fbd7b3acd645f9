import type { BranchShape } from './matching.ts'
import type { AvroModel } from './model.ts'

/** The name that a union gives a branch: of a named type its full name, else its type. Shape: `'acme.Order'`, `'long'`. */
export function branchName(model: AvroModel): string {
  if (model.kind === 'primitive') return model.type
  return 'name' in model ? model.name : model.kind
}

/** A model as it is matched with a writer's. */
export function branchShape(model: AvroModel): BranchShape {
  if (model.kind === 'primitive') return { shape: model.type }
  return 'name' in model ? { shape: model.kind, name: model.name, aliases: model.aliases } : { shape: model.kind }
}

/** The JavaScript type of a model's values. Null is never wrapped: it is bare in every union. */
export type ValueKind = 'null' | 'boolean' | 'number' | 'bigint' | 'string' | 'bytes' | 'array' | 'object'

/** See `ValueKind`. Undefined for a union, which cannot be a branch of a union. */
export function valueKind(model: AvroModel): ValueKind | undefined {
  const logical = 'logical' in model ? model.logical?.type : undefined
  switch (model.kind) {
    case 'union':
      return undefined
    case 'array':
      return 'array'
    case 'map':
    case 'record':
      return 'object'
    case 'enum':
      return 'string'
    case 'fixed':
      return logical === 'decimal' ? 'bigint' : logical === 'uuid' ? 'string' : 'bytes'
  }
  if (logical === 'decimal') return 'bigint'
  if (model.type === 'long') return logical !== undefined && isMillis(logical) ? 'number' : 'bigint'
  return model.type === 'int' || model.type === 'float' || model.type === 'double' ? 'number' : model.type
}

/**
 * Whether values of a union are put in an object that names their branch: they are when two branches have values of one
 * JavaScript type. Shape: of `['null', 'acme.Placed', 'acme.Cancelled']` a value is `{ 'acme.Placed': { ... } }`, or null.
 */
export function isWrapped(branches: readonly AvroModel[]): boolean {
  return new Set(branches.map(valueKind)).size < branches.length
}

/** Whether a logical type is one of milliseconds, which are numbers here though Avro has them as longs. */
export function isMillis(logical: string): boolean {
  return logical === 'timestamp-millis' || logical === 'local-timestamp-millis'
}
