import type { Broker } from '../../topology/broker/port.ts'
import type { Clock } from '../../topology/definition/clock.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'

/**
 * Waits until every group of a topology has committed everything there is to read, twice in a row: a pipeline at rest.
 * False when that did not happen within the limit. Units: ms.
 */
export async function waitForRest(
  graph: TopologyGraph,
  broker: Broker,
  clock: Clock,
  limitMs: number,
): Promise<boolean> {
  const end = clock.now() + limitMs
  for (let calm = 0; calm < 2; ) {
    if (clock.now() > end) return false
    calm = (await lagOf(graph, broker)) === 0 ? calm + 1 : 0
    await clock.sleep(250)
  }
  return true
}

/** Offsets between what the groups of a topology have committed and the ends of their inputs, in all. */
export async function lagOf(graph: TopologyGraph, broker: Broker): Promise<number> {
  let lag = 0
  for (const sub of graph.subtopologies) {
    const specs = await broker.admin.describeTopics([...sub.inputs])
    const at = specs.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
    )
    const ends = await broker.admin.listOffsets(at, 'latest')
    const offsets = await broker.admin.committedOffsets(sub.group, at)
    for (const [index, end] of ends.entries()) lag += Math.max(0, end - (offsets[index]?.offset ?? 0))
  }
  return lag
}
