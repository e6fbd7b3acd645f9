import type { TopologyDefinition } from './definition.ts'
import { type GraphPart, inputTopics } from './subtopology.ts'

/**
 * Declared partition counts by topic. A repartition topic without one takes the count of the topics it is joined with, else
 * that of the sub-topology that writes it. A topic with no known count is absent.
 */
export function partitionCounts(
  definition: TopologyDefinition,
  parts: readonly GraphPart[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const topic of definition.topics) {
    if (topic.partitions !== undefined && !counts.has(topic.name)) counts.set(topic.name, topic.partitions)
  }
  while (inheritFromReaders(parts, counts) || inheritFromWriters(parts, counts));
  return counts
}

/** The number of tasks of a part: the highest partition count among its inputs; undefined if no count is known. */
export function partCount(part: GraphPart, counts: ReadonlyMap<string, number>): number | undefined {
  const known = part.entries.flatMap(inputTopics).flatMap(topic => counts.get(topic) ?? [])
  return known.length === 0 ? undefined : Math.max(...known)
}

function inheritFromReaders(parts: readonly GraphPart[], counts: Map<string, number>): boolean {
  return parts.some(part => {
    const count = partCount(part, counts)
    const repartitions = part.entries.filter(entry => entry.kind === 'repartition')
    return inherit(
      repartitions.map(entry => entry.topic),
      count,
      counts,
    )
  })
}

function inheritFromWriters(parts: readonly GraphPart[], counts: Map<string, number>): boolean {
  return parts.some(part => {
    const repartitions = part.nodes.filter(node => node.kind === 'repartition')
    return inherit(
      repartitions.map(node => node.topic),
      partCount(part, counts),
      counts,
    )
  })
}

/** True when a topic took the count. */
function inherit(topics: readonly string[], count: number | undefined, counts: Map<string, number>): boolean {
  const open = topics.filter(topic => !counts.has(topic))
  if (count === undefined || open.length === 0) return false
  for (const topic of open) counts.set(topic, count)
  return true
}
