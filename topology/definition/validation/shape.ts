import type { NodeDefinition, TopologyDefinition } from '../definition.ts'
import { topicNameFault } from '../naming.ts'
import type { Problem } from '../problem.ts'
import type { GraphPart } from '../subtopology.ts'

/** Parts of the graph that lead nowhere or come from nowhere, run in circles, or disagree on their name. */
export function shapeProblems(definition: TopologyDefinition, parts: readonly GraphPart[]): readonly Problem[] {
  if (definition.nodes.length === 0) {
    const about = { kind: 'topology' as const, name: definition.name }
    return [{ message: `topology '${definition.name}' is empty: add a stream, a table or a processor`, about }]
  }
  return [
    ...definition.nodes.flatMap(node => looseEnds(node, definition.nodes)),
    ...unusedStores(definition),
    ...parts.flatMap(cycles),
    ...parts.flatMap(emptyParts),
    ...partNames(parts),
  ]
}

function looseEnds(node: NodeDefinition, nodes: readonly NodeDefinition[]): Problem[] {
  if (node.kind === 'source') {
    if (node.topics.length === 0 && !node.pattern)
      return [problemOf(node, `source '${node.name}' reads no topic: name at least one`)]
    if (node.role === 'global' && node.topics.length > 1) {
      return [problemOf(node, `global table '${node.name}' reads ${node.topics.length} topics: name exactly one`)]
    }
    return []
  }
  if (node.parents.length === 0) {
    return [problemOf(node, `${node.kind} '${node.name}' has no parent: connect it to a source, or remove it`)]
  }
  if (
    node.kind === 'repartition' &&
    !nodes.some(child => child.kind !== 'source' && child.parents.includes(node.name))
  ) {
    const message = `repartition '${node.name}' is written but never read: use it, or write to a declared topic`
    return [{ ...problemOf(node, message), ofWhole: true }]
  }
  return []
}

function unusedStores({ stores, nodes }: TopologyDefinition): Problem[] {
  const used = new Set(nodes.flatMap(storesOf))
  return stores
    .filter(store => !used.has(store.name))
    .map(({ name }) => ({
      message: `store '${name}' is not attached to anything: add it to the stores of a processor, or remove it`,
      about: { kind: 'store' as const, name },
      ofWhole: true as const,
    }))
}

function storesOf(node: NodeDefinition): readonly string[] {
  if (node.kind === 'process') return node.stores
  return node.kind === 'source' && node.store !== undefined ? [node.store] : []
}

/** Edges that lead back. Through a topic or a repartition a circle is legal: the record leaves the task. */
function cycles(part: GraphPart): Problem[] {
  const byName = new Map(part.nodes.map(node => [node.name, node]))
  const done = new Set<string>()
  const problems: Problem[] = []
  const visit = (node: NodeDefinition, path: readonly string[]) => {
    const start = path.indexOf(node.name)
    if (start >= 0) {
      const circle = [...path.slice(start), node.name].reverse().join("' -> '")
      const remedy = 'let the records go through a topic or a repartition'
      problems.push(problemOf(node, `'${circle}' is a cycle inside sub-topology '${part.name}': ${remedy}`))
      return
    }
    if (done.has(node.name)) return
    for (const parent of edgesInto(node, byName)) visit(parent, [...path, node.name])
    done.add(node.name)
  }
  for (const node of part.nodes) visit(node, [])
  return problems
}

/** Parents inside the same task: a repartition node's children get their records from its topic. */
function edgesInto(node: NodeDefinition, byName: ReadonlyMap<string, NodeDefinition>): readonly NodeDefinition[] {
  if (node.kind === 'source') return []
  return node.parents.flatMap(name => {
    const parent = byName.get(name)
    return parent && parent.kind !== 'repartition' ? [parent] : []
  })
}

function emptyParts(part: GraphPart): Problem[] {
  const [first] = part.nodes
  if (first && part.entries.length > 0 && part.nodes.every(node => node.kind === 'source')) {
    const message = `sub-topology '${part.name}' reads but does nothing: add a processor or a sink`
    return [{ ...problemOf(first, message), ofWhole: true }]
  }
  const orphan = part.nodes.find(node => node.kind !== 'source' && node.parents.length > 0)
  if (orphan && part.entries.length === 0) {
    return [problemOf(orphan, `sub-topology '${part.name}' reads no topic: connect '${orphan.name}' to a source`)]
  }
  return []
}

function partNames(parts: readonly GraphPart[]): Problem[] {
  const problems: Problem[] = []
  const seen = new Map<string, GraphPart>()
  for (const part of parts) {
    const [first] = part.nodes.length > 0 ? part.nodes : part.entries
    if (!first) continue
    for (const name of part.askedNames) {
      const fault = topicNameFault(name)
      if (fault) problems.push(problemOf(first, `sub-topology name '${name}' ${fault}: choose another name`))
    }
    if (part.askedNames.length > 1) {
      const asked = part.askedNames.map(name => `'${name}'`).join(' and ')
      const shared = 'they are connected by edges or share a store'
      problems.push(
        problemOf(first, `${asked} would be one sub-topology, as ${shared}: give them one name, or cut them`),
      )
    }
    if (seen.has(part.name)) {
      const remedy = 'connect them, or give one another name'
      problems.push(problemOf(first, `two unconnected sub-topologies are called '${part.name}': ${remedy}`))
    }
    seen.set(part.name, part)
  }
  return problems
}

function problemOf(node: NodeDefinition, message: string): Problem {
  return { message, about: { kind: 'node', name: node.name }, ...(node.at && { at: node.at }) }
}
