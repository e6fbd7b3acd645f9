import { checkSchema } from '../../schemas/check.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import type { SchemaRegistry } from '../../topology/definition/serde.ts'
import { schemasOf } from '../../topology/runtime/register-schemas.ts'
import { type Finding, wrong } from './finding.ts'

/** Every schema that a worker looks up: registered, and one that may follow the older versions. */
export async function checkSchemas(graph: TopologyGraph, registry: SchemaRegistry) {
  const findings: Finding[] = []
  const schemas = await schemasOf(graph)
  for (const { subject, schema, keyOfState } of schemas) {
    const { versions, problems } = await checkSchema({ subject, schema, keyOfState }, registry)
    const what = `subject '${subject}'`
    if (versions === 0) findings.push(wrong(what, 'has no schema', "run 'millrace schemas register'"))
    else if (problems.length === 0 && !(await isRegistered(registry, subject, schema)))
      findings.push(wrong(what, 'lacks the schema of this topology', "run 'millrace schemas register'"))
    for (const problem of problems)
      findings.push(wrong(what, problem, "change the schema so that it may follow: 'millrace schemas check'"))
  }
  return { said: `${schemas.length} schemas`, findings }
}

async function isRegistered(registry: SchemaRegistry, ...[subject, schema]: Parameters<SchemaRegistry['idOf']>) {
  try {
    await registry.idOf(subject, schema)
    return true
  } catch (error) {
    if (error instanceof TopologyError && error.code === 'SCHEMA_MISSING') return false
    throw error
  }
}
