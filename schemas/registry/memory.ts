import type { AvroSchema, SchemaRegistry } from '../../topology/definition/serde.ts'
import { incompatibilities } from '../compatibility.ts'
import { canonicalText } from './canonical.ts'
import { incompatible, missing, unknownId } from './refusals.ts'

/** The options of a registry in memory. */
interface MemoryRegistryOptions {
  /** Refuses to look up schemas that were not registered before, as a real registry does. Unset: a look-up registers. */
  readonly strict?: boolean
}

/**
 * A schema registry in this process, for the test driver, demos and embedded runs: nobody deploys to it, so a schema that
 * is looked up under a subject is registered there. One schema has one id, whatever its subjects; a subject takes a new
 * version only when our own comparison finds nothing.
 */
export function memoryRegistry(options: MemoryRegistryOptions = {}): SchemaRegistry {
  return new MemoryRegistry(options.strict ?? false)
}

class MemoryRegistry implements SchemaRegistry {
  readonly #strict: boolean
  readonly #schemas: { readonly text: string; readonly schema: AvroSchema }[] = []
  readonly #subjects = new Map<string, number[]>()

  constructor(strict: boolean) {
    this.#strict = strict
  }

  idOf(subject: string, schema: AvroSchema): number {
    if (!this.#strict) return this.#add(subject, schema)
    const text = canonicalText(schema)
    const id = this.#subjects.get(subject)?.find(candidate => this.#schemas[candidate - 1]!.text === text)
    if (id === undefined) throw missing(subject)
    return id
  }

  schemaOf(id: number): AvroSchema {
    const found = this.#schemas[id - 1]
    if (!found) throw unknownId(id)
    return found.schema
  }

  async register(subject: string, schema: AvroSchema): Promise<number> {
    return this.#add(subject, schema)
  }

  async compatible(subject: string, schema: AvroSchema): Promise<boolean> {
    return incompatibilities(schema, this.#versionsOf(subject)).length === 0
  }

  async versions(subject: string): Promise<readonly AvroSchema[]> {
    return this.#versionsOf(subject)
  }

  #versionsOf(subject: string): readonly AvroSchema[] {
    return (this.#subjects.get(subject) ?? []).map(id => this.#schemas[id - 1]!.schema)
  }

  #add(subject: string, schema: AvroSchema): number {
    const text = canonicalText(schema)
    const known = this.#schemas.findIndex(candidate => candidate.text === text) + 1
    const ids = this.#subjects.get(subject) ?? []
    if (ids.includes(known)) return known
    const problems = incompatibilities(schema, this.#versionsOf(subject))
    if (problems.length > 0) throw incompatible(subject, problems)
    const id = known > 0 ? known : this.#schemas.push({ text, schema })
    this.#subjects.set(subject, [...ids, id])
    return id
  }
}
