import type { GroupMemberInfo } from '../broker/port.ts'

/** Name of the assignment protocol in the group. */
export const assignmentProtocol = 'millrace-sticky-1'

/** The tasks that a member had when it joins, and the generation in which it was given them. */
interface MemberState {
  readonly tasks: readonly number[]
  readonly generation: number
  /** The process and thread of the member. Shape: `'host-7 pid 4711 thread 2'`. */
  readonly owner: string
  /** Unset: a member of a version that did not say it. */
  readonly application?: string
  /** The tasks that there are, as the member knows. Unset: a member of a version that did not say it. */
  readonly partitions?: number
  /** The database of its state, as `StateStorage.place` tells it. Unset: no state, a storage of its own, or not known. */
  readonly database?: string
  /** The fingerprint of the topology that the member runs; empty: of an older version. */
  readonly topology: string
}

/** Shape: `'{"tasks":[0,3],"generation":7}'`. */
export function writeMemberState(state: MemberState): string {
  return JSON.stringify(state)
}

/** Shape: `readAssignment('[0,3]')` gives `[0, 3]`: partitions, each a task of the sub-topology. */
export function readAssignment(assignment: string): readonly number[] {
  return assignment === '' ? [] : (JSON.parse(assignment) as number[])
}

/**
 * Assigns the tasks of one sub-topology. A task is partition n of every input, so inputs are co-partitioned by
 * construction. Balanced to within one; sticky: a member keeps its tasks as far as balance allows, and if two members claim
 * one task, the later generation wins.
 *
 * Returns the assignment of each member in wire form.
 */
export function assignTasks(members: readonly GroupMemberInfo[], partitions: number): ReadonlyMap<string, string> {
  const ids = members.map(member => member.memberId).sort()
  const given = new Map<string, number[]>(ids.map(id => [id, []]))
  const owners = previousOwners(members, partitions)
  const least = Math.floor(partitions / ids.length)
  let withOneMore = partitions % ids.length
  const left: number[] = []
  for (let task = 0; task < partitions; task++) {
    const tasks = given.get(owners.get(task) ?? '')
    if (tasks === undefined) left.push(task)
    else if (tasks.length < least) tasks.push(task)
    else if (tasks.length === least && withOneMore > 0) {
      withOneMore--
      tasks.push(task)
    } else left.push(task)
  }
  for (const task of left) {
    const poorest = ids.reduce((a, b) => (given.get(b)!.length < given.get(a)!.length ? b : a))
    given.get(poorest)!.push(task)
  }
  return new Map([...given].map(([id, tasks]) => [id, JSON.stringify(tasks.sort((a, b) => a - b))]))
}

/**
 * Assigns the tasks to the members of one application. `trading` with `risk-eu` and `trading-risk` with `eu` make one group, one set
 * of transactional ids and of changelogs: the application that has had tasks, the latest of them, goes on, and members of
 * another are told whose group it is. A leader of another application does not know how many tasks there are: it assigns none, and
 * as it leaves there is a new leader. In the same way the database that the state has been in goes on, and members that keep theirs in
 * another one are told: rows would be in whichever database a task's owner of the day has.
 */
export function assignWithin(
  application: string,
  members: readonly GroupMemberInfo[],
  partitions: number,
): ReadonlyMap<string, string> {
  const states = new Map(members.map(({ memberId, userData }) => [memberId, readMemberState(userData)]))
  const owner = latest([...states.values()], 'application')
  // Inputs that get more partitions are noticed by one member after the other: none is given a task that it does not know yet.
  const known = [...states.values()].flatMap(state => state.partitions ?? [])
  const tasks = Math.min(partitions, ...known)
  const foreign = members.filter(({ memberId }) => (states.get(memberId)?.application ?? owner) !== owner)
  const ofOwner = members.filter(member => !foreign.includes(member))
  const database = latest(
    ofOwner.map(({ memberId }) => states.get(memberId)!),
    'database',
  )
  const elsewhere = ofOwner.filter(({ memberId }) => (states.get(memberId)?.database ?? database) !== database)
  const own = ofOwner.filter(member => !elsewhere.includes(member))
  const isAnothers = foreign.length > 0 && application !== owner
  const assigned = isAnothers ? new Map<string, string>() : assignTasks(own, tasks)
  return new Map([
    ...assigned,
    ...refused(foreign, { application: owner! }),
    ...refused(elsewhere, { database: database! }),
  ])
}

/**
 * Whether a member's application or database is another one than that of the others of its group, as the coordinator knows them: they may
 * have said it long ago.
 */
export function differs(own: Pick<MemberState, 'application' | 'database'>, others: readonly string[]): boolean {
  const states = others.map(readMemberState)
  return (['application', 'database'] as const).some(field => {
    const theirs = latest(states, field)
    return own[field] !== undefined && theirs !== undefined && own[field] !== theirs
  })
}

/** The application or the database that the group has, in the answer to a member that has another one. */
export type Refusal = { readonly application: string } | { readonly database: string }

/** The refusal in an answer; undefined: the answer gives tasks. */
export function readRefusal(assignment: string): Refusal | undefined {
  return assignment.startsWith('{') ? (JSON.parse(assignment) as Refusal) : undefined
}

function refused(members: readonly GroupMemberInfo[], refusal: Refusal): ReadonlyMap<string, string> {
  return new Map(members.map(({ memberId }) => [memberId, JSON.stringify(refusal)]))
}

/** The value of the member that had tasks last; the first by its letters where nobody has had any. */
function latest(states: readonly MemberState[], field: 'application' | 'database'): string | undefined {
  const named = states.filter(state => state[field] !== undefined)
  named.sort((a, b) => b.generation - a.generation || (a[field]! < b[field]! ? -1 : 1))
  return named[0]?.[field]
}

function previousOwners(members: readonly GroupMemberInfo[], partitions: number): ReadonlyMap<number, string> {
  const owners = new Map<number, { id: string; generation: number }>()
  for (const member of members) {
    const state = readMemberState(member.userData)
    for (const task of state.tasks) {
      const known = owners.get(task)
      if (task < partitions && (known === undefined || known.generation < state.generation))
        owners.set(task, { id: member.memberId, generation: state.generation })
    }
  }
  return new Map([...owners].map(([task, owner]) => [task, owner.id]))
}

/** Of a member of another version everything is unknown: it counts as without tasks. */
export function readMemberState(userData: string): MemberState {
  try {
    const state = JSON.parse(userData) as MemberState
    if (Array.isArray(state.tasks) && typeof state.generation === 'number')
      return { ...state, owner: state.owner ?? '', topology: state.topology ?? '' }
  } catch {
    // it sends nothing that we understand
  }
  return { tasks: [], generation: -1, owner: '', topology: '' }
}

/**
 * The members by the fingerprint of the topology that they run, where there are several; undefined: all run the same. Members of
 * older versions, which tell none, are not counted. Shape: `Map { 'a1' => ['host-7 pid 4711'], 'b2' => ['host-8 pid 12'] }`.
 */
export function mixedTopologies(
  members: readonly GroupMemberInfo[],
): ReadonlyMap<string, readonly string[]> | undefined {
  const owners = new Map<string, string[]>()
  for (const { userData, memberId } of members) {
    const { topology, owner } = readMemberState(userData)
    if (topology !== '') owners.set(topology, [...(owners.get(topology) ?? []), owner || memberId])
  }
  return owners.size > 1 ? owners : undefined
}
