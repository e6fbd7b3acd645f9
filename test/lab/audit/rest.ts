import type { Broker } from '../../../topology/broker/port.ts'
import type { Clock } from '../../../topology/definition/clock.ts'
import type { TopologyGraph } from '../../../topology/definition/graph.ts'

/**
 * Waits until every group of a topology has committed everything there is to read, and nothing was written since: then the
 * pipeline is at rest. Groups are looked at one after another, so a record may move on in between; it shows in the ends of the
 * next one. False when that did not happen within the limit. Units: ms.
 */
export async function waitForRest(
  graph: TopologyGraph,
  broker: Broker,
  clock: Clock,
  limitMs: number,
): Promise<boolean> {
  const limit = clock.now() + limitMs
  for (let before = -1; clock.now() < limit; await clock.sleep(250)) {
    const { lag, end } = await progressOf(graph, broker)
    if (lag === 0 && end === before) return true
    before = lag === 0 ? end : -1
  }
  return false
}

/** Offsets between what the groups of a topology have committed and the ends of their inputs, in all. */
export async function lagOf(graph: TopologyGraph, broker: Broker): Promise<number> {
  return (await progressOf(graph, broker)).lag
}

/** Lag in all, and the sum of the ends. */
async function progressOf(
  graph: TopologyGraph,
  broker: Broker,
): Promise<{ readonly lag: number; readonly end: number }> {
  let lag = 0
  let total = 0
  for (const sub of graph.subtopologies) {
    const specs = await broker.admin.describeTopics([...sub.inputs])
    const at = specs.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
    )
    const ends = await broker.admin.listOffsets(at, 'latest')
    const offsets = await broker.admin.committedOffsets(sub.group, at)
    for (const [index, end] of ends.entries()) {
      lag += Math.max(0, end - (offsets[index]?.offset ?? 0))
      total += end
    }
  }
  return { lag, end: total }
}
