import type { BrokerAdmin } from '../../topology/broker/port.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { chooseProcessors } from '../../topology/definition/processor-choice.ts'

/** The inputs that a command is about; all that is not named. */
export interface Choice {
  readonly processor?: string
  readonly topic?: string
  readonly partition?: number
}

/** The place of a group in one partition. `committed` is undefined before its first commit. Units: offsets. */
export interface GroupPlace {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** The first offset that the topic still has. */
  readonly first: number
  readonly committed: number | undefined
  /** The end for readers of committed records. */
  readonly end: number
  /** The engine keeps it with the offset: stream time. */
  readonly metadata: string
}

/** A move of a group in one partition. */
export interface OffsetMove {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly from: number | undefined
  readonly to: number
}

/**
 * The places of the groups in their inputs, by group, topic and partition.
 * Errors: TopologyError TOPOLOGY_INVALID for a processor, a topic or a partition that there is not, with those there are.
 */
export async function groupOffsets(
  graph: TopologyGraph,
  admin: BrokerAdmin,
  { processor, topic, partition }: Choice,
): Promise<readonly GroupPlace[]> {
  const chosen = processor === undefined ? graph.subtopologies : chooseProcessors(graph, [processor])
  const places: GroupPlace[] = []
  for (const { group, inputs } of chosen) {
    const topics = await admin.describeTopics(inputs.filter(input => topic === undefined || input === topic))
    const at = topics
      .flatMap(({ name, partitions }) =>
        Array.from({ length: partitions }, (_, index) => ({ topic: name, partition: index })),
      )
      .filter(place => partition === undefined || place.partition === partition)
    if (at.length === 0) continue
    const [firsts, ends, committed] = await Promise.all([
      admin.listOffsets(at, 'earliest'),
      admin.listOffsets(at, 'committed'),
      admin.committedOffsets(group, at),
    ])
    for (const [index, place] of at.entries())
      places.push({
        group,
        ...place,
        first: firsts[index]!,
        committed: committed[index]?.offset,
        end: ends[index]!,
        metadata: committed[index]?.metadata ?? '',
      })
  }
  if (places.length === 0)
    throw nothingChosen(
      chosen.flatMap(({ inputs }) => inputs),
      { topic, partition },
    )
  return places
}

function nothingChosen(
  inputs: readonly string[],
  { topic, partition }: { readonly topic: string | undefined; readonly partition: number | undefined },
): TopologyError {
  const what = [topic && `topic '${topic}'`, partition !== undefined && `partition ${partition}`]
    .filter(Boolean)
    .join(', ')
  return new TopologyError(
    'TOPOLOGY_INVALID',
    `no input on the cluster has ${what || 'a partition'}: the inputs are ${[...new Set(inputs)].join(', ')}; 'millrace topics apply' makes those that are missing`,
  )
}
