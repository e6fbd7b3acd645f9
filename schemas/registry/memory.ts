import type { AvroSchema, SchemaRegistry } from '../../topology/definition/serde.ts'
import { incompatibilities } from '../compatibility.ts'
import { canonicalText } from './canonical.ts'
import { incompatible, missing, unknownId } from './refusals.ts'

/** How a registry in memory behaves. */
export interface MemoryRegistryOptions {
  /** Registers what is looked up under a subject: for the test driver and demos, where nothing is deployed. Unset: no. */
  readonly registerOnLookup?: boolean
}

/**
 * A schema registry in this process. One schema has one id, whatever its subjects; a subject takes a new version only when
 * our own comparison finds nothing.
 */
export function memoryRegistry(options: MemoryRegistryOptions = {}): SchemaRegistry {
  const schemas: { text: string; schema: AvroSchema }[] = []
  const subjects = new Map<string, number[]>()

  const versionsOf = (subject: string) => (subjects.get(subject) ?? []).map(id => schemas[id - 1]!.schema)

  const add = (subject: string, schema: AvroSchema): number => {
    const text = canonicalText(schema)
    const known = schemas.findIndex(candidate => candidate.text === text) + 1
    const ids = subjects.get(subject) ?? []
    if (ids.includes(known)) return known
    const problems = incompatibilities(schema, versionsOf(subject))
    if (problems.length > 0) throw incompatible(subject, problems)
    const id = known > 0 ? known : schemas.push({ text, schema })
    subjects.set(subject, [...ids, id])
    return id
  }

  return {
    idOf(subject, schema) {
      if (options.registerOnLookup) return add(subject, schema)
      const text = canonicalText(schema)
      const id = subjects.get(subject)?.find(candidate => schemas[candidate - 1]!.text === text)
      if (id === undefined) throw missing(subject)
      return id
    },
    schemaOf(id) {
      const found = schemas[id - 1]
      if (!found) throw unknownId(id)
      return found.schema
    },
    register: async (subject, schema) => add(subject, schema),
    compatible: async (subject, schema) => incompatibilities(schema, versionsOf(subject)).length === 0,
    versions: async subject => versionsOf(subject),
  }
}
