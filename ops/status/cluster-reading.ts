import { type Broker, type GroupDescription, partitionKey, type TopicPartition } from '../../topology/broker/port.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { changelogTopic } from '../../topology/definition/naming.ts'

/** The state of a topology's topics and groups at one moment, read in a few requests whatever their number. */
export interface ClusterReading {
  /** Partitions of the topics that exist, by name. */
  readonly partitions: ReadonlyMap<string, number>
  /** High watermarks of the topics, and the ends for a read_committed reader of the changelogs, by `partitionKey`. */
  readonly ends: ReadonlyMap<string, number>
  /** Committed offsets by group, then by `partitionKey`. */
  readonly committed: ReadonlyMap<string, ReadonlyMap<string, number>>
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
        byPlace(placesOf(inputs), async places =>
          (await admin.committedOffsets(group, places)).map(found => found?.offset),
        ),
      ),
    ),
  ])
  return {
    partitions,
    ends: new Map([...ends, ...tails]),
    committed: new Map(subtopologies.map(({ group }, index) => [group, committed[index]!])),
    groups: new Map(groups.map(group => [group.group, group])),
  }
}

async function partitionCounts(admin: Broker['admin'], names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  return new Map((await admin.describeTopics(names)).map(({ name, partitions }) => [name, partitions]))
}

/** The answers for the places by `partitionKey`; those without one are left out. */
async function byPlace(
  places: readonly TopicPartition[],
  ask: (places: readonly TopicPartition[]) => Promise<readonly (number | undefined)[]>,
): Promise<ReadonlyMap<string, number>> {
  const answers = places.length === 0 ? [] : await ask(places)
  return new Map(
    places.flatMap(({ topic, partition }, index) => {
      const answer = answers[index]
      return answer === undefined ? [] : [[partitionKey(topic, partition), answer] as const]
    }),
  )
}
