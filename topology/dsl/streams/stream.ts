import { refuse } from '../../definition/collected-errors.ts'
import type { FailurePolicy } from '../../definition/definition.ts'
import type { Duration } from '../../definition/duration.ts'
import { TopologyError } from '../../definition/errors.ts'
import type { FlowRecord } from '../../definition/record.ts'
import type { Serde } from '../../definition/serde.ts'
import type { AnyStore } from '../../definition/store.ts'
import type { AnyTopic, Topic } from '../../definition/topic.ts'
import {
  type AtOnce,
  atOnce,
  type Fits,
  type FitsLate,
  type Mapper,
  type Narrowing,
  type Partitioner,
  refuseAsync,
} from '../functions.ts'
import { lookupJoin } from '../joins/lookup-join.ts'
import { addTableLookup } from '../joins/lookup-join-nodes.ts'
import { addStreamJoin, type StreamJoinOptions } from '../joins/stream-join-nodes.ts'
import type { Joiner } from '../joins/table-join.ts'
import { passOn } from '../late-output.ts'
import { addOperator, type OperatorOptions } from '../operator.ts'
import { requireSerde } from '../plan.ts'
import type { StreamStage } from '../stage.ts'
import type { GlobalTable } from '../tables/global-table.ts'
import type { Table } from '../tables/table.ts'
import { addKeptTable } from '../tables/table-nodes.ts'
import type { TableWithoutSerde } from '../tables/table-without-serde.ts'
import type { GroupedStream } from './grouped-stream.ts'
import { repartitioned, repartitionedByKey } from './repartition.ts'
import {
  endWith,
  filterRecords,
  flatMapRecords,
  flatMapRecordValues,
  type HeaderText,
  mapRecordHeaders,
  mapRecords,
  mapRecordValues,
  peekRecords,
  type RecordFunction,
  selectRecordKey,
  splitRecords,
} from './stateless.ts'

/** Serdes of an operator's results, for a later store or repartition topic that must write them. */
interface MadeSerdes<K, V> {
  readonly key?: Serde<K>
  readonly value?: Serde<V>
}

/** The name and settings of a requested repartition topic. */
interface RepartitionNaming {
  readonly name: string
  /** Unset: as many as the topics that it is joined with, else as its writer's inputs. */
  readonly partitions?: number
  /** Name of the sub-topology that goes on from there. Unset: the first of its inputs by name. */
  readonly subtopology?: string
}

/** The options of writing to a topic. */
interface SinkOptions<K, V> {
  /** Chooses the partition of each record. Unset: as Kafka's default partitioner does, by the key. */
  partitioner?(...parameters: Parameters<Partitioner<K, V>>): number
}

/** The options of a join with a table, besides the joiner. */
interface TableJoinOptions<R> {
  /** Name of the repartition topic, when the stream's key was changed before. */
  readonly name?: string
  readonly value?: Serde<R>
  /**
   * For a versioned table: holds records back, in a store of that name, until stream time has passed them by the grace, to
   * give the table time to catch up. The grace is at most the table's history.
   */
  readonly buffer?: { readonly name: string; readonly grace: Duration }
}

/**
 * Records of a topic, or of an operator's output. Every method gives a new stream; none changes this one.
 *
 * After an operator that sets the key (`map`, `flatMap`, `selectKey`, `process`) the records are partitioned anew before
 * they are grouped, joined or kept as a table: through an internal topic, which needs a name.
 */
export class Stream<K, V> {
  /** The place of the stream in the graph. For operators. */
  readonly stage: StreamStage<K, V>

  constructor(stage: StreamStage<K, V>) {
    this.stage = stage
  }

  /** Keeps the records for which the test holds. */
  filter<S extends V>(test: Narrowing<K, V, S>): Stream<K, S>
  filter<R>(test: Mapper<K, V, R> & AtOnce<R>): Stream<K, V>
  filter(test: Mapper<K, V, unknown>): Stream<K, V> {
    return this.#same('filter', test, filterRecords(test as RecordFunction, true))
  }

