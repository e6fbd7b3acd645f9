import type {
  Broker,
  BrokerAdmin,
  GroupMember,
  GroupOptions,
  ProducerOptions,
  ReaderOptions,
  RecordReader,
  RecordWriter,
  TopicPartition,
  TransactionalProducer,
} from '../port.ts'
import { MemoryClient } from './client.ts'
import { Cluster, type MemoryBrokerOptions } from './cluster.ts'
import type { LogBatch } from './partition-log.ts'

export type { MemoryBrokerOptions } from './cluster.ts'

/**
 * Kafka in this process, as far as the broker port goes: offsets, markers, transactions, fencing, the last stable offset,
 * groups, compaction and retention behave as Kafka's do; nothing is persistent and nothing is serialised.
 *
 * Shape: `const broker = new MemoryBroker({ clock })`; each worker gets `broker.connect()`. The broker is a client too, for
 * programs that need only one.
 */
export class MemoryBroker implements Broker {
  readonly #cluster: Cluster
  readonly #own: MemoryClient
  readonly #clients = new Set<MemoryClient>()
  #named = 0

  constructor(options: MemoryBrokerOptions) {
    this.#cluster = new Cluster(options)
    this.#own = this.connect('broker')
  }

  /** A client of its own: closing or crashing it ends only its own parts. Faults are told its name. */
  connect(name = `client-${++this.#named}`): MemoryClient {
    const client = new MemoryClient(this.#cluster, name)
    this.#clients.add(client)
    return client
  }

  get admin(): BrokerAdmin {
    return this.#own.admin
  }

  producer(options: ProducerOptions): TransactionalProducer {
    return this.#own.producer(options)
  }

  writer(): Promise<RecordWriter> {
    return this.#own.writer()
  }

  reader(options: ReaderOptions): RecordReader {
    return this.#own.reader(options)
  }

  join(options: GroupOptions): GroupMember {
    return this.#own.join(options)
  }

  /** Closes every client. */
  async close(): Promise<void> {
    for (const client of this.#clients) await client.close()
    this.#clients.clear()
  }

  /** Compacts a topic now, whatever its configuration. Errors: TopologyError TOPIC_MISSING. */
  compact(topic: string): void {
    const { logs, deleteRetentionMs } = this.#cluster.topics.get(topic)
    for (const log of logs) log.compact(this.#cluster.clock.now(), deleteRetentionMs)
  }

  /** Compacts and expires every topic whose configuration asks for it. */
  clean(): void {
    this.#cluster.clean()
  }

  /** Moves the log start of a partition up to an offset. Errors: TopologyError TOPIC_MISSING. */
  deleteRecords({ topic, partition }: TopicPartition, before: number): void {
    this.#cluster.topics.log(topic, partition).deleteBefore(before)
  }

  /** The log as it is, markers, aborted and open records included: for checkers that trust no reader. */
  inspect({ topic, partition }: TopicPartition): readonly LogBatch[] {
    return this.#cluster.topics.log(topic, partition).batches
  }

  /** The epoch of a transactional id's owner; -1 before its first. */
  producerEpoch(transactionalId: string): number {
    return this.#cluster.transactions.epochOf(transactionalId)
  }

  /** Transactional ids whose transaction has no verdict yet. */
  openTransactions(): readonly string[] {
    return this.#cluster.transactions.open()
  }
}
