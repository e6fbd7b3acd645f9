import {
  type FetchedPartition,
  type Generation,
  type GroupMember,
  type GroupMemberInfo,
  partitionKey,
} from '../broker/port.ts'
import { backoffMs, backoffs } from '../definition/backoff.ts'
import { taskName, taskNames } from '../definition/definition.ts'
import { type ErrorCode, errorCodeOf, FatalError, messageOf, TopologyError } from '../definition/errors.ts'
import type { Subtopology } from '../definition/graph.ts'
import {
  assignmentProtocol,
  assignWithin,
  differs,
  mixedTopologies,
  readAssignment,
  readRefusal,
  writeMemberState,
} from './assignment.ts'
import { scopeOf } from './failure-scope.ts'
import type { LogFields } from './log.ts'
import { Outages } from './outages.ts'
import { type Parked, ParkedTasks } from './parked-tasks.ts'
import { Task } from './task.ts'
import { TaskAttempts } from './task-attempts.ts'
import type { TaskEnvironment } from './task-environment.ts'
import { TaskHistory } from './task-history.ts'
import type { TaskStatus } from './task-status.ts'

/**
 * One sub-topology on this worker: its membership in the consumer group, and the tasks that the group gave it.
 *
 * A rebalance is eager: tasks are suspended (everything committed and applied) before the member rejoins. A task that the
 * next generation gives back runs on; had the member missed a generation, another may have owned it, and it is opened anew.
 *
 * No producer is initialised against a living owner: before a failed task is opened again, the coordinator has confirmed
 * that this member is still in the generation that gave it the task. A zombie is told that it is not, and rejoins instead.
 */
export class GroupSession {
  readonly subtopology: Subtopology
  readonly #env: TaskEnvironment
  #partitions: number
  readonly #fatal: (error: unknown) => void
  readonly #tasks = new Map<number, Task>()
  readonly #outages: Outages
  readonly #attempts: TaskAttempts
  readonly #parked: ParkedTasks
  /** The knowledge that tasks have left behind, by partition. */
  readonly #histories = new Map<number, TaskHistory>()
  #member: GroupMember | undefined
  #generation: Generation | undefined
  #lastTasks: readonly number[] = []
  /** The generation that gave them: it outlives an outage, after which nobody has a generation. */
  #lastGeneration = -1
  /** Raised with every change of ownership: work begun under an older count is no longer allowed. */
  #era = 0
  /** Ends the waits of the era. */
  #eraOver = new AbortController()
  #stopping = false
  /** A leader, or the session itself, has compared it with the other members. */
  #compared = false

  constructor(subtopology: Subtopology, partitions: number, env: TaskEnvironment, fatal: (error: unknown) => void) {
    this.subtopology = subtopology
    this.#partitions = partitions
    this.#env = env
    this.#fatal = fatal
    this.#outages = new Outages(env.log)
    this.#attempts = new TaskAttempts(env.clock)
    this.#parked = new ParkedTasks(env)
  }

