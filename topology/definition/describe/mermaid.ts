import type { TopologyGraph } from '../graph.ts'
import { type Box, diagramOf } from './diagram.ts'

/**
 * A topology as a Mermaid flow chart, for Markdown that draws it: topics are rounded, stores are cylinders, sub-topologies
 * are frames.
 */
export function describeMermaid(graph: TopologyGraph): string {
  const { frames, boxes, arrows } = diagramOf(graph)
  const ids = new Map([...frames.flatMap(frame => frame.boxes), ...boxes].map((box, index) => [box.id, `b${index}`]))
  const box = (each: Box) => `${ids.get(each.id)}${shape(each)}`
  const lines = { records: '-->', state: '---', 'look-up': '-.->' } as const
  return [
    'flowchart LR',
    ...frames.flatMap((frame, index) => [
      `  subgraph s${index}[${quoted(frame.label)}]`,
      ...frame.boxes.map(each => `    ${box(each)}`),
      '  end',
    ]),
    ...boxes.map(each => `  ${box(each)}`),
    ...arrows.map(arrow => `  ${ids.get(arrow.from)} ${lines[arrow.kind]} ${ids.get(arrow.to)}`),
  ].join('\n')
}

function shape({ kind, label }: Box): string {
  if (kind === 'topic') return `([${quoted(label)}])`
  return kind === 'node' ? `[${quoted(label)}]` : `[(${quoted(label)})]`
}

/** Mermaid takes HTML entities in quoted labels. */
function quoted(label: string): string {
  return `"${label.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')}"`
}
