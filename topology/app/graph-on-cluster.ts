import type { BrokerAdmin } from '../broker/port.ts'
import type { TopologyDefinition } from '../definition/definition.ts'
import { buildGraph, type TopologyGraph } from '../definition/graph.ts'
import { hasPatterns, resolvePatterns } from '../definition/topic-patterns.ts'

/** The graph of a topology, with the topics of the cluster that its patterns match. Errors: as `buildGraph`; RetriableError. */
export async function graphOnCluster(definition: TopologyDefinition, admin: BrokerAdmin): Promise<TopologyGraph> {
  if (!hasPatterns(definition)) return buildGraph(definition)
  const names = (await admin.describeTopics()).map(({ name }) => name)
  return buildGraph(resolvePatterns(definition, names))
}
