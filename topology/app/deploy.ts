import type { TopologyGraph } from '../definition/graph.ts'
import { registerSchemas } from '../runtime/register-schemas.ts'
import { planOnCluster } from '../runtime/topic-plan.ts'
import type { Parts } from './connections.ts'

/**
 * Does the work of a deploy before workers start: creates the declared topics that are missing and registers the schemas.
 * Errors: TopologyError SCHEMA_INCOMPATIBLE, COPARTITION_MISMATCH; RetriableError.
 */
export async function deploy(
  graph: TopologyGraph,
  { broker, registry }: Pick<Parts, 'broker' | 'registry'>,
): Promise<void> {
  const { plan, existing } = await planOnCluster(graph, broker.admin)
  await broker.admin.createTopics(plan.declared.filter(topic => !existing.has(topic.name)))
  await registerSchemas(graph, registry)
}
