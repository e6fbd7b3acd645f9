import type { StreamRecord } from './record.ts'
import type { Serde } from './serde.ts'

/** Reads the event time of a record. Units: milliseconds since the epoch. */
export type TimestampExtractor<K, V> = (record: StreamRecord<K, V>, streamTime: number) => number

/** The options of a topic besides its serdes. */
export interface TopicOptions<K = unknown, V = unknown> {
  /** The number of partitions that `topics apply` creates. Unset: 1, or for an internal topic the count of its writers' inputs. */
  readonly partitions?: number
  /** Kafka's own topic configuration. Shape: `{ 'cleanup.policy': 'compact' }`. */
  readonly config?: Readonly<Record<string, string>>
  /** Event time; unset: the record's timestamp. */
  readonly timestamp?: TimestampExtractor<K, V>
  /** The position at which a group without committed offsets begins. Unset: `'earliest'`. */
  readonly offsetReset?: 'earliest' | 'latest' | 'fail'
  /**
   * A record on another partition than Kafka's default partitioner gives its key, which a producer with its own partitioner
   * wrote. `'count'`: it is counted (`millrace_records_misplaced_total`) and processed; `'dead-letter'`: it becomes a dead letter
   * too. Unset: `'count'`.
   */
  readonly misplaced?: 'count' | 'dead-letter' | 'ignore'
}

/** A topic with its serdes. Shape: `topic('lines', { key: string, value: string })`. */
export interface Topic<N extends string = string, K = unknown, V = unknown> extends TopicOptions<K, V> {
  readonly kind: 'topic'
  readonly name: N
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** A topic of any types, where only its name and serdes' presence matter. */
// biome-ignore lint/suspicious/noExplicitAny: the top type of a generic that is both read and written
export type AnyTopic = Topic<string, any, any>

/** The record a topic carries; `topic` is its literal name, so that a union of them narrows. */
export type RecordOf<T> = T extends Topic<infer N, infer K, infer V> ? StreamRecord<K, V, N> : never

/** Declares a topic. */
export function topic<const N extends string, K, V>(
  name: N,
  options: { readonly key: Serde<K>; readonly value: Serde<V> } & TopicOptions<K, V>,
): Topic<N, K, V> {
  return { kind: 'topic', name, ...options }
}
