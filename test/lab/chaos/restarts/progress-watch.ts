import { setTimeout as sleep } from 'node:timers/promises'
import { type Broker, partitionKey, type TopicPartition } from '../../../../topology/broker/port.ts'
import { RetriableError } from '../../../../topology/definition/errors.ts'
import type { TopologyGraph } from '../../../../topology/definition/graph.ts'
import { type Standstill, StandstillRecord } from '../../cluster/standstill-record.ts'

const everyMs = 100

interface Group {
  readonly group: string
  readonly at: readonly TopicPartition[]
}

/** Measures, by what the groups of a topology have committed, for how long partitions stand still. */
export class ProgressWatch {
  readonly #broker: Broker
  readonly #groups: readonly Group[]
  #record = new StandstillRecord()
  /** The partitions that have not been seen to move since the measurement began. */
  #still = new Set<string>()
  #running = true
  readonly #loop: Promise<void>

  private constructor(broker: Broker, groups: readonly Group[]) {
    this.#broker = broker
    this.#groups = groups
    this.#loop = this.#watch()
  }

  static async open(graph: TopologyGraph, broker: Broker): Promise<ProgressWatch> {
    const groups = await Promise.all(
      graph.subtopologies.map(async ({ group, inputs }) => {
        const specs = await broker.admin.describeTopics([...inputs])
        const at = specs.flatMap(({ name, partitions }) =>
          Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
        )
        return { group, at }
      }),
    )
    return new ProgressWatch(broker, groups)
  }

  /**
   * Does something, and resolves with the longest standstill from then until it is done and every partition has moved on, or has nothing
   * to read. Errors: when one does not within `limitMs`, with its name.
   */
  async during(act: () => Promise<void>, limitMs: number): Promise<Standstill> {
    this.#record = new StandstillRecord()
    // The time of the last commit before is not known: what stands still is seen from here.
    while (!(await this.#look())) await sleep(everyMs)
    await act()
    this.#still = new Set(this.#groups.flatMap(({ group, at }) => at.map(each => nameOf(group, each))))
    for (const end = Date.now() + limitMs; this.#still.size > 0; await sleep(everyMs))
      if (Date.now() > end) throw new Error(`${[...this.#still].join(', ')} did not move on within ${limitMs} ms`)
    return this.#record.longest().reduce((longest, each) => (each.ms > longest.ms ? each : longest))
  }

  async close(): Promise<void> {
    this.#running = false
    await this.#loop
  }

  async #watch(): Promise<void> {
    while (this.#running) {
      await this.#look()
      await sleep(everyMs)
    }
  }

  /**
   * False when the broker could not tell, such as while it elects leaders: then what stands still is seen at a later look, and counts from
   * the last one.
   */
  async #look(): Promise<boolean> {
    try {
      await Promise.all(this.#groups.map(each => this.#lookAt(each)))
      return true
    } catch (error) {
      if (error instanceof RetriableError) return false
      throw error
    }
  }

  async #lookAt({ group, at }: Group): Promise<void> {
    const ends = await this.#broker.admin.listOffsets(at, 'latest')
    const offsets = await this.#broker.admin.committedOffsets(group, at)
    const now = Date.now()
    for (const [index, each] of at.entries()) {
      const where = nameOf(group, each)
      const committed = offsets[index]?.offset ?? 0
      const seen = { where, kind: 'leader lives', committed, end: ends[index]!, at: now } as const
      if (this.#record.note(seen)) this.#still.delete(where)
    }
  }
}

function nameOf(group: string, { topic, partition }: TopicPartition): string {
  return `${group} ${partitionKey(topic, partition)}`
}
