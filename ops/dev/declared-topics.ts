import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { isInternalTopic } from '../../topology/definition/naming.ts'

/** Names of the topics that the user declares: those of repartitions are the application's own. */
export function declaredTopics({ definition, topics }: TopologyGraph): readonly string[] {
  return [...topics.keys()].filter(name => !isInternalTopic(definition.name, name))
}
