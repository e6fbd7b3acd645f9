import type { NodeDefinition, ProcessNode, SourceNode, TopologyDefinition } from '../definition.ts'
import type { Problem } from '../problem.ts'
import { didYouMean } from '../suggestion.ts'
import type { AnyTopic } from '../topic.ts'

/** Nodes that name a parent, a topic or a store that does not exist or is not for them. */
export function referenceProblems(definition: TopologyDefinition): readonly Problem[] {
  const scope = scopeOf(definition)
  return definition.nodes.flatMap(node => {
    const messages = [
      ...(node.kind === 'source' ? [] : parentMessages(node, scope)),
      ...topicMessages(node, scope),
      ...(node.kind === 'process' ? storeMessages(node, scope) : []),
      ...(node.kind === 'source' && node.role === 'global' ? globalMessages(node, scope) : []),
    ]
    const place = { about: { kind: 'node' as const, name: node.name }, ...(node.at && { at: node.at }) }
    return messages.map(message => ({ message, ...place }))
  })
}

interface Scope {
  readonly nodes: ReadonlyMap<string, NodeDefinition>
  readonly topics: ReadonlyMap<string, AnyTopic>
  readonly stores: ReadonlySet<string>
  /** Names of the stores that global sources fill. */
  readonly globals: ReadonlySet<string>
}

function scopeOf({ nodes, topics, stores }: TopologyDefinition): Scope {
  return {
    nodes: new Map(nodes.map(node => [node.name, node])),
    topics: new Map(topics.map(topic => [topic.name, topic])),
    stores: new Set(stores.map(store => store.name)),
    globals: new Set(
      nodes.flatMap(node => (node.kind === 'source' && node.role === 'global' ? (node.store ?? []) : [])),
    ),
  }
}

function parentMessages(node: Exclude<NodeDefinition, SourceNode>, { nodes }: Scope): string[] {
  const where = `${node.kind} '${node.name}'`
  return node.parents.flatMap(name => {
    const parent = nodes.get(name)
    if (!parent) return [`parent '${name}' of ${where} does not exist${didYouMean(name, nodes.keys())}`]
    if (parent.kind === 'sink') return [`${where} has the sink '${name}' as a parent: read the sink's topic instead`]
    if (parent.kind === 'source' && parent.role === 'global') {
      return [`${where} has the global table '${name}' as a parent: look it up from a stream instead`]
    }
    return []
  })
}

function topicMessages(node: NodeDefinition, { topics }: Scope): string[] {
  const names = node.kind === 'source' ? node.topics : node.kind === 'process' ? [] : [node.topic]
  return names.flatMap(name => {
    if (typeof name === 'function') return []
    const topic = topics.get(name)
    if (!topic)
      return [`topic '${name}' of ${node.kind} '${node.name}' is not declared${didYouMean(name, topics.keys())}`]
    const missing = (['key', 'value'] as const).filter(part => typeof topic[part]?.bind !== 'function')
    return missing.map(part => {
      const where = `topic '${name}' of ${node.kind} '${node.name}'`
      return `${where} has no ${part} serde: declare one, such as topic('${name}', { ${part}: string })`
    })
  })
}

function storeMessages(node: ProcessNode, { stores, globals }: Scope): string[] {
  const attached = node.stores.flatMap(name => {
    if (!stores.has(name)) {
      const remedy = didYouMean(name, stores) || ': declare it'
      return [`store '${name}' of '${node.name}' does not exist${remedy}`]
    }
    if (globals.has(name))
      return [`store '${name}' of '${node.name}' is a global table: it can only be read, by globals`]
    return []
  })
  const read = (node.globals ?? []).flatMap(name => {
    if (globals.has(name)) return []
    return [`global table '${name}' of '${node.name}' does not exist${didYouMean(name, globals)}`]
  })
  return [...attached, ...read]
}

function globalMessages(node: SourceNode, { stores }: Scope): string[] {
  if (node.store === undefined) return [`global table '${node.name}' has no store: name the one that holds its copy`]
  if (stores.has(node.store)) return []
  return [`store '${node.store}' of global table '${node.name}' does not exist${didYouMean(node.store, stores)}`]
}
