import type { BrokerAdmin } from '../broker/port.ts'
import type { Clock, Timer } from '../definition/clock.ts'
import { messageOf } from '../definition/errors.ts'
import type { Subtopology, TopologyGraph } from '../definition/graph.ts'
import { deadLetterTopic } from '../definition/naming.ts'
import type { Log } from './log.ts'
import type { TopicPlan } from './topic-plan.ts'

/** Partitions of an input that nobody reads. Shape: `{ topic: 'orders', from: 4, to: 5, ... }` for 4 and 5. */
export interface UnreadPartitions {
  /** The sub-topology, or the global table, that does not read them. */
  readonly subtopology: string
  readonly topic: string
  readonly from: number
  /** The last of them. */
  readonly to: number
  /** The cause, and the remedy. */
  readonly reason: string
}

/** The parts that a watch needs. */
interface WatchOptions {
  readonly graph: TopologyGraph
  /** The sub-topologies that the worker runs. */
  readonly chosen: readonly Subtopology[]
  readonly plan: TopicPlan
  readonly admin: Pick<BrokerAdmin, 'describeTopics' | 'growTopics'>
  readonly clock: Pick<Clock, 'after'>
  readonly log: Log
  /** Units: ms. */
  readonly intervalMs: number
  /** Called when a sub-topology has more tasks from now on. */
  grown(subtopology: Subtopology, tasks: number): void
}

/**
 * Notices that inputs have got more partitions while the worker runs. A sub-topology without state takes them: each is a further
 * task, and its dead-letter topics grow. One with state cannot, since its rows are where the old number of partitions has put their
 * keys: its tasks run on, and what is unread, and what is to be moved, is told.
 */
export class PartitionWatch {
  readonly #options: WatchOptions
  readonly #tasks: Map<string, number>
  #unread: readonly UnreadPartitions[] = []
  #timer: Timer | undefined
  #stopped = false

  constructor(options: WatchOptions) {
    this.#options = options
    this.#tasks = new Map(options.plan.tasks)
  }

  /** The partitions that nobody reads, as of the last look. */
  get unread(): readonly UnreadPartitions[] {
    return this.#unread
  }

  start(): void {
    if (this.#stopped) return
    const { clock, log, intervalMs } = this.#options
    this.#timer = clock.after(intervalMs, () => {
      this.look()
        .catch(error => log.debug({}, `the partitions of inputs are not known now: ${messageOf(error)}`))
        .finally(() => this.start())
    })
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  /** Looks now. Errors: those of the broker. */
  async look(): Promise<void> {
    const { graph, chosen, admin } = this.#options
    const globals = graph.globals.flatMap(({ source, store }) => source.topics.map(topic => ({ topic, store })))
    const topics = new Set([...chosen.flatMap(({ inputs }) => inputs), ...globals.map(({ topic }) => topic)])
    const specs = await admin.describeTopics([...topics])
    const counts = new Map(specs.map(({ name, partitions }) => [name, partitions]))
    const unread: UnreadPartitions[] = []
    for (const sub of chosen) {
      const tasks = this.#tasks.get(sub.name)!
      const widths = sub.inputs.map(topic => counts.get(topic) ?? tasks)
      const most = Math.max(...widths)
      if (most <= tasks) continue
      if (sub.stores.length > 0 || widths.some(width => width < most)) unread.push(...unreadOf(sub, tasks, counts))
      else await this.#grow(sub, most)
    }
    for (const { topic, store } of globals) {
      const read = this.#options.plan.partitions.get(topic) ?? 1
      const count = counts.get(topic) ?? read
      const reason = `global table '${store.name}' reads the ${read} partitions that '${topic}' had when the worker started: start it again`
      if (count > read) unread.push({ subtopology: store.name, topic, from: read, to: count - 1, reason })
    }
    this.#tell(unread)
  }

  async #grow(sub: Subtopology, tasks: number): Promise<void> {
    const { admin, log, grown } = this.#options
    await admin.growTopics(sub.inputs.map(input => ({ name: deadLetterTopic(input), partitions: tasks })))
    log.info(
      { subtopology: sub.name, tasks },
      `${sub.name}: its inputs have ${tasks} partitions now, ${tasks - this.#tasks.get(sub.name)!} more, which it reads from now on`,
    )
    this.#tasks.set(sub.name, tasks)
    grown(sub, tasks)
  }

  #tell(unread: readonly UnreadPartitions[]): void {
    const before = new Set(this.#unread.map(textOf))
    this.#unread = unread
    for (const one of unread) {
      const { subtopology, topic, from, to, reason } = one
      if (before.has(textOf(one))) continue
      this.#options.log.error({ subtopology, topic, from, to, code: 'TOPIC_MISMATCH' }, `${textOf(one)}: ${reason}`)
    }
  }
}

/** Shape: `'partitions 4 to 5 of 'orders' are not read by 'totals''`. */
function textOf({ subtopology, topic, from, to }: UnreadPartitions): string {
  return `partitions ${from} to ${to} of '${topic}' are not read by '${subtopology}'`
}

function unreadOf(sub: Subtopology, tasks: number, counts: ReadonlyMap<string, number>): readonly UnreadPartitions[] {
  return sub.inputs.flatMap(topic => {
    const count = counts.get(topic) ?? tasks
    if (count <= tasks) return []
    return [{ subtopology: sub.name, topic, from: tasks, to: count - 1, reason: adviceOf(sub, tasks, count) }]
  })
}

/** The advice on partitions that are not read: the state to move, and the way to do it. */
export function adviceOf({ name, stores, inputs }: Subtopology, tasks: number, count: number): string {
  if (stores.length === 0)
    return `it reads ${inputs.map(input => `'${input}'`).join(', ')} together, which need equal counts: give each ${count} partitions`
  const list = stores.map(store => `'${store.name}'`).join(', ')
  return (
    `${list} hold state in ${tasks} partitions, and a key is on another partition where murmur2 of it gives another rest by ${count} than by ${tasks}. ` +
    `Let producers write to the first ${tasks} again and copy the unread records there; or stop the producers and, once all is read, the workers of '${name}', ` +
    `run 'millrace state reset ${name}', which makes the state anew in ${count} partitions from what the inputs still keep`
  )
}
