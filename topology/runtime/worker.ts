import type { StateStorage } from '../../store/contract.ts'
import type { Broker, FetchedPartition, TopicDescription, TopicSpec } from '../broker/port.ts'
import type { Clock } from '../definition/clock.ts'
import { taskNames } from '../definition/definition.ts'
import { TopologyError } from '../definition/errors.ts'
import type { Subtopology, TopologyGraph } from '../definition/graph.ts'
import { changelogTopic } from '../definition/naming.ts'
import { chooseProcessors } from '../definition/processor-choice.ts'
import type { SchemaRegistry } from '../definition/serde.ts'
import { bindCodecs } from './codecs.ts'
import { fingerprintOf } from './fingerprint.ts'
import { GlobalTables } from './global-table.ts'
import { GroupSession } from './group-session.ts'
import { InputReader } from './input-reader.ts'
import { groupInstanceId } from './instance-id.ts'
import { type Log, silentLog } from './log.ts'
import type { Metrics } from './metrics.ts'
import { adviceOf, PartitionWatch, type UnreadPartitions } from './partition-watch.ts'
import { StoragePlace } from './storage-place.ts'
import { defaultSettings, type EngineSettings, type TaskEnvironment } from './task-environment.ts'
import type { TaskStatus } from './task-status.ts'
import { maxRecordBytesOf, planOnCluster, settingOf, type TopicPlan } from './topic-plan.ts'
import type { Tracing } from './tracing.ts'

/** `delete.retention.ms` where the broker does not tell. Source: `org.apache.kafka.storage.internals.log.LogConfig`. */
const defaultDeleteRetentionMs = 86_400_000

/** Half a queue is fetched at a time, but no less: small fetches cost more than they save. Units: bytes. */
const leastFetchBytes = 64 * 1024

/** The parts that a worker runs on. The broker, the store and the registry are chosen by `connectParts`. */
export interface WorkerOptions {
  readonly graph: TopologyGraph
  readonly broker: Broker
  readonly storage: StateStorage
  readonly registry?: SchemaRegistry
  readonly clock: Clock
  readonly log?: Log
  readonly metrics?: Metrics
  readonly tracing?: Tracing | undefined
  readonly settings?: Partial<EngineSettings>
  /** Sub-topologies to run, by name; unset or empty: all. */
  readonly processors?: readonly string[]
  /** See `TaskEnvironment`. Unset: empty. */
  readonly owner?: string
  /** A name of this worker that stays the same when it starts again; no other that runs may have it. Unset: none. Shape: `'worker-0'`. */
  readonly instanceId?: string
  /** `internal`: changelogs, repartition and dead-letter topics; `all`: declared ones too, for an embedded run. */
  readonly createTopics?: 'internal' | 'all'
  /** See `TaskEnvironment`. */
  readonly onCommitPoint?: TaskEnvironment['onCommitPoint']
}

/**
 * One worker: the tasks that its consumer groups give it, in one thread.
 *
 * `start` resolves when it has joined; `failed` resolves with the error that ended it, if one does. `stop` commits, applies,
 * leaves the groups and closes what it opened.
 */
export class Worker {
  /** Resolves with the error after which the worker cannot go on. Never rejects. */
  readonly failed: Promise<unknown>
  readonly #options: WorkerOptions
  readonly #sessions: GroupSession[] = []
  readonly #readers: InputReader[] = []
  /** Partition counts of inputs that have grown, by sub-topology and topic. */
  readonly #grown = new Map<string, number>()
  /** Tasks of the sub-topologies that this worker does not run. */
  #others: readonly string[] = []
  #globals: GlobalTables | undefined
  #partitions: PartitionWatch | undefined
  #fail: (error: unknown) => void = () => {}
  #starting: Promise<void> | undefined
  #started = false
  #stopping: Promise<void> | undefined

  constructor(options: WorkerOptions) {
    this.#options = options
    this.failed = new Promise(resolve => {
      this.#fail = resolve
    })
  }

