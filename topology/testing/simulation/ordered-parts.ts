import type { Subtopology, TopologyGraph } from '../../definition/graph.ts'

/**
 * The sub-topologies whose results follow from their input alone: each task reads one topic, which is fed from outside or
 * written by one task. Kafka gives no order between the records of several topics or of several writers of a partition, so
 * the results of the others may depend on how those interleave.
 *
 * `fed` are the topics that the run is fed; `partitions` the partition counts, by topic.
 */
export function orderedParts(
  graph: TopologyGraph,
  fed: ReadonlySet<string>,
  partitions: ReadonlyMap<string, number>,
): ReadonlySet<string> {
  const ordered = new Set<string>()
  const writersOf = (topic: string) =>
    graph.subtopologies.filter(({ sinks }) =>
      sinks.some(sink => sink.topic === topic || typeof sink.topic !== 'string'),
    )
  const readsOneOrder = ({ inputs, nodes }: Subtopology) => {
    const [topic, further] = inputs
    if (topic === undefined || further !== undefined) return false
    if (nodes.some(node => node.kind === 'process' && (node.globals ?? []).length > 0)) return false
    const writers = writersOf(topic)
    if (fed.has(topic)) return writers.length === 0
    const [writer, another] = writers
    if (writer === undefined || another !== undefined) return false
    return ordered.has(writer.name) && tasksOf(writer, partitions) === 1
  }
  for (let before = -1; before < ordered.size; ) {
    before = ordered.size
    for (const part of graph.subtopologies) if (readsOneOrder(part)) ordered.add(part.name)
  }
  return ordered
}

function tasksOf({ inputs }: Subtopology, partitions: ReadonlyMap<string, number>): number {
  return Math.max(0, ...inputs.map(topic => partitions.get(topic) ?? 0))
}