  /** Leaves out the records for which the test holds. */
  filterNot<R>(test: Mapper<K, V, R> & AtOnce<R>): Stream<K, V> {
    return this.#same('filter-not', test, filterRecords(test as RecordFunction, false))
  }

  /** Sets key and value. Shape: `orders.map((order, key) => [order.customer, order.total])`. */
  map<K2, V2>(
    map: Mapper<K, V, readonly [K2, V2]> & AtOnce<K2> & AtOnce<V2>,
    made: MadeSerdes<K2, V2> = {},
  ): Stream<K2, V2> {
    const node = this.#node('map', map, mapRecords(map as RecordFunction))
    return new Stream({ plan: this.stage.plan, node, key: made.key, value: made.value, rekeyed: true })
  }

  /** Sets the value. `value` states its serde, where a store or repartition topic must write it later. */
  mapValues<V2>(map: Mapper<K, V, V2> & AtOnce<V2>, made: Pick<MadeSerdes<K, V2>, 'value'> = {}): Stream<K, V2> {
    const node = this.#node('map-values', map, mapRecordValues(map as RecordFunction), true)
    return new Stream({ ...this.stage, node, value: made.value })
  }

  /** Makes any number of records of one. */
  flatMap<K2, V2>(
    map: Mapper<K, V, Iterable<readonly [K2, V2]>> & AtOnce<K2> & AtOnce<V2>,
    made: MadeSerdes<K2, V2> = {},
  ): Stream<K2, V2> {
    const node = this.#node('flat-map', map, flatMapRecords(map as RecordFunction))
    return new Stream({ plan: this.stage.plan, node, key: made.key, value: made.value, rekeyed: true })
  }

  /** Makes any number of values of one. Shape: `lines.flatMapValues(line => line.split(' '))`. */
  flatMapValues<V2>(
    map: Mapper<K, V, Iterable<V2>> & AtOnce<V2>,
    made: Pick<MadeSerdes<K, V2>, 'value'> = {},
  ): Stream<K, V2> {
    const node = this.#node('flat-map-values', map, flatMapRecordValues(map as RecordFunction), true)
    return new Stream({ ...this.stage, node, value: made.value })
  }

  /** Sets the key. */
  selectKey<K2>(select: Mapper<K, V, K2> & AtOnce<K2>, made: Pick<MadeSerdes<K2, V>, 'key'> = {}): Stream<K2, V> {
    const node = this.#node('select-key', select, selectRecordKey(select as RecordFunction))
    return new Stream({ ...this.stage, node, key: made.key, rekeyed: true })
  }

  /** Looks at each record. Its side effects are not exactly once: a record may be looked at again after a crash. */
  peek(look: Mapper<K, V, unknown>): Stream<K, V> {
    return this.#same('peek', look, peekRecords(look as RecordFunction))
  }

  /**
   * Sets the headers of each record; every operator hands them on as they are, and those of a record are in `record.headers`. A text is
   * written in UTF-8. Shape: `orders.mapHeaders((order, key, { headers }) => [...headers, { key: 'origin', value: 'shop' }])`.
   */
  mapHeaders<R extends Iterable<HeaderText>>(map: Mapper<K, V, R> & AtOnce<R>): Stream<K, V> {
    return this.#same('map-headers', map, mapRecordHeaders(map as RecordFunction))
  }

  /**
   * Sets the rule for records that fail in an operator behind this one, up to the next `onError`; without one they are dead-lettered.
   * Shape: `orders.onError({ retry: { attempts: 5, backoff: '100ms', cap: '10s' }, then: 'stop' })`.
   */
  onError(policy: FailurePolicy): Stream<K, V> {
    return new Stream({ ...this.stage, node: this.stage.plan.underPolicy(this.stage.node, policy) })
  }

  /** Ends the stream with a look at each record. Its side effects are not exactly once, as those of `peek`. */
  forEach(look: Mapper<K, V, unknown>): void {
    this.#node('for-each', look, endWith(look as RecordFunction))
  }

