import { type Broker, partitionKey, type RawRecord, type RecordReader } from '../../broker/port.ts'
import type { Codec, SchemaRegistry } from '../../definition/serde.ts'
import type { AnyTopic } from '../../definition/topic.ts'

/** A decoded record of a topic that is followed. */
export interface Tailed {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly value: unknown
}

/** Is called with a record that its topic's serde cannot decode. */
export type OnUndecodable = (record: RawRecord, error: unknown) => void

/** Follows topics from their start as a read_committed reader, and decodes what comes. */
export class TopicTail {
  readonly #reader: RecordReader
  readonly #decode: ReadonlyMap<string, Codec<unknown>>
  readonly #onUndecodable: OnUndecodable

  /** The offset up to which each partition was read, by `topic/partition`, markers included. */
  readonly positions = new Map<string, number>()

  private constructor(
    reader: RecordReader,
    decode: ReadonlyMap<string, Codec<unknown>>,
    onUndecodable: OnUndecodable = refuse,
  ) {
    this.#reader = reader
    this.#decode = decode
    this.#onUndecodable = onUndecodable
  }

  /** Unset `onUndecodable`: such a record makes `next` throw. */
  static async open(
    topics: readonly AnyTopic[],
    broker: Broker,
    registry: SchemaRegistry,
    onUndecodable?: OnUndecodable,
  ): Promise<TopicTail> {
    const reader = broker.reader({ isolation: 'read_committed', maxWaitMs: 20 })
    const decode = new Map<string, Codec<unknown>>()
    const specs = await broker.admin.describeTopics(topics.map(topic => topic.name))
    for (const topic of topics)
      decode.set(topic.name, await topic.value.bind({ topic: topic.name, part: 'value', registry }))
    const at = specs.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
    )
    const starts = await broker.admin.listOffsets(at, 'earliest')
    const tail = new TopicTail(reader, decode, onUndecodable)
    for (const [index, partition] of at.entries()) {
      reader.seek(partition, starts[index] as number)
      tail.positions.set(partitionKey(partition.topic, partition.partition), starts[index] as number)
    }
    return tail
  }

  /** The records that came since the last call; waits a moment when there are none. */
  async next(): Promise<readonly Tailed[]> {
    const found: Tailed[] = []
    for (const fetched of await this.#reader.poll()) {
      const codec = this.#decode.get(fetched.topic)!
      this.positions.set(partitionKey(fetched.topic, fetched.partition), fetched.position)
      for (const record of fetched.records) {
        const { topic, partition, offset } = record
        const key = Buffer.from(record.key ?? []).toString()
        try {
          found.push({ topic, partition, offset, key, value: await codec.decode(record.value) })
        } catch (error) {
          this.#onUndecodable(record, error)
        }
      }
    }
    return found
  }

  close(): Promise<void> {
    return this.#reader.close()
  }
}

function refuse(_: RawRecord, error: unknown): never {
  throw error
}
