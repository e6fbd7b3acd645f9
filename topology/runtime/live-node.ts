import type {
  NodeContext,
  NodeDefinition,
  NodeProcessor,
  ProcessNode,
  Punctuation,
  RepartitionNode,
  SinkNode,
  TaskId,
} from '../definition/definition.ts'
import { SerdeError, TopologyError } from '../definition/errors.ts'
import { type Awaitable, type FlowRecord, forEachInOrder, isPromise } from '../definition/record.ts'
import type { AnyStore, HandleOf } from '../definition/store.ts'
import type { RecordCodec } from './codecs.ts'
import { NodeFailure, policyOf } from './node-failure.ts'
import { partitionOf } from './partitioner.ts'
import type { Punctuations } from './punctuation.ts'
import type { Cursor, TaskGraphOptions } from './task-graph.ts'

/** A node of a task. Records are handed from node to node by direct calls. */
export interface LiveNode {
  readonly definition: NodeDefinition
  readonly children: readonly LiveNode[]
  readonly processor?: NodeProcessor
  receive(record: FlowRecord): Awaitable<void>
}

interface Build {
  readonly options: TaskGraphOptions
  readonly task: TaskId
  readonly cursor: Cursor
  readonly punctuations: Punctuations
  readonly built: Map<string, LiveNode>
}

/** Makes the nodes of a sub-topology for one task, children first, so that a parent can hold its children. */
export function buildNodes(
  options: TaskGraphOptions,
  task: TaskId,
  cursor: Cursor,
  punctuations: Punctuations,
): { nodes: readonly LiveNode[]; entries: ReadonlyMap<string, readonly LiveNode[]> } {
  const build: Build = { options, task, cursor, punctuations, built: new Map() }
  for (const definition of [...options.subtopology.nodes].reverse()) {
    build.built.set(definition.name, liveNode(definition, build))
  }
  const entries = new Map<string, readonly LiveNode[]>()
  for (const [topic, sources] of options.subtopology.entries) {
    entries.set(
      topic,
      sources.map(source => entryNode(source, build)),
    )
  }
  return { nodes: [...build.built.values()].reverse(), entries }
}

function childrenOf(name: string, build: Build): readonly LiveNode[] {
  const definitions = build.options.subtopology.children.get(name) ?? []
  return definitions.map(child => {
    const live = build.built.get(child.name)
    if (live === undefined)
      throw new TopologyError('INTERNAL', `node '${child.name}' comes before its parent '${name}'`)
    return live
  })
}

function entryNode(definition: NodeDefinition, build: Build): LiveNode {
  const children = childrenOf(definition.name, build)
  return { definition, children, receive: fanOut(children) }
}

function liveNode(definition: NodeDefinition, build: Build): LiveNode {
  if (definition.kind === 'source') return entryNode(definition, build)
  if (definition.kind === 'process') return processNode(definition, build)
  return sinkNode(definition, build)
}

function fanOut(children: readonly LiveNode[]): (record: FlowRecord) => Awaitable<void> {
  if (children.length === 1) return (children[0] as LiveNode).receive
  return record => forEachInOrder(children, child => child.receive(record))
}

