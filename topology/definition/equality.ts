import type { NodeDefinition, TopologyDefinition } from './definition.ts'
import { snapshotOf } from './snapshot.ts'

/**
 * Whether two definitions run the same: same names, topics, stores, serdes and edges, and the very same user functions. The
 * front end that made them, the order of their parts and the place where they were written do not count.
 */
export function sameTopology(a: TopologyDefinition, b: TopologyDefinition): boolean {
  return topologyDifferences(a, b).length === 0
}

/** The paths at which two definitions differ; empty when they are the same. Shape: `['nodes.risk.failure.attempts']`. */
export function topologyDifferences(a: TopologyDefinition, b: TopologyDefinition): readonly string[] {
  return [...differences(snapshotOf(a), snapshotOf(b), ''), ...functionDifferences(a, b)]
}

function differences(a: unknown, b: unknown, path: string): readonly string[] {
  if (a === b) return []
  if (!isObject(a) || !isObject(b)) return [path]
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
  return keys.flatMap(key => differences(a[key], b[key], path === '' ? key : `${path}.${key}`))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function functionDifferences(a: TopologyDefinition, b: TopologyDefinition): readonly string[] {
  const [left, right] = [functionsOf(a), functionsOf(b)]
  const paths = [...new Set([...left.keys(), ...right.keys()])].sort()
  return paths.filter(path => left.get(path) !== right.get(path))
}

/** The user's functions by their path. Shape: `nodes.risk.functions.0`, `topics.ticks.timestamp`. */
function functionsOf({ topics, nodes }: TopologyDefinition): ReadonlyMap<string, unknown> {
  const functions = new Map<string, unknown>()
  for (const { name, timestamp } of topics) if (timestamp) functions.set(`topics.${name}.timestamp`, timestamp)
  for (const node of nodes)
    if (node.kind === 'source' && node.pattern?.like.timestamp)
      functions.set(`nodes.${node.name}.timestamp`, node.pattern.like.timestamp)
  for (const node of nodes) {
    for (const [place, each] of Object.entries(functionsOfNode(node))) {
      if (typeof each === 'function') functions.set(`nodes.${node.name}.${place}`, each)
    }
  }
  return functions
}

function functionsOfNode(node: NodeDefinition): Readonly<Record<string, unknown>> {
  if (node.kind === 'source') return {}
  const retry = { isRetriable: node.failure?.isRetriable }
  if (node.kind === 'sink' && !node.functions) return { ...retry, topic: node.topic, partition: node.partition }
  const own = (node.functions ?? []).map((each, index) => [`functions.${index}`, each])
  return { ...retry, ...Object.fromEntries(own) }
}
