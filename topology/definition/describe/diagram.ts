import type { ProcessNode, RepartitionNode, SinkNode } from '../definition.ts'
import type { Subtopology, TopologyGraph } from '../graph.ts'
import { inputTopics } from '../subtopology.ts'

/** A topology as a picture: boxes in frames, joined by arrows. Sources and sinks are the arrows to and from topics. */
export interface Diagram {
  /** A sub-topology each. */
  readonly frames: readonly Frame[]
  /** Topics and global tables: between the frames. */
  readonly boxes: readonly Box[]
  readonly arrows: readonly Arrow[]
}

export interface Frame {
  readonly label: string
  readonly boxes: readonly Box[]
}

export interface Box {
  /** Unique in the diagram. Shape: `'topic:lines'`, `'node:count'`, `'store:word-counts'`. */
  readonly id: string
  readonly kind: 'topic' | 'node' | 'store' | 'global'
  readonly label: string
}

/** `state` joins a node and its store: it has no direction. */
export interface Arrow {
  readonly from: string
  readonly to: string
  readonly kind: 'records' | 'state' | 'look-up'
}

/** The picture of a topology. */
export function diagramOf(graph: TopologyGraph): Diagram {
  const globals = graph.globals.map(
    ({ store }): Box => ({ id: `global:${store.name}`, kind: 'global', label: store.name }),
  )
  const filling = graph.globals.map(({ source, store }) => records(`topic:${source.topics[0]}`, `global:${store.name}`))
  const arrows = [...graph.subtopologies.flatMap(arrowsOf), ...filling]
  const seen = new Set(arrows.flatMap(arrow => [arrow.from, arrow.to]))
  const topics = [...seen].filter(id => id.startsWith('topic:')).sort()
  return {
    frames: graph.subtopologies.map(part => ({ label: part.name, boxes: boxesOf(part) })),
    boxes: [...topics.map((id): Box => ({ id, kind: 'topic', label: id.slice('topic:'.length) })), ...globals],
    arrows: unique(arrows),
  }
}

function boxesOf(part: Subtopology): readonly Box[] {
  const nodes = part.nodes.filter(node => node.kind === 'process')
  return [
    ...nodes.map((node): Box => ({ id: `node:${node.name}`, kind: 'node', label: labelOf(node.name, part) })),
    ...part.stores.map((store): Box => ({ id: `store:${store.name}`, kind: 'store', label: store.name })),
  ]
}

/** A processor's parts are named below it, which the frame already says; derived names end in their operator. */
function labelOf(name: string, part: Subtopology): string {
  if (name.startsWith(`${part.name}/`)) return name.slice(part.name.length + 1)
  return name.slice(name.lastIndexOf('/') + 1)
}

function arrowsOf(part: Subtopology): readonly Arrow[] {
  const entries = new Map([...part.entries.values()].flat().map(entry => [entry.name, entry]))
  return part.nodes.flatMap(node => {
    if (node.kind === 'source') return []
    const target = node.kind === 'process' ? nodeId(node.name) : topicId(topicOf(node))
    const edges = node.parents.flatMap(parent => {
      const entry = entries.get(parent)
      if (!entry) return [records(nodeId(parent), target)]
      return inputTopics(entry).map(topic => records(topicId(topic), target))
    })
    return node.kind === 'process' ? [...edges, ...storeArrows(node)] : edges
  })
}

function storeArrows(node: ProcessNode): readonly Arrow[] {
  const id = nodeId(node.name)
  return [
    ...node.stores.map((store): Arrow => ({ from: id, to: `store:${store}`, kind: 'state' })),
    ...(node.globals ?? []).map((store): Arrow => ({ from: `global:${store}`, to: id, kind: 'look-up' })),
  ]
}

function topicOf({ topic }: SinkNode | RepartitionNode): string {
  return typeof topic === 'string' ? topic : '(chosen by record)'
}

function nodeId(node: string): string {
  return `node:${node}`
}

function topicId(topic: string): string {
  return `topic:${topic}`
}

function records(from: string, to: string): Arrow {
  return { from, to, kind: 'records' }
}

function unique(arrows: readonly Arrow[]): readonly Arrow[] {
  return [...new Map(arrows.map(arrow => [`${arrow.from} ${arrow.kind} ${arrow.to}`, arrow])).values()]
}
