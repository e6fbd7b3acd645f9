import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from '../../../topology/broker/kafkajs/cluster.ts'
import { kafkajsBroker } from '../../../topology/broker/kafkajs/kafkajs-broker.ts'
import { type Broker, partitionKey, type TopicPartition } from '../../../topology/broker/port.ts'
import type { TopologyGraph } from '../../../topology/definition/graph.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import type { BrokerNode, KafkaCluster } from './kafka-cluster.ts'
import { type Standstill, type StandstillKind, StandstillRecord } from './standstill-record.ts'

const everyMs = 500

/**
 * Measures from outside for how long partitions stand still: it asks brokers that are not broken, each time with new
 * connections, so that it never believes a stale one.
 */
export class Standstills {
  readonly #cluster: KafkaCluster
  readonly #graph: TopologyGraph
  readonly #record = new StandstillRecord()
  #leaders = new Map<string, number>()
  #broken: readonly BrokerNode[] = []
  /** Partitions that a broken broker led when it was broken. */
  readonly #struck = new Set<string>()
  #running = true
  readonly #loop: Promise<void>

  constructor(cluster: KafkaCluster, graph: TopologyGraph) {
    this.#cluster = cluster
    this.#graph = graph
    this.#loop = this.#watch()
  }

  /** A fault of any kind begins: a standstill that begins now is its. */
  begins(fault: string): void {
    this.#record.begins(fault, Date.now())
  }

  /** These brokers are broken from now on; none: all are well again. */
  breaks(nodes: readonly BrokerNode[]): void {
    this.#broken = nodes
    if (nodes.length > 1) this.#record.strikeAll('too few brokers')
    for (const [key, leader] of this.#leaders) if (nodes.some(({ id }) => id === leader)) this.#struck.add(key)
  }

  /** The longest of each fault and kind. */
  async close(): Promise<readonly Standstill[]> {
    this.#running = false
    await this.#loop
    return this.#record.longest()
  }

  async #watch(): Promise<void> {
    while (this.#running) {
      // While none of them answers nothing is known, and what stands still goes on doing so.
      await this.#look().catch(() => {})
      await sleep(everyMs)
    }
  }

  async #look(): Promise<void> {
    const sound = this.#cluster.brokers.filter(node => node.isRunning && !this.#broken.includes(node))
    if (sound.length === 0) return
    const options = { clock: systemClock, connectTimeoutMs: 2_000, requestTimeoutMs: 3_000 }
    const addresses = sound.map(({ direct }) => direct)
    const cluster = new Cluster(
      addresses.map(port => ({ host: '127.0.0.1', port })),
      { ...options, clientId: 'standstill' },
    )
    const brokers = addresses.map(port => `127.0.0.1:${port}`)
    let broker: Broker | undefined
    try {
      broker = await kafkajsBroker({ ...options, brokers, retryForMs: 1_000 })
      const topics = [...new Set(this.#graph.subtopologies.flatMap(sub => sub.inputs))]
      const metadata = await cluster.refresh(topics)
      const all = metadata.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partition, leader }) => ({ topic: name, partition, leader })),
      )
      this.#leaders = new Map(all.map(({ topic, partition, leader }) => [partitionKey(topic, partition), leader]))
      // Of a partition without a sound leader nothing is known until it has one.
      const known = all.filter(({ leader }) => sound.some(({ id }) => id === leader))
      for (const { group, inputs } of this.#graph.subtopologies) {
        const at = known.filter(({ topic }) => inputs.includes(topic))
        await this.#compare(broker, group, at).catch(() => {})
      }
    } finally {
      await broker?.close()
      cluster.close()
    }
  }

  async #compare(broker: Broker, group: string, at: readonly TopicPartition[]): Promise<void> {
    const ends = await broker.admin.listOffsets(at, 'latest')
    const offsets = await broker.admin.committedOffsets(group, at)
    const now = Date.now()
    for (const [index, { topic, partition }] of at.entries()) {
      const key = partitionKey(topic, partition)
      const committed = offsets[index]?.offset ?? 0
      const end = ends[index]!
      const observation = { where: `${group} ${key}`, kind: this.#kindOf(key), committed, end, at: now }
      const moved = this.#record.note(observation)
      if (moved && this.#broken.length === 0) this.#struck.delete(key)
    }
  }

  #kindOf(key: string): StandstillKind {
    if (this.#broken.length > 1) return 'too few brokers'
    return this.#struck.has(key) ? 'leader broken' : 'leader lives'
  }
}
