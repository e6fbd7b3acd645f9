import { canonicalText } from '../../schemas/registry/canonical.ts'
import type { TopologyGraph } from '../definition/graph.ts'
import type { AvroSchema, SchemaRegistry } from '../definition/serde.ts'
import { bindEach } from './codecs.ts'

/** A schema under its subject. Shape: `{ subject: 'trading.signals-value', schema: {…}, keyOfState: false }`. */
interface SubjectSchema {
  readonly subject: string
  readonly schema: AvroSchema
  /** True for the keys of a store's changelog. */
  readonly keyOfState: boolean
}

/**
 * The schemas of a topology: all that its serdes look up when they are bound, in topics, repartition topics and changelogs alike,
 * within composite keys and values too. They are found by binding every serde to a registry that notes what it is asked.
 */
export async function schemasOf(graph: TopologyGraph): Promise<readonly SubjectSchema[]> {
  const found = new Map<string, SubjectSchema>()
  await bindEach(graph, (serde, binding) => {
    const keyOfState = binding.ofState === true && binding.part === 'key'
    const note = (subject: string, schema: AvroSchema) => {
      const known = `${subject}\n${canonicalText(schema)}`
      if (!found.has(known)) found.set(known, { subject, schema, keyOfState })
    }
    return serde.bind({ ...binding, registry: notingRegistry(note) })
  })
  return [...found.values()]
}

/** A registry that has every schema it is asked for, and notes it. */
function notingRegistry(note: (subject: string, schema: AvroSchema) => void): SchemaRegistry {
  const schemas: AvroSchema[] = []
  const noted = (subject: string, schema: AvroSchema) => {
    note(subject, schema)
    return schemas.push(schema)
  }
  return {
    idOf: noted,
    schemaOf: id => schemas[id - 1] ?? 'null',
    register: async (subject, schema) => noted(subject, schema),
    compatible: async () => true,
    versions: async () => [],
  }
}

/** Registers them all. Errors: TopologyError SCHEMA_INCOMPATIBLE; RetriableError REGISTRY_UNAVAILABLE. */
export async function registerSchemas(graph: TopologyGraph, registry: SchemaRegistry): Promise<void> {
  for (const { subject, schema } of await schemasOf(graph)) await registry.register(subject, schema)
}
