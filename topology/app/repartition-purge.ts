import { type Broker, partitionKey } from '../broker/port.ts'
import type { Clock, Timer } from '../definition/clock.ts'
import { parseTaskName } from '../definition/definition.ts'
import { errorCodeOf, messageOf, RetriableError } from '../definition/errors.ts'
import type { TopologyGraph } from '../definition/graph.ts'
import { isInternalTopic } from '../definition/naming.ts'
import type { Log } from '../runtime/log.ts'
import type { TaskStatus } from '../runtime/task-status.ts'

/** As `repartition.purge.interval.ms` of Kafka Streams. Units: ms. */
const purgeEveryMs = 30_000

/** A partition of a repartition topic, and the groups that read it. */
interface Purged {
  readonly topic: string
  readonly partition: number
  readonly groups: readonly string[]
}

interface Options {
  readonly graph: TopologyGraph
  readonly broker: Broker
  readonly clock: Clock
  readonly log: Log
  /** The tasks of this worker. */
  status(): readonly TaskStatus[]
}

/**
 * Removes the records of repartition topics that every group has processed: nobody else reads those topics, and a retention by time
 * would take records of an old event time before they are read. Each worker does so for the tasks that it runs.
 */
export class RepartitionPurge {
  readonly #options: Options
  /** Offsets before which was removed already, by partition. */
  readonly #done = new Map<string, number>()
  #timer: Timer | undefined
  #forbidden = false

  constructor(options: Options) {
    this.#options = options
  }

  start(): void {
    this.#timer = this.#options.clock.after(purgeEveryMs, () => {
      void this.purge().finally(() => this.#timer && this.start())
    })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Purges once. Never rejects: what cannot be done now is done the next time, and a user without the right is told once. */
  async purge(): Promise<void> {
    if (this.#forbidden) return
    try {
      for (const partition of this.#partitions()) await this.#purgeOne(partition)
    } catch (error) {
      if (error instanceof RetriableError) return
      this.#forbidden = true
      const code = errorCodeOf(error)
      this.#options.log.warn({ code }, `repartition topics are not purged, and grow: ${messageOf(error)}`)
    }
  }

  /** Those of the tasks that run here. */
  #partitions(): readonly Purged[] {
    const { graph, status } = this.#options
    const application = graph.definition.name
    return status()
      .filter(({ state }) => state === 'running')
      .flatMap(({ task }) => {
        const { subtopology, partition } = parseTaskName(task)
        const sub = graph.subtopologies.find(({ name }) => name === subtopology)
        return (sub?.inputs ?? [])
          .filter(topic => isInternalTopic(application, topic) && topic.endsWith('-repartition'))
          .map(topic => ({ topic, partition, groups: groupsOf(graph, topic) }))
      })
  }

  async #purgeOne({ topic, partition, groups }: Purged): Promise<void> {
    const { admin } = this.#options.broker
    const at = { topic, partition }
    const found = await Promise.all(groups.map(group => admin.committedOffsets(group, [at])))
    const offset = Math.min(...found.map(([committed]) => committed?.offset ?? 0))
    const key = partitionKey(topic, partition)
    if (offset <= (this.#done.get(key) ?? 0)) return
    await admin.deleteRecords([{ ...at, offset }])
    this.#done.set(key, offset)
  }
}

function groupsOf({ subtopologies }: TopologyGraph, topic: string): readonly string[] {
  return subtopologies.filter(({ inputs }) => inputs.includes(topic)).map(({ group }) => group)
}
