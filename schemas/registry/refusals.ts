import { SerdeError, TopologyError } from '../../topology/definition/errors.ts'
import { problemText, type SchemaProblem } from '../compatibility.ts'
import type { RegistryAnswer } from './transport.ts'

/** TopologyError SCHEMA_MISSING: a serde looks for its schema under a subject that does not have it. */
export function missing(subject: string, answer: RegistryAnswer): TopologyError {
  const what = `the schema is not registered, under subject '${subject}'`
  return new TopologyError('SCHEMA_MISSING', `${what}: run 'schemas register' before the worker`, {
    context: { subject, ...codeOf(answer) },
  })
}

/** TopologyError SCHEMA_INCOMPATIBLE, with the fields where our own comparison can name them. */
export function incompatible(
  subject: string,
  problems: readonly SchemaProblem[],
  answer?: RegistryAnswer,
): TopologyError {
  const what = `the schema cannot follow the versions of subject '${subject}'`
  const why = problems.length > 0 ? problems.map(problemText).join('; ') : "see its rules with 'schemas check'"
  return new TopologyError('SCHEMA_INCOMPATIBLE', `${what}: ${why}`, { context: { subject, ...codeOf(answer) } })
}

/** TopologyError SCHEMA_INCOMPATIBLE: the registry does not take it as an Avro schema. */
export function invalidSchema(subject: string, answer: RegistryAnswer): TopologyError {
  const what = `the registry takes this for no Avro schema, under subject '${subject}'`
  return new TopologyError('SCHEMA_INCOMPATIBLE', `${what}: ${answer.body?.message ?? 'correct it'}`, {
    context: { subject, ...codeOf(answer) },
  })
}

/** The registry's own code, 40403 for instance, as it stands in the context of an error. */
function codeOf(answer: RegistryAnswer | undefined): { readonly registryCode?: number } {
  const code: unknown = answer?.body?.error_code
  return typeof code === 'number' ? { registryCode: code } : {}
}

/** SerdeError DECODE_FAILED: bytes name a schema that the registry does not have. */
export function unknownId(id: number, answer: RegistryAnswer): SerdeError {
  const what = `schema id ${id} is unknown, in the schema registry`
  return new SerdeError('DECODE_FAILED', `${what}: see what wrote the record`, {
    context: { schemaId: id, ...codeOf(answer) },
  })
}

/** SerdeError DECODE_FAILED: a version that the registry itself named is not there. */
export function unknownReference(subject: string, version: number): SerdeError {
  const what = `version ${version} of subject '${subject}' is named but not there, in the schema registry`
  return new SerdeError('DECODE_FAILED', `${what}: see who deletes versions`, { context: { subject, version } })
}
