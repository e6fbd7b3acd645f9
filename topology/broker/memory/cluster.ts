import type { Clock } from '../../definition/clock.ts'
import type { BrokerFaults } from './faults.ts'
import { Group } from './group.ts'
import { Topics } from './topics.ts'
import { Transactions } from './transactions.ts'

/** The options of a memory broker. */
export interface MemoryBrokerOptions {
  readonly clock: Clock
  /** The faults of requests, for simulation. Unset: none. */
  readonly faults?: BrokerFaults
  /** Limit of a record where the topic sets no `max.message.bytes`. Units: bytes. Unset: 1 MiB, as in Kafka. */
  readonly maxMessageBytes?: number
  /** Settings of topics that do not set them themselves, as the brokers of a cluster have them. Unset: Kafka's own. */
  readonly topicDefaults?: Readonly<Record<string, string>>
  /** The interval at which topics are compacted and expired, while records arrive. Units: ms. Unset: only when asked. */
  readonly cleanIntervalMs?: number
  /** Units: ms. Unset: a tenth of a member's session timeout, at most 3,000. */
  readonly heartbeatIntervalMs?: number
  /** Whether offsets of an older generation are refused (KIP-447), which kafkajs cannot ask for. Unset: true. */
  readonly fenceGenerations?: boolean
}

/** The state that all clients of one memory broker share. */
export class Cluster {
  readonly clock: Clock
  readonly faults: BrokerFaults | undefined
  readonly heartbeatIntervalMs: number | undefined
  readonly topics: Topics
  readonly transactions: Transactions
  readonly groups = new Map<string, Group>()
  readonly #cleanIntervalMs: number | undefined
  #cleaning = false

  constructor(options: MemoryBrokerOptions) {
    const { clock, faults } = options
    this.clock = clock
    this.faults = faults
    this.heartbeatIntervalMs = options.heartbeatIntervalMs
    this.#cleanIntervalMs = options.cleanIntervalMs
    const { maxMessageBytes } = options
    const limit = maxMessageBytes === undefined ? {} : { 'max.message.bytes': String(maxMessageBytes) }
    this.topics = new Topics({ ...limit, ...options.topicDefaults })
    this.transactions = new Transactions({
      clock,
      fenceGenerations: options.fenceGenerations ?? true,
      markerDelayMs: transactionalId => {
        const fault = faults?.onRequest({ api: 'WriteTxnMarkers', client: 'broker', about: transactionalId })
        return fault && 'ms' in fault ? fault.ms : 0
      },
    })
  }

  /** A group; it exists as soon as a client names it. */
  group(id: string): Group {
    let group = this.groups.get(id)
    if (!group) {
      group = new Group(id, this.clock)
      this.groups.set(id, group)
    }
    return group
  }

  /** To be called when records were appended: sets the next cleaning, so that an idle broker keeps no timer. */
  appended(): void {
    if (this.#cleanIntervalMs === undefined || this.#cleaning) return
    this.#cleaning = true
    this.clock.after(this.#cleanIntervalMs, () => {
      this.#cleaning = false
      this.clean()
    })
  }

  /** Compacts and expires every topic whose configuration asks for it. */
  clean(): void {
    for (const topic of this.topics.all()) {
      for (const log of topic.logs) {
        if (topic.retentionMs !== undefined) log.deleteOlderThan(this.clock.now() - topic.retentionMs)
        if (topic.compacts) log.compact(this.clock.now(), topic.deleteRetentionMs)
      }
    }
  }
}
