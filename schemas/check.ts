import type { AvroSchema, SchemaRegistry } from '../topology/definition/serde.ts'
import { writeAlike } from './avro/write-alike.ts'
import { incompatibilities, problemText } from './compatibility.ts'

/** A schema that is to be registered under a subject, and the file it was read from where there is one. */
export interface SchemaCandidate {
  readonly subject: string
  readonly schema: AvroSchema
  readonly file?: string
  /** True for the schema of a store's key: rows are found by its bytes, so that these may never change. */
  readonly keyOfState?: boolean
  /** Reasons why it cannot be taken as it is, whatever is registered. */
  readonly problems?: readonly string[]
}

/** The findings of a check for one subject. */
export interface SchemaVerdict {
  readonly subject: string
  readonly file?: string
  /** Number of versions that the subject has. */
  readonly versions: number
  /** One line each, problem and remedy; empty: the schema may be registered. */
  readonly problems: readonly string[]
}

/**
 * Checks whether a schema may follow what is registered: by our own comparison, which names fields and looks at logical types, and
 * by asking the registry itself.
 *
 * Errors: RetriableError REGISTRY_UNAVAILABLE.
 */
export async function checkSchema(candidate: SchemaCandidate, registry: SchemaRegistry): Promise<SchemaVerdict> {
  const { subject, schema, file } = candidate
  const versions = await registry.versions(subject)
  const problems = incompatibilities(schema, versions).map(problemText)
  if (!(await registry.compatible(subject, schema)) && problems.length === 0) {
    problems.push("the registry refuses it, though fields and types fit: see the subject's compatibility level there")
  }
  if (candidate.keyOfState && !versions.every(version => writeAlike(version, schema)))
    problems.push(
      "the schema is that of a store's key and writes other bytes than an older version: rows under old keys would not be found, so give the store a new name, or take the change back",
    )
  return {
    subject,
    ...(file !== undefined && { file }),
    versions: versions.length,
    problems: [...problems, ...(candidate.problems ?? [])],
  }
}
