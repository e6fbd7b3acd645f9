import type { NodeDefinition, RepartitionNode, SourceNode, TopologyDefinition } from './definition.ts'

/** A connected part of the node graph, before it is checked: it becomes the work of one task. */
export interface GraphPart {
  /** The first name asked for, else the short name of the lexicographically first input. */
  readonly name: string
  /** Every name that its nodes ask for, sorted; more than one is a problem. */
  readonly askedNames: readonly string[]
  /** In order of definition; a repartition node is listed here on its writing side. */
  readonly nodes: readonly NodeDefinition[]
  /** Sources, and repartition nodes where they are read, in order of definition. */
  readonly entries: readonly EntryNode[]
}

/** The nodes through which records come into a part. */
type EntryNode = SourceNode | RepartitionNode

/**
 * Splits a definition into parts. Nodes are connected by edges and by stores that they share; a repartition node cuts its
 * edge in two. Parts that ask for no name and read the same topic are one. Global sources belong to none.
 *
 * Parents that do not exist are left out, and of two nodes of one name the first stands for both, so that an invalid
 * definition can be split too. Sorted by name.
 */
export function splitIntoParts(definition: TopologyDefinition): readonly GraphPart[] {
  const nodes = definition.nodes.filter(node => !(node.kind === 'source' && node.role === 'global'))
  const byName = new Map(nodes.toReversed().map(node => [node.name, node]))
  const groups = new Groups()
  for (const node of nodes) connect(node, groups, byName)
  joinUnnamedReadersOfOneTopic(nodes, groups)

  const drafts = new Map<string, { nodes: NodeDefinition[]; entries: EntryNode[] }>()
  const draftOf = (member: string) => {
    const group = groups.of(member)
    const draft = drafts.get(group) ?? { nodes: [], entries: [] }
    drafts.set(group, draft)
    return draft
  }
  for (const node of nodes) {
    draftOf(writingSide(node)).nodes.push(node)
    if (node.kind === 'source' || node.kind === 'repartition') draftOf(readingSide(node)).entries.push(node)
  }
  return [...drafts.values()]
    .map(draft => ({ ...naming(draft.nodes, draft.entries), ...draft }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The topics a node hands to its task. */
export function inputTopics(entry: EntryNode): readonly string[] {
  return entry.kind === 'source' ? entry.topics : [entry.topic]
}

function connect(node: NodeDefinition, groups: Groups, byName: ReadonlyMap<string, NodeDefinition>): void {
  groups.of(writingSide(node))
  groups.of(readingSide(node))
  if (node.kind === 'source') return
  for (const name of node.parents) {
    const parent = byName.get(name)
    if (parent) groups.join(writingSide(node), readingSide(parent))
  }
  if (node.kind !== 'process') return
  for (const store of node.stores) groups.join(writingSide(node), `store ${store}`)
}

/** Two chains that begin at the same topic and ask for no name would get the same one, so they are one part. */
function joinUnnamedReadersOfOneTopic(nodes: readonly NodeDefinition[], groups: Groups): void {
  const named = new Set(nodes.filter(node => node.subtopology !== undefined).map(node => groups.of(readingSide(node))))
  for (const node of nodes) {
    if (node.kind !== 'source' || named.has(groups.of(readingSide(node)))) continue
    for (const topic of node.topics) groups.join(readingSide(node), `topic ${topic}`)
  }
}

function naming(nodes: readonly NodeDefinition[], entries: readonly EntryNode[]) {
  const asking = [...nodes.filter(node => node.kind !== 'repartition'), ...entries]
  const asked = new Set(asking.flatMap(node => (node.subtopology === undefined ? [] : [node.subtopology])))
  const askedNames = [...asked].sort()
  const inputs = entries.flatMap(entry => (entry.kind === 'source' ? entry.topics : [entry.name])).sort()
  return { name: askedNames[0] ?? inputs[0] ?? nodes[0]?.name ?? '', askedNames }
}

function writingSide(node: NodeDefinition): string {
  return node.kind === 'repartition' ? `into ${node.name}` : `node ${node.name}`
}

/** The name that a repartition node asks for is that of its reading side. */
function readingSide(node: NodeDefinition): string {
  return node.kind === 'repartition' ? `from ${node.name}` : `node ${node.name}`
}

/** Disjoint sets of names (union-find). */
class Groups {
  readonly #parents = new Map<string, string>()

  of(member: string): string {
    const parent = this.#parents.get(member)
    if (parent === undefined) this.#parents.set(member, member)
    if (parent === undefined || parent === member) return member
    const root = this.of(parent)
    this.#parents.set(member, root)
    return root
  }

  join(a: string, b: string): void {
    this.#parents.set(this.of(a), this.of(b))
  }
}
