import { setTimeout as sleep } from 'node:timers/promises'
import { Appender } from '../../../../topology/broker/kafkajs/appender.ts'
import type { Cluster } from '../../../../topology/broker/kafkajs/cluster.ts'
import type { ConnectionSet } from '../../../../topology/broker/kafkajs/connection-set.ts'
import type { Message } from '../../../../topology/broker/kafkajs/protocol/message.ts'
import { Writer } from '../../../../topology/broker/kafkajs/protocol/writer.ts'
import { FetchedRecords } from '../../../../topology/broker/kafkajs/record-batch/fetched-records.ts'
import { MemoryBroker } from '../../../../topology/broker/memory/memory-broker.ts'
import {
  type Appended,
  type Broker,
  type FetchedPartition,
  partitionKey,
  type ReaderOptions,
  type RecordReader,
  type TopicPartition,
  type Transaction,
  type TransactionalProducer,
} from '../../../../topology/broker/port.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'
import type { PartitionLog } from './input-log.ts'

type Logs = ReadonlyMap<string, readonly PartitionLog[]>

/** A round trip to a server that is not there. Units: ms. */
export const roundTripMs = 3

/** A broker that is not there: its answers are right, and it costs nothing. */
export interface StubBroker {
  readonly broker: Broker
  /** Input records whose offsets were committed. */
  committed(): number
  /** Output and changelog records in committed transactions. */
  readonly written: { records: number; bytes: number }
}

/**
 * A broker without a server: fetched batches are decoded and produced ones encoded by the code that a cluster needs, and nothing
 * is sent or stored. Groups and topics are the memory broker's, which no record passes.
 */
export async function stubBroker(logs: Logs, partitions: number): Promise<StubBroker> {
  const client = new MemoryBroker({ clock: systemClock, cleanIntervalMs: 1e9 }).connect()
  const topics = [...logs.keys(), 'output']
  await client.admin.createTopics(topics.map(name => ({ name, partitions, config: {} })))
  const positions = new Map<string, number>()
  const written = { records: 0, bytes: 0 }
  const broker: Broker = {
    admin: client.admin,
    writer: () => client.writer(),
    join: options => client.join(options),
    reader: options => new StubReader(logs, options),
    producer: () => new StubProducer(positions, written),
    close: () => client.close(),
  }
  return { broker, committed: () => [...positions.values()].reduce((sum, offset) => sum + offset, 0), written }
}

interface Cursor extends TopicPartition {
  position: number
  paused: boolean
}

class StubReader implements RecordReader {
  readonly #logs: Logs
  readonly #maxBytes: number
  readonly #cursors = new Map<string, Cursor>()
  #closed = false
  #wake = () => {}

  constructor(logs: Logs, { maxBytesPerPartition = 1 << 20 }: ReaderOptions) {
    this.#logs = logs
    this.#maxBytes = maxBytesPerPartition
  }

  seek({ topic, partition }: TopicPartition, position: number): void {
    const key = partitionKey(topic, partition)
    this.#cursors.set(key, { topic, partition, position, paused: this.#cursors.get(key)?.paused ?? false })
    this.#wake()
  }

  remove({ topic, partition }: TopicPartition): void {
    this.#cursors.delete(partitionKey(topic, partition))
  }

  pause({ topic, partition }: TopicPartition): void {
    const cursor = this.#cursors.get(partitionKey(topic, partition))
    if (cursor) cursor.paused = true
  }

  resume({ topic, partition }: TopicPartition): void {
    const cursor = this.#cursors.get(partitionKey(topic, partition))
    if (cursor) cursor.paused = false
    this.#wake()
  }

  async poll(): Promise<readonly FetchedPartition[]> {
    while (!this.#closed) {
      await systemClock.yield()
      const found: FetchedPartition[] = []
      for (const cursor of [...this.#cursors.values()]) found.push(...(await this.#fetch(cursor)))
      if (found.length > 0) return found
      await Promise.race([
        sleep(20),
        new Promise<void>(resolve => {
          this.#wake = resolve
        }),
      ])
    }
    return []
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#wake()
  }

  async #fetch(cursor: Cursor): Promise<FetchedPartition[]> {
    const log = this.#logs.get(cursor.topic)?.[cursor.partition]
    if (log === undefined || cursor.paused || cursor.position >= log.endOffset) return []
    const parts: Buffer[] = []
    let size = 0
    for (const { next, bytes } of log.batches) {
      if (next <= cursor.position) continue
      if (size > 0 && size + bytes.length > this.#maxBytes) break
      parts.push(bytes)
      size += bytes.length
    }
    const { topic, partition } = cursor
    const range = { topic, partition, position: cursor.position, bytes: Buffer.concat(parts), aborted: [] }
    const { records, position } = await new FetchedRecords(range, systemClock).next(Number.POSITIVE_INFINITY)
    // Moved, removed or paused meanwhile.
    if (cursor.paused || this.#cursors.get(partitionKey(topic, partition)) !== cursor) return []
    cursor.position = position
    return [{ topic, partition, records, position, endOffset: log.endOffset }]
  }
}

class StubProducer implements TransactionalProducer {
  readonly #positions: Map<string, number>
  readonly #written: { records: number; bytes: number }
  readonly #appender: Appender
  readonly #ends = new Map<string, number>()
  #round: readonly TopicPartition[] = []

  constructor(positions: Map<string, number>, written: { records: number; bytes: number }) {
    this.#positions = positions
    this.#written = written
    const leader = { id: 1, host: 'nowhere', port: 1 }
    const cluster = {
      context: { clock: systemClock, requestTimeoutMs: 10_000 },
      groupByLeader: async (items: readonly TopicPartition[]) => {
        this.#round = items
        return new Map([[leader, items]])
      },
      forgetLeader: () => {},
    }
    const connection = { send: async (message: Message<unknown>) => this.#answer(message) }
    const connections = { to: async () => connection }
    // The appender asks of its cluster and its connections no more than these have.
    this.#appender = new Appender(
      cluster as unknown as Cluster,
      connections as unknown as ConnectionSet,
      'engine-bench',
      1_000,
    )
  }

  async init(): Promise<void> {}

  async commit({ records, offsets }: Transaction): Promise<Appended> {
    const appended = await this.#appender.append(records, { producerId: 1n, epoch: 0 }, [])
    await sleep(roundTripMs)
    this.#written.records += records.length
    for (const { topic, partition, offset } of offsets?.offsets ?? [])
      this.#positions.set(partitionKey(topic, partition), offset)
    return new Map(
      [...appended].map(([key, count]) => {
        // The records, and the marker that ends their transaction.
        const end = (this.#ends.get(key) ?? 0) + count + 1
        this.#ends.set(key, end)
        return [key, end]
      }),
    )
  }

  async close(): Promise<void> {}

  #answer(message: Message<unknown>) {
    const [, newest] = message.versions
    const writer = new Writer(newest >= message.flexibleFrom)
    message.encode(writer, newest)
    this.#written.bytes += writer.finish().length
    return this.#round.map(({ topic, partition }) => ({ topic, partition, errorCode: 0, baseOffset: 0 }))
  }
}