function processNode(definition: ProcessNode, build: Build): LiveNode {
  const { cursor } = build
  const children = childrenOf(definition.name, build)
  const processor = definition.create(contextOf(definition, children, build))
  const failed = (error: unknown): never => {
    throw error instanceof NodeFailure ? error : new NodeFailure(definition.name, policyOf(definition), error)
  }
  const receive = (record: FlowRecord): Awaitable<void> => {
    cursor.timestamp = record.timestamp
    try {
      const pending = processor.process(record)
      if (isPromise(pending)) return pending.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
  return { definition, children, processor, receive }
}

function contextOf(definition: ProcessNode, children: readonly LiveNode[], build: Build): NodeContext {
  const { options, cursor, punctuations } = build
  const toAll = fanOut(children)
  const byName = new Map(children.map(child => [child.definition.name, child.receive]))
  return {
    task: build.task,
    forward(record, child) {
      checkTimestamp(record.timestamp, definition.name)
      if (child === undefined) return toAll(record)
      const receive = byName.get(child)
      if (receive === undefined)
        throw new TopologyError(
          'TOPOLOGY_INVALID',
          `'${definition.name}' forwards to '${child}', which is no child of it`,
        )
      return receive(record)
    },
    store: <S extends AnyStore>(store: S) => openStore(definition, store, options) as HandleOf<S>,
    streamTime: () => cursor.streamTime,
    caughtUp: () => options.caughtUp(),
    now: () => options.now(),
    source: () => cursor.source,
    skip: reason => options.counts.add({ kind: 'skipped', node: definition.name, reason }),
    punctuate: (punctuation: Punctuation) =>
      punctuations.add(definition.name, punctuation, cursor.streamTime, options.monotonic()),
  }
}

function openStore(definition: ProcessNode, store: AnyStore, options: TaskGraphOptions): unknown {
  const attached = definition.stores.includes(store.name) || definition.globals?.includes(store.name)
  const table = options.tables.get(store.name) ?? options.globals.get(store.name)
  if (!attached || table === undefined)
    throw new TopologyError(
      'TOPOLOGY_INVALID',
      `store '${store.name}' is read by '${definition.name}' but not attached: add it to the node's stores`,
    )
  return store.open(table)
}

function sinkNode(definition: SinkNode | RepartitionNode, build: Build): LiveNode {
  const { options, cursor } = build
  const { output, tracing } = options
  const partition = definition.partition
  const policy = policyOf(definition)
  const targets = new Map<string, Target>()
  const targetOf = (topic: string): Target => {
    const target = findTarget(topic, definition, options)
    targets.set(topic, target)
    return target
  }
  const write = (topic: string, record: FlowRecord): void => {
    const { codec, partitions } = targets.get(topic) ?? targetOf(topic)
    const key = codec.key.encode(record.key)
    const value = codec.value.encode(record.value)
    const to =
      partition !== undefined
        ? checkedPartition(partition(record, partitions), partitions, topic)
        : key === null
          ? (cursor.source?.offset ?? 0) % partitions
          : partitionOf(key, partitions)
    const headers = tracing === undefined ? record.headers : tracing.outgoing(record.headers)
    output.add({ topic, partition: to, timestamp: record.timestamp, key, value, headers })
  }
  const topicOf = definition.topic
  const receive = (record: FlowRecord): void => {
    try {
      write(typeof topicOf === 'string' ? topicOf : topicOf(record), record)
    } catch (error) {
      throw new NodeFailure(definition.name, policy, error)
    }
  }
  return { definition, children: [], receive }
}

/** A topic that a sink writes. */
interface Target {
  readonly codec: RecordCodec
  readonly partitions: number
}

function findTarget(topic: string, definition: NodeDefinition, { codecs, partitionsOf }: TaskGraphOptions): Target {
  const codec = codecs.topics.get(topic)
  if (codec !== undefined) return { codec, partitions: partitionsOf(topic) }
  throw new TopologyError(
    'TOPIC_MISSING',
    `sink '${definition.name}' writes topic '${topic}', which is not declared: declare it`,
  )
}

/**
 * Checks the timestamp of a record that a node hands on: a time that Kafka refuses would fail the whole commit, not just
 * the record.
 * -1 is Kafka's own for "none". Errors: SerdeError ENCODE_FAILED.
 */
function checkTimestamp(timestamp: number, node: string): void {
  if (Number.isSafeInteger(timestamp) && timestamp >= -1) return
  throw new SerdeError(
    'ENCODE_FAILED',
    `'${node}' hands on a record with timestamp ${timestamp}: give milliseconds since the epoch`,
    { context: { node } },
  )
}

/** The same for a partition that the user's function chose. */
function checkedPartition(chosen: number, partitions: number, topic: string): number {
  if (Number.isInteger(chosen) && chosen >= 0 && chosen < partitions) return chosen
  throw new SerdeError(
    'ENCODE_FAILED',
    `partition ${chosen} was chosen for a record of topic '${topic}', which has ${partitions}: choose from 0 to ${partitions - 1}`,
    { context: { topic, partitions } },
  )
}
