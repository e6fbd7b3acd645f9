import type { NodeDefinition } from '../definition.ts'
import type { Subtopology, TopologyGraph } from '../graph.ts'
import { changelogTopic } from '../naming.ts'
import { counted } from './counted.ts'

/** A topology for people: each sub-topology with its group, topics, stores and the way of a record through its nodes. */
export function describeText(graph: TopologyGraph): string {
  const { definition, subtopologies, globals } = graph
  const counts = [
    counted(subtopologies.length, 'sub-topology'),
    counted(graph.topics.size, 'topic'),
    counted(graph.stores.size, 'store'),
  ]
  const globalLines = globals.map(({ source, store }) => `  ${source.topics[0]} -> ${store.name}`)
  return [
    `topology ${definition.name}: ${counts.join(', ')}`,
    ...subtopologies.flatMap(part => ['', ...subtopologyLines(part, definition.name)]),
    ...(globals.length > 0 ? ['', 'global tables', ...globalLines] : []),
  ].join('\n')
}

function subtopologyLines(part: Subtopology, application: string): readonly string[] {
  const tasks = part.partitions === undefined ? 'as many tasks as partitions' : counted(part.partitions, 'task')
  const stores = part.stores.map(store => [
    store.name,
    store.type,
    `${store.keySerde.name} -> ${store.valueSerde.name}`,
    changelogTopic(application, store.name),
  ])
  const patterns = part.nodes.flatMap(node => (node.kind === 'source' && node.pattern ? [node.pattern.like.name] : []))
  return [
    `${part.name}  (group ${part.group}, ${tasks})`,
    `  reads   ${[...patterns, ...part.inputs].join(', ')}`,
    `  writes  ${outputs(part).join(', ') || 'nothing'}`,
    ...(stores.length > 0 ? ['  stores', ...columns(stores).map(line => `    ${line}`)] : []),
    '  nodes',
    ...columns(nodeRows(part)).map(line => `    ${line}`),
  ]
}

function outputs(part: Subtopology): readonly string[] {
  return [
    ...new Set(part.sinks.map(sink => (typeof sink.topic === 'string' ? sink.topic : '(chosen by record)'))),
  ].sort()
}

function nodeRows(part: Subtopology): readonly (readonly string[])[] {
  const read = [...part.entries.values()].flat().filter(node => node.kind === 'repartition')
  return [
    ...read.map(node => [node.name, 'repartition', node.topic, arrow(node.name, part)]),
    ...part.nodes.map(node => [
      node.name,
      kindOf(node),
      detail(node),
      node.kind === 'repartition' ? '' : arrow(node.name, part),
    ]),
  ]
}

function kindOf(node: NodeDefinition): string {
  if (node.kind === 'process') return node.operator
  return node.kind === 'source' ? node.role : node.kind
}

function detail(node: NodeDefinition): string {
  if (node.kind === 'source') return [...(node.pattern ? [node.pattern.like.name] : []), ...node.topics].join(', ')
  if (node.kind !== 'process')
    return typeof node.topic === 'string' ? `to ${node.topic}` : 'to a topic chosen by record'
  const parameters = Object.entries(node.parameters ?? {}).map(([name, value]) => `${name}=${value}`)
  const stores = [...node.stores, ...(node.globals ?? [])].map(store => `[${store}]`)
  return [...stores, ...parameters].join(' ')
}

function arrow(node: string, part: Subtopology): string {
  const names = (part.children.get(node) ?? []).map(child => child.name)
  return names.length > 0 ? `-> ${names.join(', ')}` : ''
}

/** Cells padded to columns. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