  /**
   * Checks topics, makes internal ones, binds serdes, prepares tables, reads global tables, joins the groups. When `stop`
   * is called meanwhile it resolves without having joined.
   * Errors: TopologyError (unknown processor, missing topics, partition counts, schemas, tables); RetriableError. `stop` closes
   * the parts that were opened until then.
   */
  start(): Promise<void> {
    this.#starting = this.#start().catch(error => {
      if (this.#stopping === undefined) throw error
    })
    return this.#starting
  }

  async #start(): Promise<void> {
    const { graph, broker, storage, registry, clock } = this.#options
    const log = this.#options.log ?? silentLog
    const chosen = chooseProcessors(graph, this.#options.processors ?? [])
    const { instanceId } = this.#options
    const groupInstance = instanceId === undefined ? undefined : groupInstanceId(graph.definition.name, instanceId)
    const { plan, specs } = await prepareTopics(graph, broker, this.#options.createTopics ?? 'internal')
    const codecs = await bindCodecs(graph, registry)
    await storage.migrate(
      graph.definition.name,
      graph.subtopologies.flatMap(sub => sub.stores),
    )
    const place = new StoragePlace(storage, clock)
    await place.refresh()
    if (this.#stopping) return
    const partitionsOf = (topic: string) => plan.partitions.get(topic) ?? 1
    const { metrics = {} } = this.#options
    const globals = new GlobalTables({ broker, codecs, clock, log, metrics, partitionsOf, fatal: this.#fail })
    this.#globals = globals
    await globals.open(graph.globals)
    if (this.#stopping) return
    const settings = { ...defaultSettings, ...this.#options.settings }
    const shared = {
      graph,
      codecs,
      broker,
      storage,
      owner: this.#options.owner ?? '',
      place,
      instanceId: groupInstance,
      fingerprint: fingerprintOf(graph.definition),
      globals: globals.byName,
      clock,
      log,
      metrics,
      tracing: this.#options.tracing,
      settings: { ...settings, cacheBytes: settings.cacheBytes ?? cacheShare(settings.workerCacheBytes, chosen, plan) },
      onCommitPoint: this.#options.onCommitPoint,
      partitionsOf,
      maxRecordBytes: (topic: string) => maxRecordBytesOf(specs.get(topic)),
      deleteRetentionMs: (changelog: string) =>
        Number(settingOf(specs.get(changelog), 'delete.retention.ms') ?? defaultDeleteRetentionMs),
    }
    for (const sub of chosen) this.#addSession(sub, plan, shared)
    this.#others = graph.subtopologies
      .filter(sub => !chosen.includes(sub))
      .flatMap(({ name }) => taskNames(name, plan.tasks.get(name)!))
    this.#partitions = new PartitionWatch({
      graph,
      chosen,
      plan,
      admin: broker.admin,
      clock,
      log,
      intervalMs: settings.partitionCheckMs,
      grown: (sub, tasks) => this.#grow(sub, tasks),
    })
    this.#partitions.start()
    for (const reader of this.#readers) reader.start()
    for (const session of this.#sessions) session.start()
    this.#started = true
  }

  /** Commits and applies what was processed, leaves the groups, closes readers. The ports stay open: they are the caller's. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /** Reads no more records until `resume`: what was read is processed and committed, and the groups keep their members. */
  pause(): void {
    for (const reader of this.#readers) reader.pause()
  }

  resume(): void {
    for (const reader of this.#readers) reader.resume()
  }

  status(): readonly TaskStatus[] {
    return this.#sessions.flatMap(session => session.status())
  }

  /** The tasks of the topology, also of sub-topologies that this worker does not run, whoever owns them. Empty until it has started. */
  expected(): readonly string[] {
    return [...this.#sessions.flatMap(session => session.expected), ...this.#others]
  }

  /** Asks the broker how much there is behind inputs that are paused. Errors: RetriableError. */
  async refreshLag(): Promise<void> {
    await Promise.all(this.#sessions.map(session => session.refreshLag()))
  }

  /** The outages that the worker as a whole waits for: groups that it is not in, a broker that does not answer. Empty: none. */
  waiting(): readonly string[] {
    const outages = [...this.#sessions.map(session => session.waiting), ...this.#readers.map(reader => reader.outage)]
    return [...new Set(outages.filter(outage => outage !== undefined))]
  }

  /** The partitions of inputs that nobody reads, since they were added to topics of sub-topologies with state. */
  unread(): readonly UnreadPartitions[] {
    return this.#partitions?.unread ?? []
  }

  #grow(sub: Subtopology, tasks: number): void {
    for (const input of sub.inputs) this.#grown.set(`${sub.name} ${input}`, tasks)
    void this.#sessions.find(({ subtopology }) => subtopology === sub)?.grow(tasks)
  }

  async #stop(): Promise<void> {
    this.#partitions?.stop()
    // A start under way may wait for a global table for as long as the broker is away.
    if (!this.#started) await this.#globals?.close()
    await this.#starting?.catch(() => {})
    await Promise.all(this.#sessions.map(session => session.stop()))
    await Promise.all(this.#readers.map(reader => reader.close()))
    await this.#globals?.close()
  }

  /**
   * One reader per sub-topology: two of them may read one topic, each at its own pace. Inputs are read committed: records that an
   * upstream task aborted count as never written.
   */
  #addSession(sub: Subtopology, plan: TopicPlan, shared: Omit<TaskEnvironment, 'reader'>): void {
    const maxBytesPerPartition = Math.max(shared.settings.maxQueueBytes / 2, leastFetchBytes)
    const reader = shared.broker.reader({ isolation: 'read_committed', maxBytesPerPartition })
    // Inputs of a sub-topology with state are still placed by the number of partitions by which its state is.
    const partitionsOf = (topic: string) => this.#grown.get(`${sub.name} ${topic}`) ?? shared.partitionsOf(topic)
    const session = new GroupSession(sub, plan.tasks.get(sub.name)!, { ...shared, partitionsOf, reader }, this.#fail)
    this.#sessions.push(session)
    const { tracing } = shared
    const listener = {
      received: tracing && ((fetched: FetchedPartition, began: number) => tracing.received(sub.group, fetched, began)),
      deliver: session.deliver.bind(session),
      failed: session.readFailed.bind(session),
      allFailed: session.readerFailed.bind(session),
    }
    this.#readers.push(new InputReader(reader, listener, shared.clock, shared.log))
  }
}

/** The memory that each table may keep, so that a worker with all tasks stays under its cap. Units: bytes. */
function cacheShare(bytes: number, chosen: readonly Subtopology[], plan: TopicPlan): number {
  const tables = chosen.reduce((sum, sub) => sum + sub.stores.length * plan.tasks.get(sub.name)!, 0)
  return Math.floor(bytes / Math.max(1, tables))
}

async function prepareTopics(
  graph: TopologyGraph,
  broker: Broker,
  create: 'internal' | 'all',
): Promise<{ plan: TopicPlan; specs: ReadonlyMap<string, TopicDescription> }> {
  const { plan, existing } = await planOnCluster(graph, broker.admin)
  const missing = plan.declared.filter(spec => !existing.has(spec.name))
  if (create === 'internal' && missing.length > 0)
    throw new TopologyError(
      'TOPIC_MISSING',
      `the cluster has no topic ${missing.map(spec => `'${spec.name}'`).join(', ')}: create them with 'millrace topics apply'`,
    )
  await growDeadLetters(plan, existing, broker)
  checkInternal(graph, plan, existing)
  const wanted = [...(create === 'all' ? plan.declared : []), ...plan.internal].filter(spec => !existing.has(spec.name))
  if (wanted.length === 0) return { plan, specs: existing }
  await broker.admin.createTopics(wanted)
  // What they do not set themselves is as the cluster has it.
  const created = await broker.admin.describeTopics(wanted.map(spec => spec.name))
  return { plan, specs: new Map([...existing, ...created.map(spec => [spec.name, spec] as const)]) }
}

/** Dead letters are on the partition of their record: a letter of a further partition needs a place. */
async function growDeadLetters(
  plan: TopicPlan,
  existing: ReadonlyMap<string, TopicSpec>,
  { admin }: Pick<Broker, 'admin'>,
): Promise<void> {
  const narrow = plan.deadLetters.filter(({ name, partitions }) => {
    const known = existing.get(name)
    return known !== undefined && known.partitions < partitions
  })
  await admin.growTopics(narrow)
}

/** A changelog or repartition topic of another partition count would put state where no task looks for it. */
function checkInternal(graph: TopologyGraph, plan: TopicPlan, existing: ReadonlyMap<string, TopicSpec>): void {
  const letters = new Set(plan.deadLetters.map(({ name }) => name))
  const wrong = plan.internal.filter(
    spec => !letters.has(spec.name) && (existing.get(spec.name)?.partitions ?? spec.partitions) !== spec.partitions,
  )
  if (wrong.length === 0) return
  const list = wrong
    .map(spec => `${spec.name} has ${existing.get(spec.name)!.partitions}, needs ${spec.partitions}`)
    .join('; ')
  const names = new Set(wrong.map(({ name }) => name))
  const application = graph.definition.name
  const advice = graph.subtopologies
    .filter(({ stores }) => stores.some(store => names.has(changelogTopic(application, store.name))))
    .map(sub => {
      const tasks = plan.tasks.get(sub.name)!
      const [changelog] = sub.stores.map(store => existing.get(changelogTopic(application, store.name)))
      return `${sub.name}: ${adviceOf(sub, changelog?.partitions ?? tasks, tasks)}`
    })
  throw new TopologyError(
    'TOPIC_MISMATCH',
    `internal topics have another partition count than the topology's inputs: ${list}: the inputs were repartitioned, and state must be moved with them. ${advice.join('. ')}`,
  )
}
