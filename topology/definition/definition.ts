import type { Duration } from './duration.ts'
import type { Awaitable, FlowRecord, StreamRecord } from './record.ts'
import type { AnyStore, HandleOf } from './store.ts'
import type { AnyTopic } from './topic.ts'

/**
 * A topology as plain data, made by the TypeScript builder and by the YAML loader alike, and run by the worker, the
 * embedded run, the test driver and the simulation. A graph of nodes: sources read topics, process nodes work, sinks write.
 */
export interface TopologyDefinition {
  readonly kind: 'topology'
  /** The application id: prefix of groups, internal topics and transactional ids. */
  readonly name: string
  readonly topics: readonly AnyTopic[]
  readonly stores: readonly AnyStore[]
  readonly nodes: readonly NodeDefinition[]
  /** The definition as it was declared, without the topics that patterns have found; unset: it is that one. */
  readonly declared?: TopologyDefinition
}

/** The topics of a source that are found by their names on the cluster. Made by `resolvePatterns`. */
export interface TopicPattern {
  /** As `RegExp.test` takes it. */
  readonly match: RegExp
  /** The serdes and settings of each topic that is found; its name is the pattern's text. */
  readonly like: AnyTopic
}

/** The place where a node was written, for messages. Shape: `{ file: 'trading.yaml', line: 14, column: 14 }`. */
export interface SourceLocation {
  readonly file: string
  readonly line: number
  readonly column: number
}

interface NodeBase {
  /** Unique in the topology. */
  readonly name: string
  /** Name of the sub-topology this node asks for: consumer group and worker name. One per connected graph. */
  readonly subtopology?: string
  readonly at?: SourceLocation
}

/** Reads topics. A `stream` source hands records on; a `global` source is one read-only copy a worker, of all partitions. */
export interface SourceNode extends NodeBase {
  readonly kind: 'source'
  readonly topics: readonly string[]
  readonly role: 'stream' | 'table' | 'global'
  /** Adds topics by their names; `topics` has those that were found. */
  readonly pattern?: TopicPattern
  /** For a global source: the store that holds its copy. */
  readonly store?: string
}

/** Works on records. */
export interface ProcessNode extends NodeBase {
  readonly kind: 'process'
  readonly parents: readonly string[]
  /** Names of the stores it may use. Nodes that share a store share a sub-topology. */
  readonly stores: readonly string[]
  /** Names of global stores it may read. */
  readonly globals?: readonly string[]
  readonly failure?: FailurePolicy
  /** For describe: what it does. Shape: `'filter'`, `'count'`, `'processor'`. */
  readonly operator: string
  /** For diff: what its state depends on. Shape: `{ sizeMs: 60000, graceMs: 5000 }`. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>
  /** The user's functions inside, by which two definitions can be compared. Shape: `[isLarge]`. */
  readonly functions?: readonly UserFunction[]
  /** One instance a task. */
  create(context: NodeContext): NodeProcessor
  /**
   * Returns the keys that `process` will read, so that a batch of records costs one query per store.
   * Shape: `{ decisions: [['c-1', 'key-7']] }`: by store name, the split keys (or leading parts of them).
   */
  prefetch?(record: FlowRecord): Readonly<Record<string, readonly (readonly unknown[])[]>>
}

/** Writes a topic. `topic` is a function for a dynamic sink; it must name declared topics. */
export interface SinkNode extends NodeBase {
  readonly kind: 'sink'
  readonly parents: readonly string[]
  readonly topic: string | ((record: FlowRecord) => string)
  /** Unset: murmur2 of the key's bytes, as Java does; round robin by offset of the source for a null key. */
  readonly partition?: (record: FlowRecord, partitions: number) => number
  /** The user's functions that `topic` and `partition` wrap, if any, by which two definitions can be compared. */
  readonly functions?: readonly UserFunction[]
  readonly failure?: FailurePolicy
}

/**
 * Writes an internal topic `<app>-<name>-repartition` and reads it again: a node that is a sink on one side and a source of
 * another sub-topology on the other. Its topic is listed in `topics` under `topic`. `subtopology` names the reading side.
 */
