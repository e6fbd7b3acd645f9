import type { NodeDefinition, RepartitionNode, SinkNode, SourceNode, TopologyDefinition } from './definition.ts'
import { consumerGroup } from './naming.ts'
import { flowOf, partitionCounts, widthOf } from './partitions.ts'
import { type Problem, topologyError } from './problem.ts'
import type { AnyStore } from './store.ts'
import { type GraphPart, inputTopics, splitIntoParts } from './subtopology.ts'
import type { AnyTopic } from './topic.ts'
import { asyncProblems } from './validation/async-functions.ts'
import { failurePolicyProblems } from './validation/failure-policy.ts'
import { nameProblems, repartitionNameProblems } from './validation/names.ts'
import { partitioningProblems } from './validation/partitioning.ts'
import { referenceProblems } from './validation/references.ts'
import { shapeProblems } from './validation/shape.ts'

/** A validated topology, as every runtime takes it. Built by `buildGraph`. */
export interface TopologyGraph {
  readonly definition: TopologyDefinition
  /** Declared and repartition topics; a repartition topic without a partition count has the one it inherits, where known. */
  readonly topics: ReadonlyMap<string, AnyTopic>
  readonly stores: ReadonlyMap<string, AnyStore>
  readonly subtopologies: readonly Subtopology[]
  /** Global sources: read whole by every worker, without a group. */
  readonly globals: readonly GlobalTableSource[]
}

/** A connected part of the graph, run by one task per partition. Parts are joined by topics, never by edges. */
export interface Subtopology {
  readonly name: string
  /** Shape: `word-count-by-word`. */
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
export interface GlobalTableSource {
  readonly source: SourceNode
  readonly store: AnyStore
}

/** Every problem of a definition, in the order of its parts; empty for a valid one. */
export function problemsOf(definition: TopologyDefinition): readonly Problem[] {
  const known = problemsFound.get(definition)
  if (known) return known
  const problems = validated(definition)
  problemsFound.set(definition, problems)
  return problems
}

/** A definition never changes: one that was checked when its file was read is not checked again when it runs. */
const problemsFound = new WeakMap<TopologyDefinition, readonly Problem[]>()

function validated(definition: TopologyDefinition): readonly Problem[] {
  const parts = splitIntoParts(definition)
  return [
    ...nameProblems(definition),
    ...repartitionNameProblems(definition),
    ...referenceProblems(definition),
    ...shapeProblems(definition, parts),
    ...partitioningProblems(definition, parts),
    ...failurePolicyProblems(definition),
    ...asyncProblems(definition),
  ]
}

/** The definition as the runtimes take it. Errors: TopologyError TOPOLOGY_INVALID, which lists every problem. */
export function buildGraph(definition: TopologyDefinition): TopologyGraph {
  const problems = problemsOf(definition)
  if (problems.length > 0) throw topologyError(`topology '${definition.name}'`, problems)
  const parts = splitIntoParts(definition)
  const counts = partitionCounts(definition, parts)
  const stores = new Map(definition.stores.map(store => [store.name, store]))
  return {
    definition,
    topics: topicsWithCounts(definition, counts),
    stores,
    subtopologies: parts.map(part => subtopology(definition, part, stores, widthOf(flowOf(part), counts))),
    globals: definition.nodes.flatMap(node => {
      if (node.kind !== 'source' || node.role !== 'global' || node.store === undefined) return []
      return [{ source: node, store: stores.get(node.store)! }]
    }),
  }
}

function topicsWithCounts({ topics, nodes }: TopologyDefinition, counts: ReadonlyMap<string, number>) {
  const repartitions = new Set(nodes.flatMap(node => (node.kind === 'repartition' ? [node.topic] : [])))
  const byName = new Map<string, AnyTopic>()
  for (const topic of topics) {
    if (byName.has(topic.name)) continue
    const partitions = repartitions.has(topic.name) ? counts.get(topic.name) : undefined
    byName.set(topic.name, partitions === undefined ? topic : { ...topic, partitions })
  }
  return byName
}

function subtopology(
  definition: TopologyDefinition,
  part: GraphPart,
  stores: ReadonlyMap<string, AnyStore>,
  partitions: number | undefined,
): Subtopology {
  const inputs = [...new Set(part.entries.flatMap(inputTopics))].sort()
  const used = new Set(part.nodes.flatMap(node => (node.kind === 'process' ? node.stores : [])))
  return {
    name: part.name,
    group: consumerGroup(definition.name, part.name),
    inputs,
    entries: new Map(inputs.map(topic => [topic, part.entries.filter(entry => inputTopics(entry).includes(topic))])),
    nodes: parentsFirst(part.nodes),
    children: childrenByName(part),
    stores: [...used].map(name => stores.get(name)!),
    sinks: part.nodes.filter(node => node.kind === 'sink' || node.kind === 'repartition'),
    partitions,
  }
}

/** Stable: of nodes that may come next, the one defined first does. */
function parentsFirst(nodes: readonly NodeDefinition[]): readonly NodeDefinition[] {
  const inside = new Set(nodes.filter(node => node.kind !== 'repartition').map(node => node.name))
  const placed = new Set<string>()
  const ordered: NodeDefinition[] = []
  const place = (node: NodeDefinition) => {
    if (placed.has(node.name)) return
    placed.add(node.name)
    const parents = node.kind === 'source' ? [] : node.parents
    for (const parent of nodes) if (inside.has(parent.name) && parents.includes(parent.name)) place(parent)
    ordered.push(node)
  }
  for (const node of nodes) place(node)
  return ordered
}

function childrenByName(part: GraphPart): ReadonlyMap<string, readonly NodeDefinition[]> {
  const children = new Map<string, NodeDefinition[]>()
  const handing = [...part.nodes.filter(node => node.kind !== 'repartition'), ...part.entries]
  for (const node of handing) children.set(node.name, [])
  for (const node of part.nodes) {
    if (node.kind === 'source') continue
    for (const parent of new Set(node.parents)) children.get(parent)?.push(node)
  }
  return children
}