  get tasks(): readonly Task[] {
    return [...this.#tasks.values()]
  }

  /** The tasks that the group gave this member, those included that cannot be opened yet. */
  status(): readonly TaskStatus[] {
    const open = this.tasks.map(task => {
      const status = task.status()
      const parked = this.#parked.of(task.id.partition)
      return { ...status, outage: status.outage ?? this.#outages.of(task.name), ...(parked && { parked }) }
    })
    const partitions = this.#generation === undefined ? [] : this.#lastTasks
    const unopened = partitions.filter(partition => !this.#tasks.has(partition))
    const shown = (partition: number) => unopenedTask(this.#name(partition), this.#outages, this.#parked.of(partition))
    return [...open, ...unopened.map(shown)]
  }

  /** Names of all tasks of the sub-topology, whoever owns them. */
  get expected(): readonly string[] {
    return taskNames(this.subtopology.name, this.#partitions)
  }

  /** Asks for the ends of inputs that are paused, so that the lag of their tasks is true. */
  async refreshLag(): Promise<void> {
    const queues = this.tasks.flatMap(task => task.pausedInputs)
    if (queues.length === 0) return
    const ends = await this.#env.broker.admin.listOffsets(queues, 'committed')
    for (const [index, queue] of queues.entries()) queue.noteEnd(ends[index] as number)
  }

  /** The outage of the group: the member is not in it, or its coordinator does not answer. Undefined: none. */
  get waiting(): string | undefined {
    const outage = this.#outages.of(this.subtopology.group)
    if (this.#generation !== undefined && outage === undefined) return undefined
    return `${this.subtopology.name}: ${outage ?? 'it has not joined its group yet'}`
  }

  get #fields(): LogFields {
    return { group: this.subtopology.group }
  }

  /** Joins the group; tasks come as the group gives them. */
  start(): void {
    const { broker, settings } = this.#env
    this.#member = broker.join({
      groupId: this.subtopology.group,
      topics: this.subtopology.inputs,
      protocol: assignmentProtocol,
      ...(this.#env.instanceId && { instanceId: this.#env.instanceId }),
      sessionTimeoutMs: settings.sessionTimeoutMs,
      rebalanceTimeoutMs: settings.rebalanceTimeoutMs,
      userData: () =>
        writeMemberState({
          tasks: this.#lastTasks,
          generation: this.#lastGeneration,
          owner: this.#env.owner,
          application: this.#env.graph.definition.name,
          partitions: this.#partitions,
          ...(this.#database !== undefined && { database: this.#database }),
          topology: this.#env.fingerprint,
        }),
      assign: members => {
        this.#warnOfMixture(members)
        return assignWithin(this.#env.graph.definition.name, members, this.#partitions)
      },
      onAssigned: (assignment, generation) => {
        const refusal = readRefusal(assignment)
        if (refusal === undefined) this.#assigned(readAssignment(assignment), generation)
        else this.#fatal('application' in refusal ? this.#belongsTo(refusal.application) : this.#isIn(refusal.database))
      },
      onRevoked: () => this.#revoked(),
      onLost: (reason, code) => this.#lost(reason, code),
      onSilence: reason => this.#outages.note(this.subtopology.group, 'BROKER_UNAVAILABLE', reason, this.#fields),
      onAnswered: () => this.#outages.over(this.subtopology.group, this.#fields),
      onReplaced: reason => this.#replaced(reason),
    })
  }

  /**
   * The inputs have more partitions now. The member gives up its tasks and joins anew with what it knows: the new ones are
   * assigned once all members know of them.
   */
  async grow(partitions: number): Promise<void> {
    await this.#joinAnew(() => {
      this.#partitions = partitions
    })
  }

  /** Gives up the tasks, leaves the group, and joins it as a new member, so that its leader assigns all tasks again. */
  async #joinAnew(meanwhile = () => {}): Promise<void> {
    await this.#revoked()
    if (this.#stopping) return
    await this.#member?.leave()
    await Promise.all(this.tasks.map(task => this.#drop(task)))
    this.#generation = undefined
    meanwhile()
    if (!this.#stopping) this.start()
  }

  /**
   * A process that comes back under its instance id has its tasks without an assignment, in which the leader would compare the members.
   * It compares itself with what the coordinator knows of the others, before it takes a record. Where that differs it asks for an
   * assignment: the others may have another database by now, too, and say so when they join again. True: it may open its tasks.
   */
  async #belongs({ memberId }: Generation): Promise<boolean> {
    if (this.#compared || this.#env.instanceId === undefined) return true
    this.#compared = true
    const { broker, graph, fingerprint, owner } = this.#env
    const { group } = this.subtopology
    const [known] = await broker.admin.describeGroups([group]).catch(() => [])
    const others = (known?.members ?? []).filter(member => member.memberId !== memberId)
    const own = {
      application: graph.definition.name,
      ...(this.#database !== undefined && { database: this.#database }),
    }
    const state = { ...own, tasks: [], generation: -1, owner, topology: fingerprint }
    this.#warnOfMixture([...others, { memberId, userData: writeMemberState(state) }])
    const userData = others.map(member => member.userData)
    if (!differs(own, userData)) return true
    this.#env.log.warn(
      { group },
      `the members of group '${group}' differ from this one, which has come back: all are compared anew`,
    )
    void this.#joinAnew()
    return false
  }

  /** The leader of the group sees what each member runs: in a rolling deploy two topologies for a while, else a mistake. */
  #warnOfMixture(members: readonly GroupMemberInfo[]): void {
    const mixture = mixedTopologies(members)
    if (mixture === undefined) return
    const { group } = this.subtopology
    const list = [...mixture].map(([topology, owners]) => `${topology} on ${owners.join(', ')}`).join('; ')
    this.#env.log.warn(
      { group, code: 'GROUP_MIXED', topologies: mixture.size },
      `group '${group}' has members with different topologies of one name (${list}): end the rolling deploy, or give one application another name`,
    )
  }

  /** Commits and applies everything, gives up the tasks and leaves the group. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.#revoked()
    await this.#member?.leave()
    await Promise.all(this.tasks.map(task => this.#drop(task)))
  }

  /** Hands a poll's answer to the task whose input it is. True when it is one of this session's. */
  deliver(fetched: FetchedPartition): boolean {
    if (!this.subtopology.inputs.includes(fetched.topic)) return false
    this.#tasks.get(fetched.partition)?.deliver(fetched)
    return true
  }

  /** The reader failed on a partition: its task cannot go on. */
  readFailed(topic: string, partition: number, error: unknown): void {
    const task = this.subtopology.inputs.includes(topic) ? this.#tasks.get(partition) : undefined
    if (errorCodeOf(error) === 'OFFSET_OUT_OF_RANGE') task?.fail(this.#outOfRange(topic, partition, error))
    else task?.fail(error)
  }

  /** The reader can read nothing: none of the tasks can go on. True: it is to try again. */
  readerFailed(error: unknown): boolean {
    if (scopeOf(error) === 'worker') {
      this.#fatal(error)
      return false
    }
    for (const task of this.tasks) task.fail(error)
    return true
  }

  #outOfRange(topic: string, partition: number, cause: unknown): FatalError {
    const task = this.#name(partition)
    return new FatalError(
      'OFFSET_OUT_OF_RANGE',
      `task '${task}' cannot read ${partitionKey(topic, partition)} where it left off: records it has not processed are gone from the topic (or the topic was made anew). Set the group's offsets to where it should go on, knowing what is lost`,
      { cause, context: { topic, partition, task } },
    )
  }

  #belongsTo(other: string): TopologyError {
    const { group, name } = this.subtopology
    const application = this.#env.graph.definition.name
    return new TopologyError(
      'CONFIG_INVALID',
      `consumer group '${group}' belongs to application '${other}': '${application}' with '${name}' gives the same name, and so the same transactional ids: rename one of the applications, or the sub-topology`,
      { context: { group, application, other } },
    )
  }

  /** The database of the state, if there is any. */
  get #database(): string | undefined {
    return this.subtopology.stores.length > 0 ? this.#env.place.known : undefined
  }

  #isIn(other: string): TopologyError {
    const { group } = this.subtopology
    const database = this.#database ?? 'another one'
    return new TopologyError(
      'CONFIG_INVALID',
      `workers of group '${group}' keep their state in database ${other} (servers/database/schema), and this one in ${database}: set DATABASE_URL and MILLRACE_SCHEMA alike for all; to move the state, stop them all first`,
      { context: { group, database, other } },
    )
  }

  #assigned(partitions: readonly number[], generation: Generation): void {
    // A join that was under way when the session was told to stop may still be answered before it has left.
    if (this.#stopping) return
    const consecutive = this.#generation !== undefined && generation.id === this.#generation.id + 1
    const era = this.#nextEra()
    this.#generation = generation
    this.#lastGeneration = generation.id
    this.#lastTasks = partitions
    this.#outages.over(this.subtopology.group, this.#fields)
    this.#env.log.info(
      { group: this.subtopology.group, generation: generation.id, tasks: partitions.join() },
      `${this.subtopology.name}: ${partitions.length} of ${this.#partitions} tasks`,
    )
    const dropping: Promise<void>[] = []
    for (const [partition, task] of this.#tasks) {
      if (consecutive && partitions.includes(partition) && task.state === 'suspended') {
        task.resume(generation)
        this.#tryOut(task)
      } else dropping.push(this.#drop(task))
    }
    for (let partition = 0; partition < this.#partitions; partition++) {
      if (partitions.includes(partition)) continue
      this.#outages.forget(this.#name(partition))
      this.#attempts.forget(partition)
      this.#parked.forget({ subtopology: this.subtopology.name, partition })
      this.#histories.delete(partition)
    }
    const ready = Promise.all([this.#belongs(generation), ...dropping])
    for (const partition of partitions)
      if (!this.#tasks.has(partition))
        void ready.then(([belongs]) => (belongs ? this.#open(partition, era) : undefined))
  }

  #nextEra(): number {
    this.#eraOver.abort()
    this.#eraOver = new AbortController()
    return ++this.#era
  }

  async #revoked(): Promise<void> {
    this.#nextEra()
    const suspended = this.tasks.map(task => (task.state === 'running' ? task.suspend() : this.#drop(task)))
    const told = this.#stopping ? undefined : this.#env.place.refresh()
    await Promise.all([...suspended, told])
  }

  /** Another process has the place, and soon the tasks: what this one still commits would be fenced, so that it ends. */
  #replaced(reason: string): void {
    this.#lost(reason, 'INSTANCE_FENCED')
    const { group } = this.subtopology
    const { instanceId = '' } = this.#env
    this.#fatal(
      new FatalError(
        'INSTANCE_FENCED',
        `another process with the instance id of this one, '${instanceId}', has taken its place in group '${group}', ${reason}: give every process and thread that runs an id of its own; if it was replaced on purpose, there is nothing to do`,
        { context: { group, instanceId } },
      ),
    )
  }

  #lost(reason: string, code: ErrorCode): void {
    this.#nextEra()
    const { group } = this.subtopology
    this.#outages.note(group, code, `it lost its tasks: ${reason}`, { group })
    this.#generation = undefined
    for (const partition of this.#lastTasks) this.#outages.forget(this.#name(partition))
    this.#parked.clear()
    for (const task of this.tasks) void this.#drop(task)
  }

  async #drop(task: Task): Promise<void> {
    if (this.#tasks.get(task.id.partition) === task) this.#tasks.delete(task.id.partition)
    if (task.unsettled) this.#historyOf(task.id.partition).unsettled = task.unsettled
    await task.close()
  }

  #historyOf(partition: number): TaskHistory {
    const known = this.#histories.get(partition)
    if (known) return known
    const made = new TaskHistory(this.subtopology, this.#env.settings)
    this.#histories.set(partition, made)
    return made
  }

  /** Opens a task, again and again while servers are away, for as long as this era lasts. */
  async #open(partition: number, era: number): Promise<void> {
    while (era === this.#era) {
      const generation = this.#generation as Generation
      const reopen = (failed: Task, error: unknown) => void this.#reopen(failed, error)
      const history = this.#historyOf(partition)
      const task = new Task(this.subtopology, partition, generation, this.#env, reopen, history)
      history.unsettled = undefined
      this.#tasks.set(partition, task)
      try {
        await task.open()
        this.#attempts.opened(partition)
        this.#outages.over(task.name, { task: task.name })
        this.#tryOut(task)
        return
      } catch (error) {
        if (!(await this.#mayRetry(task, error, era))) return
      }
    }
  }

  async #reopen(task: Task, error: unknown): Promise<void> {
    const era = this.#era
    const mine = this.#tasks.get(task.id.partition) === task
    if (!mine) await this.#drop(task)
    else if (await this.#mayRetry(task, error, era)) await this.#open(task.id.partition, era)
  }

  /**
   * Drops a task that failed and waits for its turn to be opened again. False when that cannot help or the task is no
   * longer ours.
   */
  async #mayRetry(task: Task, error: unknown, era: number): Promise<boolean> {
    await this.#drop(task)
    if (era !== this.#era) return false
    const scope = scopeOf(error)
    if (scope === 'worker') {
      this.#fatal(error)
      return false
    }
    if (this.#stopping) return false
    if (scope === 'task') {
      this.#outages.forget(task.name)
      await this.#parked.park(task.id, error, this.#eraOver.signal)
      await this.#waitForConfirmation(1, era)
      return era === this.#era
    }
    this.#note(task, error)
    // A refused record is not tried again: each attempt gets further than the one before.
    const attempt = errorCodeOf(error) === 'RECORD_REFUSED' ? 1 : this.#attempts.failed(task.id.partition)
    await this.#waitForConfirmation(attempt, era)
    return era === this.#era
  }

  /** Waits until the coordinator confirms that this member is still in its generation, or the era has ended. */
  async #waitForConfirmation(attempt: number, era: number): Promise<void> {
    const { clock } = this.#env
    for (let round = attempt; era === this.#era; round++) {
      await clock.sleep(backoffMs(backoffs.outage, round, clock), this.#eraOver.signal)
      if (era !== this.#era || (await this.#member?.confirm().catch(() => false))) return
    }
  }

  #tryOut(task: Task): void {
    this.#parked.tryOut(task.id, () => this.#tasks.get(task.id.partition) === task && task.state === 'running')
  }

  #note(task: Task, error: unknown): void {
    const code = errorCodeOf(error)
    this.#env.metrics.reopened?.(task.id, code)
    this.#outages.note(task.name, code, messageOf(error), { task: task.name })
  }

  #name(partition: number): string {
    return taskName({ subtopology: this.subtopology.name, partition })
  }
}

/** A task between two attempts to open it. */
function unopenedTask(task: string, outages: Outages, parked: Parked | undefined): TaskStatus {
  return {
    task,
    state: parked === undefined ? 'created' : 'parked',
    lag: undefined,
    processed: 0,
    commits: 0,
    lastCommitAt: undefined,
    unapplied: 0,
    deadLetters: 0,
    restoring: undefined,
    outage: outages.of(task),
    ...(parked && { parked }),
  }
}
