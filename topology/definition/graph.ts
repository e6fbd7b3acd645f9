import type { NodeDefinition, RepartitionNode, SinkNode, SourceNode, TopologyDefinition } from './definition.ts'
import type { AnyStore } from './store.ts'
import type { AnyTopic } from './topic.ts'

/** A validated topology: what every runtime is given. Built by `buildGraph`. */
export interface TopologyGraph {
  readonly definition: TopologyDefinition
  readonly topics: ReadonlyMap<string, AnyTopic>
  readonly stores: ReadonlyMap<string, AnyStore>
  readonly subtopologies: readonly Subtopology[]
  /** Global sources: read whole by every worker, without a group. */
  readonly globals: readonly GlobalTable[]
}

/** A connected part of the graph: what a task runs. Parts are joined by topics, never by edges. */
export interface Subtopology {
  readonly name: string
  /** Shape: `trading-portfolio-risk`. */
  readonly group: string
  /** Topics it reads: sources' topics and the internal topics of its repartition nodes' reading side. Sorted. */
  readonly inputs: readonly string[]
  /** Entry nodes by input topic: a source node, or the reading side of a repartition node. */
  readonly entries: ReadonlyMap<string, readonly (SourceNode | RepartitionNode)[]>
  /** Sources, process nodes and sinks (and repartition nodes as sinks), parents before children. */
  readonly nodes: readonly NodeDefinition[]
  /** Children by node name, in order of definition. */
  readonly children: ReadonlyMap<string, readonly NodeDefinition[]>
  readonly stores: readonly AnyStore[]
  readonly sinks: readonly (SinkNode | RepartitionNode)[]
  /** Declared partition count of the inputs, where one is known; checked against the cluster at start. */
  readonly partitions: number | undefined
}

/** A table copied whole to every worker. */
export interface GlobalTable {
  readonly source: SourceNode
  readonly store: AnyStore
}
