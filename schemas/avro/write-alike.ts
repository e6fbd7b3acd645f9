import type { AvroSchema } from '../../topology/definition/serde.ts'
import { branchShape } from './branches.ts'
import { branchFor, type NamedType, nameMatch } from './matching.ts'
import { type AvroField, type AvroModel, type AvroRecord, modelOf } from './model.ts'
import { avroType } from './type.ts'

/**
 * Whether both write the same bytes of the same value: documentation, defaults and aliases do not count, nor does a
 * new name that has the older one as its alias; logical types do. An `older` schema that is not valid here writes like
 * none. Errors: as `avroType`, for `own`.
 */
export function writeAlike(older: AvroSchema, own: AvroSchema): boolean {
  avroType(own)
  try {
    avroType(older)
    return alike(modelOf(older), modelOf(own), new Map())
  } catch {
    return false
  }
}

/** `seen` holds records that are being compared: a record may lead back to itself. */
function alike(older: AvroModel, own: AvroModel, seen: Map<AvroRecord, AvroRecord>): boolean {
  if (JSON.stringify(logicalOf(older)) !== JSON.stringify(logicalOf(own))) return false
  if ('name' in older && nameMatch(older, own as NamedType) === 'none') return false
  switch (older.kind) {
    case 'primitive':
      return own.kind === 'primitive' && own.type === older.type
    case 'array':
      return own.kind === 'array' && alike(older.items, own.items, seen)
    case 'map':
      return own.kind === 'map' && alike(older.values, own.values, seen)
    case 'fixed':
      return own.kind === 'fixed' && own.size === older.size
    case 'enum':
      return own.kind === 'enum' && String(own.symbols) === String(older.symbols)
    case 'union':
      return own.kind === 'union' && sameBranches(older.branches, own.branches, seen)
    case 'record': {
      if (own.kind !== 'record') return false
      if (seen.get(older) === own) return true
      seen.set(older, own)
      return sameFields(older.fields, own.fields, seen)
    }
  }
}

function sameBranches(older: readonly AvroModel[], own: readonly AvroModel[], seen: Map<AvroRecord, AvroRecord>) {
  const shapes = own.map(branchShape)
  return (
    older.length === own.length &&
    older.every((branch, index) => branchFor(branchShape(branch), shapes) === index && alike(branch, own[index]!, seen))
  )
}

function sameFields(older: readonly AvroField[], own: readonly AvroField[], seen: Map<AvroRecord, AvroRecord>) {
  return (
    older.length === own.length &&
    older.every((field, index) => {
      const { name, aliases, type } = own[index]!
      const renamed = aliases.includes(field.name) && !has(own, field.name) && !has(older, name)
      return (name === field.name || renamed) && alike(field.type, type, seen)
    })
  )
}

function has(fields: readonly AvroField[], name: string): boolean {
  return fields.some(field => field.name === name)
}

function logicalOf(model: AvroModel): unknown {
  return 'logical' in model ? model.logical : undefined
}