export interface RepartitionNode extends NodeBase {
  readonly kind: 'repartition'
  readonly parents: readonly string[]
  readonly topic: string
  readonly partition?: (record: FlowRecord, partitions: number) => number
  /** The user's function that `partition` wraps, if any, by which two definitions can be compared. */
  readonly functions?: readonly UserFunction[]
  readonly failure?: FailurePolicy
}

export type NodeDefinition = SourceNode | ProcessNode | SinkNode | RepartitionNode

/** A function of the user, whatever it takes. */
export type UserFunction = (...parameters: never[]) => unknown

/** The rule for a record that fails. Unset: no retry, dead-letter to `<topic>.dlq`. */
export interface FailurePolicy {
  /** For errors that may pass by themselves (RetriableError, or an error that `isRetriable` accepts). */
  readonly retry?: { readonly attempts: number; readonly backoff: Duration; readonly cap: Duration }
  readonly isRetriable?: (error: unknown) => boolean
  readonly then: 'dead-letter' | 'stop'
  /**
   * The worker stops instead of dead-lettering on when more than `share` (from 0 to 1) of the last `records` of a task have failed.
   * Unset: as the worker's settings say. `records: 0`: never. Shape: `{ share: 0.5, records: 1000 }`.
   */
  readonly breaker?: { readonly share: number; readonly records: number }
  /** A record that is processed for longer is told as stuck, in health, log and metrics. Unset: as the worker's settings say. */
  readonly slowAfter?: Duration
}

/** A running node. `process` hands results on through `context.forward`. */
export interface NodeProcessor {
  process(record: FlowRecord): Awaitable<void>
  /** Called before a commit: a caching operator hands on what it holds. */
  flush?(): Awaitable<void>
  close?(): void
}

/** The services that a node is given when its task opens. */
export interface NodeContext {
  /** Shape: `{ subtopology: 'by-word', partition: 3 }`. */
  readonly task: TaskId
  /** Hands a record to all children, or to the one named. Await what it returns when it is a promise. */
  forward(record: FlowRecord, child?: string): Awaitable<void>
  store<S extends AnyStore>(definition: S): HandleOf<S>
  /** Event time: the highest timestamp this task has seen. Units: ms; -1 before the first record. */
  streamTime(): number
  /** True when the task has processed all that its inputs hold, as far as the last fetches showed. */
  caughtUp(): boolean
  /** The wall clock of the task: processors read no clock of their own. Units: ms. */
  now(): number
  /** The source record being processed; undefined in a punctuator. */
  source(): StreamRecord | undefined
  /** Counts a record that an operator leaves out by its semantics (null key, late). Metrics and logs show the reason. */
  skip(reason: SkipReason): void
  punctuate(punctuation: Punctuation): void
}

/**
 * Why a record was left out. `negative-time`: its time, or the one that its topic's extractor gives, is below zero; such a record
 * reaches no operator. Source: the "dropped-records" sensor of Kafka Streams.
 */
export type SkipReason = 'null-key' | 'null-value' | 'late' | 'expired' | 'negative-time'

/** A task: one sub-topology on one partition. Printed `by-word_3`. */
export interface TaskId {
  readonly subtopology: string
  readonly partition: number
}

/** Calls back as time passes; one call after a gap, not one for each missed interval. */
export interface Punctuation {
  /** Unique in its node; survives in metrics and traces. */
  readonly name: string
  readonly every: Duration
  /** `stream-time` moves with records only; `wall-clock` by itself. */
  readonly on: 'stream-time' | 'wall-clock'
  /** `time` is the stream time or the wall clock. Units: ms. */
  run(time: number): Awaitable<void>
}

/** Shape: `by-word_3`. */
export function taskName(task: TaskId): string {
  return `${task.subtopology}_${task.partition}`
}

/** The names of a sub-topology's tasks. Shape: `taskNames('by-word', 2)` gives `['by-word_0', 'by-word_1']`. */
export function taskNames(subtopology: string, tasks: number): readonly string[] {
  return Array.from({ length: tasks }, (_, partition) => taskName({ subtopology, partition }))
}

/** Shape: `parseTaskName('by-word_3')` gives `{ subtopology: 'by-word', partition: 3 }`. */
export function parseTaskName(name: string): TaskId {
  const at = name.lastIndexOf('_')
  return { subtopology: name.slice(0, at), partition: Number(name.slice(at + 1)) }
}
