import type { FieldsSnapshot } from '../snapshot.ts'
import { listed } from './change.ts'

/** The differences between the fields of two versions of one schema, in words. */
interface FieldChange {
  /** Required fields that the new version has and the old one lacks: what was written before cannot be read. */
  readonly required: string | undefined
  /** Fields that come with a default, or go. */
  readonly others: readonly string[]
}

/** Compares the fields of a key or value. Shape of `required`: `"the required field 'note'"`. */
export function fieldChange(before: FieldsSnapshot = {}, after: FieldsSnapshot = {}): FieldChange {
  const came = Object.keys(after).filter(name => !(name in before))
  const went = Object.keys(before).filter(name => !(name in after))
  const required = came.filter(name => after[name] === 'required')
  const optional = came.filter(name => after[name] === 'default')
  return {
    required: required.length === 0 ? undefined : `the required ${fieldsWord(required)}`,
    others: [
      ...(optional.length > 0 ? [`gains the ${fieldsWord(optional)} with a default`] : []),
      ...(went.length > 0 ? [`loses the ${fieldsWord(went)}`] : []),
    ],
  }
}

function fieldsWord(names: readonly string[]): string {
  return `${names.length === 1 ? 'field' : 'fields'} ${listed(names)}`
}
