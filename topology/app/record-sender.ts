import { type Broker, partitionKey, type RecordWriter } from '../broker/port.ts'
import { ProcessorError, TopologyError } from '../definition/errors.ts'
import type { Header } from '../definition/record.ts'
import type { SchemaRegistry } from '../definition/serde.ts'
import type { AnyTopic, Topic } from '../definition/topic.ts'
import type { RecordCodec } from '../runtime/codecs.ts'
import { partitionOf } from '../runtime/partitioner.ts'
import { registeredSpans } from './tracing/engine-spans.ts'

/** The time, the headers and the place of a record that is sent. */
export interface SendOptions {
  /** Event time. Units: ms since the epoch. Unset: now. */
  readonly at?: number
  readonly headers?: readonly Header[]
  /** Unset: the one that Java's default partitioner gives the key. */
  readonly partition?: number
}

/** The place of a sent record. */
export interface SentTo {
  readonly topic: string
  readonly partition: number
}

/** The parts that a sender needs. */
interface SenderParts {
  readonly broker: Broker
  readonly registry: SchemaRegistry
  readonly clock: { now(): number }
}

/**
 * Sends records from outside a topology as the topology expects them: with the serdes of the topic, on the partition that Kafka's
 * default partitioner (murmur2 of the key's bytes) gives.
 */
export class RecordSender {
  readonly #parts: SenderParts
  #writer: Promise<RecordWriter> | undefined
  readonly #codecs = new Map<AnyTopic, Promise<RecordCodec>>()
  readonly #partitions = new Map<string, Promise<number>>()
  readonly #tracing: boolean
  #unkeyed = 0

  /** `tracing`: false for no spans, though an OpenTelemetry SDK is registered in this process. */
  constructor(parts: SenderParts, tracing = true) {
    this.#parts = parts
    this.#tracing = tracing
  }

  /**
   * Sends one record; resolves when the brokers have it. Returns its place.
   *
   * Errors: SerdeError ENCODE_FAILED for a value that the serde refuses; TopologyError TOPIC_MISSING, SCHEMA_MISSING;
   * RetriableError BROKER_UNAVAILABLE, REGISTRY_UNAVAILABLE.
   */
  async send<K, V>(topic: Topic<string, K, V>, key: K, value: V, options: SendOptions = {}): Promise<SentTo> {
    const { key: keys, value: values } = await this.#codecOf(topic)
    const bytes = { key: keys.encode(key), value: values.encode(value) }
    const timestamp = options.at ?? this.#parts.clock.now()
    if (!Number.isSafeInteger(timestamp))
      throw new ProcessorError('ENCODE_FAILED', `a record cannot be at ${timestamp}: give milliseconds since the epoch`)
    const partition = await this.#partitionFor(topic.name, bytes.key, options.partition)
    this.#writer ??= this.#parts.broker.writer()
    const writer = await this.#writer
    const place = { topic: topic.name, partition }
    const send = (headers: readonly Header[]) => writer.send([{ ...place, timestamp, ...bytes, headers }])
    const spans = this.#tracing ? await registeredSpans() : undefined
    const { headers = [] } = options
    await (spans === undefined ? send(headers) : spans.sending(place, headers, send))
    return place
  }

  /** Closes the producer. Records that were sent are with the brokers. */
  async close(): Promise<void> {
    const writer = await this.#writer?.catch(() => undefined)
    await writer?.close()
  }

  #codecOf(topic: AnyTopic): Promise<RecordCodec> {
    return kept(this.#codecs, topic, async () => {
      const at = { topic: topic.name, registry: this.#parts.registry }
      return {
        key: await topic.key.bind({ ...at, part: 'key' }),
        value: await topic.value.bind({ ...at, part: 'value' }),
      }
    })
  }

  async #partitionFor(topic: string, key: Uint8Array | null, asked: number | undefined): Promise<number> {
    const count = await kept(this.#partitions, topic, async () => {
      const [spec] = await this.#parts.broker.admin.describeTopics([topic])
      if (spec === undefined)
        throw new TopologyError(
          'TOPIC_MISSING',
          `the cluster has no topic '${topic}': create it with 'millrace topics apply'`,
        )
      return spec.partitions
    })
    if (asked === undefined) return key === null ? this.#unkeyed++ % count : partitionOf(key, count)
    if (Number.isInteger(asked) && asked >= 0 && asked < count) return asked
    throw new TopologyError(
      'CONFIG_INVALID',
      `there is no ${partitionKey(topic, asked)}: the topic has ${count} partitions`,
    )
  }
}

/** The value of a key, made once; one that fails is made again when it is next asked for. */
function kept<K, V>(map: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  made.catch(() => map.delete(key))
  return made
}
