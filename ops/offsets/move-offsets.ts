import type { BrokerAdmin } from '../../topology/broker/port.ts'
import type { Subtopology, TopologyGraph } from '../../topology/definition/graph.ts'
import { chooseProcessors } from '../../topology/definition/processor-choice.ts'
import { refuseMembers } from '../command-line/refuse-members.ts'
import { type Choice, type GroupPlace, groupOffsets, type OffsetMove } from './group-offsets.ts'
import { offsetOf, type Target } from './target.ts'

/**
 * Moves the group of a processor to a target in the inputs chosen, or says what would be moved. Stream time, which is kept with an
 * offset, stays when the group moves on, and begins anew when it moves back. The broker refuses the move while a member runs.
 *
 * Errors: TopologyError CONFIG_INVALID when the group has members, or the topic lacks the offset; TOPOLOGY_INVALID as
 * `groupOffsets`. Nothing has moved then.
 */
export async function moveOffsets(
  graph: TopologyGraph,
  admin: BrokerAdmin,
  choice: Choice & { readonly processor: string },
  target: Target,
  yes: boolean,
): Promise<readonly OffsetMove[]> {
  const places = await groupOffsets(graph, admin, choice)
  const [{ name, group }] = chooseProcessors(graph, [choice.processor]) as [Subtopology]
  await refuseMembers({ name, group }, admin)
  const times =
    target.kind === 'time'
      ? await admin.listOffsets(places, { timestamp: target.timestamp })
      : places.map(() => undefined)
  const offsets = places.map((place, index) => {
    const offset = offsetOf(target, { ...place, committed: standing(graph, place) }, times[index])
    const metadata = place.committed !== undefined && offset >= place.committed ? place.metadata : ''
    return { topic: place.topic, partition: place.partition, offset, metadata }
  })
  if (yes) await admin.commitOffsets(group, offsets)
  return places.map(({ topic, partition, committed }, index) => ({
    group,
    topic,
    partition,
    from: committed,
    to: offsets[index]!.offset,
  }))
}

/** The place that a group steps from: before its first commit it is the beginning, unless the topic's `offsetReset` says otherwise. */
function standing(graph: TopologyGraph, { topic, committed, first }: GroupPlace): number | undefined {
  const reset = graph.topics.get(topic)?.offsetReset ?? 'earliest'
  return committed ?? (reset === 'earliest' ? first : undefined)
}