  /** The records of both streams, each in its order. */
  merge<V2>(other: Stream<K, V2>): Stream<K, V | V2> {
    const { plan, node, key, value, rekeyed } = this.stage
    const merged = plan.nameFor(node, 'merge')
    plan.process({ name: merged, operator: 'merge', parents: [node, other.stage.node], keepsKey: true, create: passOn })
    const sameValue = value !== undefined && value.name === other.stage.value?.name
    return new Stream<K, V | V2>({
      plan,
      node: merged,
      key: key ?? other.stage.key,
      value: sameValue ? (value as Serde<V | V2>) : undefined,
      rekeyed: rekeyed || other.stage.rekeyed,
    })
  }

  /**
   * Splits the stream: each record goes to the first branch whose test it passes, else to `rest`.
   * Shape: `const { large, rest } = orders.split({ large: order => order.total > 100 })`.
   */
  split<B extends Record<string, Mapper<K, V, unknown>>>(
    branches: B & { readonly [N in keyof B]: AtOnce<ReturnType<B[N]>> },
  ): { readonly [N in keyof B | 'rest']: Stream<K, V> } {
    const { plan, node } = this.stage
    if ('rest' in branches)
      refuse(
        new TopologyError('TOPOLOGY_INVALID', `a branch after '${node}' is called 'rest', as the rest is: rename it`),
      )
    const split = plan.nameFor(node, 'split')
    const child = (name: string) => `${split}/${name}`
    const tests = Object.entries(branches).map(([name, test]) => [child(name), test as RecordFunction] as const)
    const functions = Object.values(branches)
    plan.process({
      name: split,
      operator: 'split',
      keepsKey: true,
      parents: [node],
      functions,
      create: splitRecords(tests, child('rest')),
    })
    const branch = (name: string): readonly [string, Stream<K, V>] => {
      plan.process({ name: child(name), operator: 'branch', parents: [split], keepsKey: true, create: passOn })
      return [name, new Stream({ ...this.stage, node: child(name) })]
    }
    const all = Object.fromEntries([...Object.keys(branches), 'rest'].map(branch))
    return all as { readonly [N in keyof B | 'rest']: Stream<K, V> }
  }

  /** Partitions the records by their key, or as `partitioner` chooses, through an internal topic of that name. */
  repartition(options: MadeSerdes<K, V> & RepartitionNaming & SinkOptions<K, V>): Stream<K, V> {
    const { name, key = this.stage.key, value = this.stage.value, ...how } = options
    return new Stream(repartitioned({ ...this.stage, key, value, rekeyed: true }, name, how))
  }

  /** Writes the records to a topic, each to the partition of its key unless `partitioner` chooses another. */
  to<TK, TV>(topic: Topic<string, TK, TV> & Fits<K, V, TK, TV>, options: SinkOptions<K, V> = {}): void {
    this.stage.plan.sink(this.stage.node, topic, options.partitioner)
  }

  /** Writes the records to a topic and goes on with the records read from it, which may include those of other writers. */
  through<TK, TV>(topic: Topic<string, TK, TV> & Fits<K, V, TK, TV>, options: SinkOptions<K, V> = {}): Stream<TK, TV> {
    const { plan } = this.stage
    this.to(topic, options)
    const node = plan.source([topic], 'stream')
    return new Stream<TK, TV>({ plan, node, key: topic.key, value: topic.value, rekeyed: false })
  }

  /** Writes each record to one of the topics. */
  toOneOf<TK, TV>(
    topics: readonly (Topic<string, TK, TV> & Fits<K, V, TK, TV>)[],
    choose: Mapper<K, V, Topic<string, TK, TV>>,
    options: SinkOptions<K, V> = {},
  ): void {
    const { plan, node } = this.stage
    const name = plan.nameFor(node, 'to-one-of')
    refuseAsync(name, [choose])
    for (const topic of topics) plan.builder.addTopic(topic)
    plan.builder.addNode({
      kind: 'sink',
      name,
      parents: [node],
      topic: record => atOnce(choose(record.value as V, record.key as K, record as FlowRecord<K, V>)).name,
      ...plan.partitionBy(name, options.partitioner, [choose]),
      ...plan.failureOf(name, [node]),
    })
  }

