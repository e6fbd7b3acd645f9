import type { FailurePolicy, Punctuation, TaskId } from './definition.ts'
import type { Awaitable, FlowRecord, Header } from './record.ts'
import type { AnyStore, HandleOf, ReadOnlyStore } from './store.ts'
import type { AnyTopic, RecordOf, Topic } from './topic.ts'

/** Writes to one declared topic. A wrong key, value or sink name does not compile. */
export interface SinkHandle<K, V> {
  /** `timestamp` unset: the current record's. Headers are added to those that travel by themselves (tracing). */
  send(key: K, value: V, options?: { readonly timestamp?: number; readonly headers?: readonly Header[] }): void
}

/** The stores by name, as user code holds them. */
export type StoreHandles<S extends Record<string, AnyStore>> = { readonly [N in keyof S]: HandleOf<S[N]> }

/** The tables by name: read-only, kept up to date from their topics by the same task. */
type TableHandles<T extends Record<string, AnyTopic>> = {
  readonly [N in keyof T]: T[N] extends Topic<string, infer K, infer V> ? ReadOnlyStore<K, V> : never
}

/** The sinks by name. */
type SinkHandles<O extends Record<string, AnyTopic>> = {
  readonly [N in keyof O]: O[N] extends Topic<string, infer K, infer V> ? SinkHandle<K, V> : never
}

/** The stores, tables, sinks and times that a processor gets. It sees no Kafka, no Postgres and no clock but `now`. */
export interface ProcessorContext<
  S extends Record<string, AnyStore>,
  T extends Record<string, AnyTopic>,
  O extends Record<string, AnyTopic>,
> {
  readonly stores: StoreHandles<S>
  readonly tables: TableHandles<T>
  readonly sinks: SinkHandles<O>
  readonly task: TaskId
  /** Wall clock. Units: ms since the epoch. */
  readonly now: number
  /** Highest event time seen by the task, the current record included. Units: ms. */
  readonly streamTime: number
  /**
   * True when the task has processed all that its inputs hold, as far as the last fetches showed. For wall-clock punctuators: false
   * while a task that was opened again still has records to read.
   */
  readonly caughtUp: boolean
}

/** A punctuator of a processor. */
interface ProcessorPunctuation<C> extends Omit<Punctuation, 'run'> {
  run(time: number, context: C): Awaitable<void>
}

/** The parts of a processor. They are also its definition: a value, unit-tested by calling `process`. */
export interface Processor<
  N extends string = string,
  I extends readonly AnyTopic[] = readonly AnyTopic[],
  S extends Record<string, AnyStore> = Record<string, AnyStore>,
  T extends Record<string, AnyTopic> = Record<string, AnyTopic>,
  O extends Record<string, AnyTopic> = Record<string, AnyTopic>,
> {
  readonly kind: 'processor'
  /** Also the name of its sub-topology, its consumer group's suffix, and what `--processor=` takes. */
  readonly name: N
  /** Topics it reads record by record. Co-partitioned: partition n of each goes to the same task. */
  readonly streams: I
  /** Topics it looks up by key. Table names are also their stores' names. */
  readonly tables: T
  readonly stores: S
  readonly sinks: O
  readonly failure?: FailurePolicy
  readonly punctuations: readonly ProcessorPunctuation<ProcessorContext<S, T, O>>[]
  process(record: RecordOf<I[number]>, context: ProcessorContext<S, T, O>): Awaitable<void>
  /** Keys that `process` will read: one query a store for a batch. Shape: `{ decisions: [['p-1', 'key-7']] }`. */
  readonly prefetch?: (
    record: RecordOf<I[number]>,
  ) => Partial<Record<keyof S | keyof T, readonly (readonly unknown[])[]>>
}

/** A processor of any types. */
// biome-ignore lint/suspicious/noExplicitAny: the top type of a generic that is both read and written
export type AnyProcessor = Processor<string, any, any, any, any>

/**
 * Declares a processor for what operators cannot say. `record.topic` narrows the record to its topic's type.
 *
 * `process` may be synchronous or asynchronous; everything it writes, sends and schedules for one record is kept or undone
 * as a whole.
 */
export function processor<
  const N extends string,
  const I extends readonly AnyTopic[],
  S extends Record<string, AnyStore> = Record<never, never>,
  T extends Record<string, AnyTopic> = Record<never, never>,
  O extends Record<string, AnyTopic> = Record<never, never>,
>(options: {
  readonly name: N
  readonly streams: I
  readonly tables?: T
  readonly stores?: S
  readonly sinks?: O
  readonly failure?: FailurePolicy
  readonly punctuations?: readonly ProcessorPunctuation<ProcessorContext<S, T, O>>[]
  readonly process: (record: RecordOf<I[number]>, context: ProcessorContext<S, T, O>) => Awaitable<void>
  readonly prefetch?: (
    record: RecordOf<I[number]>,
  ) => Partial<Record<keyof S | keyof T, readonly (readonly unknown[])[]>>
}): Processor<N, I, S, T, O> {
  const { tables, stores, sinks, punctuations, ...rest } = options
  return {
    kind: 'processor',
    ...rest,
    tables: tables ?? ({} as T),
    stores: stores ?? ({} as S),
    sinks: sinks ?? ({} as O),
    punctuations: punctuations ?? [],
  }
}

/** A repartition that is declared, not coded: the same value under another key. A processor and worker of its own. */
export interface RepartitionProcessor {
  readonly kind: 'repartition'
  readonly name: string
  readonly from: AnyTopic
  readonly to: AnyTopic
  /** The new key. */
  by(record: FlowRecord): unknown
}
