import type { ParkedNote } from '../../store/contract.ts'
import type { ParkedTask, TaskCheckpoint } from '../../store/queries.ts'
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
  /** When it last committed. Units: ms since the epoch; null: never. */
  readonly lastCommitAt: number | null
  /** Changelog offsets that its tables lack. */
  readonly unapplied: number
  /** Open dead letters of its inputs. */
  readonly deadLetters: number
  /** Why it is set apart, and since when; null: it is not. */
  readonly parked: ParkedNote | null
}

/** The states of a task, the worst first. */
type TaskState = 'wrong schema' | 'nobody runs this' | 'rebalancing' | 'parked' | 'restoring' | 'lagging' | 'ok'

/** The facts about all tasks, which are read once. */
export interface StatusSource {
  readonly graph: TopologyGraph
  readonly cluster: ClusterReading
  readonly checkpoints: readonly TaskCheckpoint[]
  readonly parked: readonly ParkedTask[]
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
  { graph, cluster, checkpoints, parked, wrongSchema, dead }: StatusSource,
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
  const written = own.map(one => (one.offset === undefined ? 0 : one.writtenAt))
  // The tables do not move with a commit that changes no row, and a task without state has none.
  const committedAt = inputs.map(key => cluster.committedAt.get(sub.group)!.get(key) ?? 0)
  const lastCommitAt = Math.max(0, ...written, ...committedAt)
  const owner = ownerOf(group, partition)
  const task = `${sub.name}_${partition}`
  const process = owner === undefined ? null : readMemberState(owner.userData).owner || owner.clientId
  const apart = parked.find(note => note.task === task && note.owner === process)
  const facts = { wrongSchema: wrongSchema && sub.stores.length > 0, owned: owner !== undefined }
  return {
    task,
    state: stateOf({
      ...facts,
      group: group.state,
      parked: apart !== undefined,
      restoring: own.some(one => one.restoring),
      lag,
    }),
    owner: process,
    member: owner?.memberId ?? null,
    address: owner?.clientHost.replace(/^\//, '') ?? null,
    positions: Object.fromEntries(inputs.map(key => [key, offsets.get(key) ?? null])),
    lag,
    lastCommitAt: lastCommitAt === 0 ? null : lastCommitAt,
    unapplied,
    deadLetters: sub.inputs.reduce((sum, topic) => sum + dead(deadLetterTopic(topic), partition), 0),
    parked: apart === undefined ? null : { code: apart.code, reason: apart.reason, since: apart.since },
  }
}

function ownerOf({ members }: GroupDescription, partition: number): GroupMemberDescription | undefined {
  return members.find(({ assignment }) => assignment.startsWith('[') && readAssignment(assignment).includes(partition))
}

function stateOf(facts: {
  readonly wrongSchema: boolean
  readonly owned: boolean
  readonly group: string
  readonly parked: boolean
  readonly restoring: boolean
  readonly lag: number
}): TaskState {
  if (facts.wrongSchema) return 'wrong schema'
  if (facts.group === 'PreparingRebalance' || facts.group === 'CompletingRebalance') return 'rebalancing'
  if (!facts.owned) return 'nobody runs this'
  if (facts.parked) return 'parked'
  if (facts.restoring) return 'restoring'
  return facts.lag > 0 ? 'lagging' : 'ok'
}