  /**
   * Keeps the last value of each key, in a store of that name. A null value deletes. When the key was changed, through the
   * repartition topic `<name>-by-key`.
   */
  toTable(name: string, made: MadeSerdes<NonNullable<K>, NonNullable<V>> = {}): Table<NonNullable<K>, V> {
    const key = (made.key ?? this.stage.key) as Serde<K> | undefined
    const value = (made.value ?? this.stage.value) as Serde<V> | undefined
    const { plan, node } = repartitionedByKey({ ...this.stage, key, value }, `${name}-by-key`)
    const serdes = {
      key: requireSerde(key as Serde<NonNullable<K>> | undefined, 'key', name, this.stage.node),
      value: requireSerde(value as Serde<NonNullable<V>> | undefined, 'value', name, this.stage.node),
    }
    return plan.makers.table<NonNullable<K>, V>(addKeptTable(plan, node, name, serdes))
  }

  /** Groups by the key. `name` is that of the repartition topic, when the key was changed; unset: `<store>-by-key`. */
  groupByKey(
    options: MadeSerdes<NonNullable<K>, V> & { readonly name?: string } = {},
  ): GroupedStream<NonNullable<K>, V> {
    const key = (options.key ?? this.stage.key) as Serde<NonNullable<K>> | undefined
    const value = options.value ?? this.stage.value
    return this.stage.plan.makers.groupedStream<NonNullable<K>, V>({ ...this.stage, key, value }, options.name)
  }

  /** Groups by another key: the records go through a repartition topic of that name. */
  groupBy<K2>(
    select: Mapper<K, V, K2> & AtOnce<K2>,
    options: { readonly name: string; readonly key: Serde<NonNullable<K2>>; readonly value?: Serde<V> },
  ): GroupedStream<NonNullable<K2>, V> {
    return this.selectKey(select, { key: options.key as Serde<K2> }).groupByKey({
      name: options.name,
      key: options.key,
      ...(options.value && { value: options.value }),
    })
  }

