import type { TaskCheckpoint } from '../../store/queries.ts'
import { type GroupDescription, type GroupMemberDescription, partitionKey } from '../../topology/broker/port.ts'
import type { Subtopology, TopologyGraph } from '../../topology/definition/graph.ts'
import { changelogTopic, deadLetterTopic } from '../../topology/definition/naming.ts'
import { readAssignment, readMemberState } from '../../topology/runtime/assignment.ts'
import type { ClusterReading } from './cluster-reading.ts'

/** A task's state in the cluster and the database, whichever worker runs it. */
export interface TaskLine {
  readonly task: string
  /** `ok`, or what is not: see `stateOf`. */
  readonly state: TaskState
  /** Host, process and thread that run it. Shape: `'host-7 pid 4711 thread 0'`. Null: nobody runs it. */
  readonly owner: string | null
  /** Its member of the consumer group, and the address it comes from. */
  readonly member: string | null
  readonly address: string | null
  /** Committed offsets of its inputs, by `topic/partition`; null where there is none. */
  readonly positions: Readonly<Record<string, number | null>>
  /** Records that its group has not processed. */
  readonly lag: number
  /** When its tables were last written. Units: ms since the epoch; null: never. */
  readonly lastCommitAt: number | null
  /** Changelog offsets that its tables lack. */
  readonly unapplied: number
  /** Open dead letters of its inputs. */
  readonly deadLetters: number
}

/** The states of a task, the worst first. */
type TaskState = 'wrong schema' | 'nobody runs this' | 'rebalancing' | 'restoring' | 'lagging' | 'ok'

/** The facts about all tasks, which are read once. */
export interface StatusSource {
  readonly graph: TopologyGraph
  readonly cluster: ClusterReading
  readonly checkpoints: readonly TaskCheckpoint[]
  /** The database has no checkpoint of the application in this schema, and has some in another one. */
  readonly wrongSchema: boolean
  /** Open dead letters of a partition of a dead-letter topic. */
  dead(topic: string, partition: number): number
}

/** The lines of a sub-topology's tasks. */
export function taskLines(sub: Subtopology, source: StatusSource): readonly TaskLine[] {
  const { partitions, groups } = source.cluster
  const tasks = Math.max(0, ...sub.inputs.map(topic => partitions.get(topic) ?? 0))
  return Array.from({ length: tasks }, (_, partition) => taskLine(sub, partition, groups.get(sub.group)!, source))
}

function taskLine(
  sub: Subtopology,
  partition: number,
  group: GroupDescription,
  { graph, cluster, checkpoints, wrongSchema, dead }: StatusSource,
): TaskLine {
  const inputs = sub.inputs.map(topic => partitionKey(topic, partition))
  const offsets = cluster.committed.get(sub.group)!
  const own = checkpoints.filter(
    one => one.partition === partition && sub.stores.some(({ name }) => name === one.store),
  )
  const lag = inputs.reduce((sum, key) => sum + Math.max(0, (cluster.ends.get(key) ?? 0) - (offsets.get(key) ?? 0)), 0)
  const unapplied = sub.stores.reduce((sum, { name }) => {
    const offset = own.find(one => one.store === name)?.offset
    const tail = cluster.ends.get(partitionKey(changelogTopic(graph.definition.name, name), partition)) ?? 0
    return sum + (offset === undefined ? 0 : Math.max(0, tail - offset - 1))
  }, 0)
  const written = Math.max(0, ...own.map(one => (one.offset === undefined ? 0 : one.writtenAt)))
  const owner = ownerOf(group, partition)
  const facts = { wrongSchema: wrongSchema && sub.stores.length > 0, owned: owner !== undefined }
  return {
    task: `${sub.name}_${partition}`,
    state: stateOf({ ...facts, group: group.state, restoring: own.some(one => one.restoring), lag }),
    owner: owner === undefined ? null : readMemberState(owner.userData).owner || owner.clientId,
    member: owner?.memberId ?? null,
    address: owner?.clientHost.replace(/^\//, '') ?? null,
    positions: Object.fromEntries(inputs.map(key => [key, offsets.get(key) ?? null])),
    lag,
    lastCommitAt: written === 0 ? null : written,
    unapplied,
    deadLetters: sub.inputs.reduce((sum, topic) => sum + dead(deadLetterTopic(topic), partition), 0),
  }
}

function ownerOf({ members }: GroupDescription, partition: number): GroupMemberDescription | undefined {
  return members.find(({ assignment }) => assignment.startsWith('[') && readAssignment(assignment).includes(partition))
}

function stateOf(facts: {
  readonly wrongSchema: boolean
  readonly owned: boolean
  readonly group: string
  readonly restoring: boolean
  readonly lag: number
}): TaskState {
  if (facts.wrongSchema) return 'wrong schema'
  if (facts.group === 'PreparingRebalance' || facts.group === 'CompletingRebalance') return 'rebalancing'
  if (!facts.owned) return 'nobody runs this'
  if (facts.restoring) return 'restoring'
  return facts.lag > 0 ? 'lagging' : 'ok'
}
