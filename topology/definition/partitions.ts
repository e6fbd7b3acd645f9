import type { TopologyDefinition } from './definition.ts'
import { type GraphPart, inputTopics } from './subtopology.ts'

/** The topics of a sub-topology whose partition counts hang together. */
interface TopicFlow {
  /** Topics that its tasks read together. */
  readonly inputs: readonly string[]
  /** Repartition topics that it writes. */
  readonly repartitions: readonly string[]
}

/**
 * Adds to the known partition counts those that topics inherit. The first of these that gives a count is the rule for a topic
 * without one:
 *
 * 1. the highest known count among the topics that it is read with, if it `mayInherit` from them;
 * 2. for a repartition topic, the highest among its writer's inputs; repartition topics that are read together take the
 *    highest of all their writers'.
 *
 * A topic that no rule reaches stays absent. The order of topics and sub-topologies makes no difference.
 */
export function inheritCounts(
  flows: readonly TopicFlow[],
  known: ReadonlyMap<string, number>,
  mayInherit: (topic: string) => boolean,
): Map<string, number> {
  const counts = new Map(known)
  while (fromCoReaders(flows, counts, mayInherit) || fromWriters(flows, counts));
  return counts
}

/** The number of tasks that the counts make: the highest among the inputs; undefined where none is known. */
export function widthOf({ inputs }: TopicFlow, counts: ReadonlyMap<string, number>): number | undefined {
  const known = inputs.flatMap(topic => counts.get(topic) ?? [])
  return known.length === 0 ? undefined : Math.max(...known)
}

/** Partition counts that a definition tells: those declared, and those that its repartition topics inherit from them. */
export function partitionCounts(
  definition: TopologyDefinition,
  parts: readonly GraphPart[],
): ReadonlyMap<string, number> {
  const flows = parts.map(flowOf)
  const declared = new Map<string, number>()
  for (const { name, partitions } of definition.topics)
    if (partitions !== undefined && !declared.has(name)) declared.set(name, partitions)
  const repartitions = new Set(flows.flatMap(flow => flow.repartitions))
  return inheritCounts(flows, declared, topic => repartitions.has(topic))
}

/** The topics of a part of the graph. */
export function flowOf(part: GraphPart): TopicFlow {
  return {
    inputs: part.entries.flatMap(inputTopics),
    repartitions: part.nodes.flatMap(node => (node.kind === 'repartition' ? [node.topic] : [])),
  }
}

/** True when a topic took a count. */
function fromCoReaders(
  flows: readonly TopicFlow[],
  counts: Map<string, number>,
  mayInherit: (topic: string) => boolean,
): boolean {
  return flows.some(flow => {
    const open = flow.inputs.filter(topic => !counts.has(topic) && mayInherit(topic))
    const width = widthOf(flow, counts)
    if (width === undefined || open.length === 0) return false
    for (const topic of open) counts.set(topic, width)
    return true
  })
}

/** True when topics took a count. Those whose writers are all known go first: others may become known by them. */
function fromWriters(flows: readonly TopicFlow[], counts: Map<string, number>): boolean {
  const widths = new Map(flows.flatMap(flow => flow.repartitions.map(topic => [topic, widthOf(flow, counts)] as const)))
  const readTogether = flows.map(flow => flow.inputs.filter(topic => widths.has(topic) && !counts.has(topic)))
  const known = (topic: string) => widths.get(topic) !== undefined
  const topics =
    readTogether.find(open => open.length > 0 && open.every(known)) ?? readTogether.find(open => open.some(known))
  if (topics === undefined) return false
  const width = Math.max(...topics.flatMap(topic => widths.get(topic) ?? []))
  for (const topic of topics) counts.set(topic, width)
  return true
}