  /**
   * Joins with records of another stream that are near in time.
   *
   * Shape: `orders.join(payments, { name: 'paid-orders', within: '15m', grace: '1m' }, (order, payment) => ({ ... }))`.
   */
  join<V2, R, L extends AnyTopic = never>(
    other: Stream<K, V2>,
    options: StreamJoinOptions<R, L> & FitsLate<K, V | V2, L>,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2>, key: NonNullable<K>) => R) & AtOnce<R>,
  ): Stream<NonNullable<K>, R> {
    return new Stream(addStreamJoin('inner', this.stage, other.stage, options, joiner as Joiner)) as Stream<
      NonNullable<K>,
      R
    >
  }

  /** As `join`; a record of this stream without a match is joined with null when its window has passed. */
  leftJoin<V2, R, L extends AnyTopic = never>(
    other: Stream<K, V2>,
    options: StreamJoinOptions<R, L> & FitsLate<K, V | V2, L>,
    joiner: ((left: NonNullable<V>, right: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
  ): Stream<K, R> {
    return new Stream(addStreamJoin('left', this.stage, other.stage, options, joiner as Joiner)) as Stream<K, R>
  }

  /** As `join`; a record of either stream without a match is joined with null when its window has passed. */
  outerJoin<V2, R, L extends AnyTopic = never>(
    other: Stream<K, V2>,
    options: StreamJoinOptions<R, L> & FitsLate<K, V | V2, L>,
    joiner: ((left: NonNullable<V> | null, right: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
  ): Stream<K, R> {
    return new Stream(addStreamJoin('outer', this.stage, other.stage, options, joiner as Joiner)) as Stream<K, R>
  }

  /** Joins each record with the table's value of its key; for a versioned table, with the value of its time. */
  joinTable<V2, R>(
    table: TableWithoutSerde<NonNullable<K>, V2>,
    joiner: ((value: NonNullable<V>, found: NonNullable<V2>, key: NonNullable<K>) => R) & AtOnce<R>,
    options: TableJoinOptions<R> = {},
  ): Stream<NonNullable<K>, R> {
    return this.#joinTable('inner', table, joiner as Joiner, options) as Stream<NonNullable<K>, R>
  }

  /** As `joinTable`; a record without a match is joined with null. */
  leftJoinTable<V2, R>(
    table: TableWithoutSerde<NonNullable<K>, V2>,
    joiner: ((value: NonNullable<V>, found: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
    options: TableJoinOptions<R> = {},
  ): Stream<K, R> {
    return this.#joinTable('left', table, joiner as Joiner, options)
  }

  /** Joins each record with the value that a global table has for the key that `keyOf` gives. */
  joinGlobal<K2, V2, R>(
    table: GlobalTable<K2, V2>,
    keyOf: (value: NonNullable<V>, key: K) => K2 | null,
    joiner: ((value: NonNullable<V>, found: NonNullable<V2>, key: K) => R) & AtOnce<R>,
    made: Pick<MadeSerdes<K, R>, 'value'> = {},
  ): Stream<K, R> {
    return this.#joinGlobal('inner', table, keyOf, joiner as Joiner, made.value)
  }

  /** As `joinGlobal`; a record without a match is joined with null. */
  leftJoinGlobal<K2, V2, R>(
    table: GlobalTable<K2, V2>,
    keyOf: (value: NonNullable<V>, key: K) => K2 | null,
    joiner: ((value: NonNullable<V>, found: NonNullable<V2> | null, key: K) => R) & AtOnce<R>,
    made: Pick<MadeSerdes<K, R>, 'value'> = {},
  ): Stream<K, R> {
    return this.#joinGlobal('left', table, keyOf, joiner as Joiner, made.value)
  }

  /** Runs user code with stores in the middle of a chain. It may set the key. */
  process<K2, V2, S extends Record<string, AnyStore> = Record<never, never>>(
    options: OperatorOptions<K, V, K2, V2, S> & { readonly key: Serde<K2> },
  ): Stream<K2, V2> {
    const node = addOperator(this.stage, options)
    return new Stream({ plan: this.stage.plan, node, key: options.key, value: options.value, rekeyed: true })
  }

  /** As `process`, for code that keeps the key: nothing has to be partitioned anew. */
  processValues<V2, S extends Record<string, AnyStore> = Record<never, never>>(
    options: OperatorOptions<K, V, K, V2, S>,
  ): Stream<K, V2> {
    const node = addOperator(this.stage, options)
    return new Stream({ ...this.stage, node, value: options.value })
  }

  #node(
    operator: string,
    function_: Mapper<K, V, unknown>,
    create: ReturnType<typeof mapRecords>,
    keepsKey = false,
  ): string {
    return this.stage.plan.stateless(this.stage.node, operator, [function_], create, keepsKey)
  }

  #same(operator: string, function_: Mapper<K, V, unknown>, create: ReturnType<typeof mapRecords>): Stream<K, V> {
    return new Stream({ ...this.stage, node: this.#node(operator, function_, create, true) })
  }

  #joinTable<V2, R>(
    kind: 'inner' | 'left',
    table: TableWithoutSerde<NonNullable<K>, V2>,
    joiner: Joiner,
    options: TableJoinOptions<R>,
  ): Stream<K, R> {
    const stage = repartitioned(this.stage, options.name)
    const node = addTableLookup(kind, stage, table.stage, joiner, options.buffer)
    return new Stream<K, R>({ ...stage, node, value: options.value })
  }

  #joinGlobal<K2, V2, R>(
    kind: 'inner' | 'left',
    table: GlobalTable<K2, V2>,
    keyOf: (value: NonNullable<V>, key: K) => K2 | null,
    joiner: Joiner,
    value: Serde<R> | undefined,
  ): Stream<K, R> {
    const { plan, node } = this.stage
    const name = plan.nameFor(node, `${kind}-join-global`)
    plan.process({
      name,
      operator: `${kind}-join-global`,
      keepsKey: true,
      parents: [node],
      globals: [table.store.name],
      functions: [keyOf, joiner],
      create: lookupJoin({
        kind,
        joiner,
        open: context => context.store(table.store),
        keyOf: keyOf as (value: unknown, key: unknown) => unknown,
      }),
    })
    return new Stream<K, R>({ ...this.stage, node: name, value })
  }
}
