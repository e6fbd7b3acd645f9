import {
  type Broker,
  type CommittedOffset,
  type GroupDescription,
  partitionKey,
  type TopicPartition,
} from '../../topology/broker/port.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { changelogTopic } from '../../topology/definition/naming.ts'
import { readCommittedAt } from '../../topology/runtime/task-inputs.ts'

/** The state of a topology's topics and groups at one moment, read in a few requests whatever their number. */
export interface ClusterReading {
  /** Partitions of the topics that exist, by name. */
  readonly partitions: ReadonlyMap<string, number>
  /** High watermarks of the topics, and the ends for a read_committed reader of the changelogs, by `partitionKey`. */
  readonly ends: ReadonlyMap<string, number>
  /** Committed offsets by group, then by `partitionKey`. */
  readonly committed: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** When the last commit of an input was, by group, then by `partitionKey`, as its worker's clock had it. Units: ms since the epoch. */
  readonly committedAt: ReadonlyMap<string, ReadonlyMap<string, number>>
  readonly groups: ReadonlyMap<string, GroupDescription>
}

/** Reads them. `known`: partitions of the topics, from a reading before. Errors: RetriableError BROKER_UNAVAILABLE. */
export async function readCluster(
  { definition, topics, subtopologies }: TopologyGraph,
  { admin }: Broker,
  known?: ReadonlyMap<string, number>,
): Promise<ClusterReading> {
  const changelogs = subtopologies.flatMap(sub => sub.stores.map(({ name }) => changelogTopic(definition.name, name)))
  const partitions = known ?? (await partitionCounts(admin, [...topics.keys(), ...changelogs]))
  const placesOf = (names: readonly string[]) =>
    names.flatMap(topic =>
      Array.from({ length: partitions.get(topic) ?? 0 }, (_, partition): TopicPartition => ({ topic, partition })),
    )
  const [ends, tails, groups, committed] = await Promise.all([
    byPlace(placesOf([...topics.keys()]), places => admin.listOffsets(places, 'latest')),
    byPlace(placesOf(changelogs), places => admin.listOffsets(places, 'committed')),
    admin.describeGroups(subtopologies.map(({ group }) => group)),
    Promise.all(
      subtopologies.map(({ group, inputs }) =>
        byPlace(placesOf(inputs), places => admin.committedOffsets(group, places)),
      ),
    ),
  ])
  const byGroup = (value: (found: CommittedOffset) => number | undefined) =>
    new Map(subtopologies.map(({ group }, index) => [group, valuesOf(committed[index]!, value)]))
  return {
    partitions,
    ends: new Map([...ends, ...tails]),
    committed: byGroup(found => found.offset),
    committedAt: byGroup(found => readCommittedAt(found.metadata)),
    groups: new Map(groups.map(group => [group.group, group])),
  }
}

async function partitionCounts(admin: Broker['admin'], names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  return new Map((await admin.describeTopics(names)).map(({ name, partitions }) => [name, partitions]))
}

/** The value of each place, where there is one. */
function valuesOf<A>(
  found: ReadonlyMap<string, A>,
  value: (one: A) => number | undefined,
): ReadonlyMap<string, number> {
  return new Map(
    [...found].flatMap(([key, one]) => {
      const known = value(one)
      return known === undefined ? [] : [[key, known] as const]
    }),
  )
}

/** The answers for the places by `partitionKey`; those without one are left out. */
async function byPlace<A>(
  places: readonly TopicPartition[],
  ask: (places: readonly TopicPartition[]) => Promise<readonly (A | undefined)[]>,
): Promise<ReadonlyMap<string, A>> {
  const answers = places.length === 0 ? [] : await ask(places)
  return new Map(
    places.flatMap(({ topic, partition }, index) => {
      const answer = answers[index]
      return answer === undefined ? [] : [[partitionKey(topic, partition), answer] as const]
    }),
  )
}
