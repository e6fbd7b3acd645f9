import type { TopologyBuilder } from '../definition/builder.ts'
import { refuse } from '../definition/collected-errors.ts'
import type { FailurePolicy } from '../definition/definition.ts'
import type { Duration } from '../definition/duration.ts'
import { TopologyError } from '../definition/errors.ts'
import type { Serde, TypeOf } from '../definition/serde.ts'
import { string } from '../definition/serdes/primitives.ts'
import type { AnyTopic, Topic, TopicOptions } from '../definition/topic.ts'
import { fluentMakers } from './fluent-makers.ts'
import { Plan } from './plan.ts'
import type { Stream } from './streams/stream.ts'
import { GlobalTable } from './tables/global-table.ts'
import type { Table } from './tables/table.ts'
import { addKeptTable, addUnkeptTable, addVersionedTable, operatorStore } from './tables/table-nodes.ts'

/** The options for reading a topic as a stream. */
interface TopicStreamOptions {
  /**
   * Name of the sub-topology: the consumer group's suffix, and what `--processor=` takes. One for all that is connected.
   * Unset: the first of its inputs by name, so that a new input may give it another name and lose its offsets.
   */
  readonly subtopology?: string
}

/** The options for keeping a topic as a table. */
interface TopicTableOptions extends TopicStreamOptions {
  /** Keeps the past values of each key for this long, so that streams are joined with the value of their own time. */
  readonly history?: Duration
  /** The rule for records that fail in the table or behind it. Unset: they are dead-lettered. */
  readonly onError?: FailurePolicy
}

/** The methods with which the streams and tables of a topology begin. */
export interface StreamsScope {
  /** The records of a topic. */
  stream<K, V>(topic: Topic<string, K, V>, options?: TopicStreamOptions): Stream<K, V>
  /**
   * The records of several topics, each partition's in its order. Task n reads partition n of each, so that they need equal partition
   * counts, and one serde of keys.
   */
  stream<const T extends readonly AnyTopic[]>(
    topics: T,
    options?: TopicStreamOptions,
  ): Stream<TypeOf<T[number]['key']>, TypeOf<T[number]['value']>>
  /**
   * The records of all topics whose name the pattern matches, as `RegExp.test` does: those that are there at the start, and new ones
   * within a minute. Task n reads partition n of each. A start with topics of different partition counts is refused; one that comes later
   * with another count is left out, with an error in the log. Dead letters and the application's internal topics never match.
   */
  stream<K, V>(pattern: RegExp, options: PatternOptions<K, V>): Stream<K, V>
  /**
   * The last value of each key of a topic; a null value deletes. `name` is that of the store that keeps it; a table without a
   * store cannot be looked up, and therefore not be joined.
   */
  table<K, V>(topic: Topic<string, K, V>, name?: string, options?: TopicTableOptions): Table<NonNullable<K>, V>
  /** The last value of each key of a topic, all partitions of it in every worker, in a store of that name. */
  globalTable<K, V>(topic: Topic<string, K, V>, name: string): GlobalTable<NonNullable<K>, NonNullable<V>>
}

/** Serdes and settings of the topics that a pattern finds. */
interface PatternOptions<K, V> extends Pick<TopicOptions<K, V>, 'timestamp' | 'offsetReset' | 'misplaced'> {
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** Name of the sub-topology. Topics come and go: none of them can give it its name. */
  readonly subtopology: string
}

/** The streams and tables of a topology that is being declared. */
export function streamsScope(builder: TopologyBuilder): StreamsScope {
  const plan = new Plan(builder, fluentMakers)
  const { makers } = plan
  return {
    stream<K, V>(
      topics: Topic<string, K, V> | readonly AnyTopic[] | RegExp,
      options: TopicStreamOptions | PatternOptions<K, V> = {},
    ) {
      if (topics instanceof RegExp) return patternStream(plan, topics, options as PatternOptions<K, V>)
      const { subtopology } = options
      const all = Array.isArray(topics) ? (topics as readonly AnyTopic[]) : [topics as Topic<string, K, V>]
      const node = plan.source(all, 'stream', subtopology)
      return makers.stream<K, V>({ plan, node, ...serdesOf(all, node), rekeyed: false })
    },
    table<K, V>(topic: Topic<string, K, V>, name?: string, options: TopicTableOptions = {}) {
      const source = plan.source([topic], 'table', options.subtopology)
      const node = options.onError ? plan.underPolicy(source, options.onError) : source
      const serdes = {
        key: topic.key as Serde<NonNullable<K>>,
        value: topic.value as Serde<unknown> as Serde<NonNullable<V>>,
      }
      if (name === undefined) return makers.table<NonNullable<K>, V>(addUnkeptTable(plan, node, serdes))
      if (options.history === undefined) return makers.table<NonNullable<K>, V>(addKeptTable(plan, node, name, serdes))
      return makers.table<NonNullable<K>, V>(addVersionedTable(plan, node, name, serdes, options.history))
    },
    globalTable<K, V>(topic: Topic<string, K, V>, name: string) {
      const store = operatorStore(name, topic.key, topic.value)
      builder.addTopic(topic)
      builder.addStore(store)
      builder.addNode({ kind: 'source', name: `globals/${name}`, topics: [topic.name], role: 'global', store: name })
      const key = topic.key as Serde<NonNullable<K>>
      return new GlobalTable(store, key, topic.value as Serde<unknown> as Serde<NonNullable<V>>)
    },
  }
}

/**
 * The serdes of a stream of topics: the values' where all topics have one. Errors: TopologyError TOPOLOGY_INVALID when they have several
 * serdes of keys.
 */
function serdesOf(
  topics: readonly AnyTopic[],
  node: string,
): Pick<AnyTopic, 'key'> & { readonly value: AnyTopic['value'] | undefined } {
  const [first, ...others] = topics
  if (first === undefined) return { key: string as Serde<never>, value: undefined }
  const other = others.find(topic => topic.key.name !== first.key.name)
  if (other)
    refuse(
      new TopologyError(
        'TOPOLOGY_INVALID',
        `'${node}' reads keys of '${first.key.name}' in '${first.name}' and of '${other.key.name}' in '${other.name}': read them as two streams, set one key, and merge them`,
      ),
    )
  const same = others.every(topic => topic.value.name === first.value.name)
  return { key: first.key, value: same ? first.value : undefined }
}

function patternStream<K, V>(plan: Plan, match: RegExp, { subtopology, ...like }: PatternOptions<K, V>): Stream<K, V> {
  const node = plan.patternSource({ match, like: { kind: 'topic', name: String(match), ...like } }, subtopology)
  return plan.makers.stream<K, V>({ plan, node, key: like.key, value: like.value, rekeyed: false })
}
