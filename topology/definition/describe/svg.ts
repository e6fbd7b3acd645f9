import type { TopologyGraph } from '../graph.ts'
import { type Arrow, type Box, type Diagram, diagramOf, type Frame } from './diagram.ts'
import { type Layout, layOut, type Placed, type Sized } from './layers.ts'

/** Units: pixels, here and below. A character of the 12 px monospace font is 7.3 wide. */
const characterWidth = 7.3
const boxHeight = 30
const framePadding = 14
const frameTitle = 22
const margin = 16

/** A topology as an SVG picture that needs nothing else: sub-topologies are frames, topics stand between them. */
export function describeSvg(graph: TopologyGraph): string {
  const diagram = diagramOf(graph)
  const inner = diagram.frames.map(frame => frameLayout(frame, diagram.arrows))
  const outer = layOut(
    [...diagram.frames.map((frame, index) => frameSize(frame, inner[index]!)), ...diagram.boxes.map(sized)],
    edgesBetweenFrames(diagram),
    { across: 56, down: 22 },
  )
  const places = absolutePlaces(diagram, inner, outer)
  const frames = diagram.frames.map(frame => frameShape(frame.label, outer.items.get(frameId(frame))!))
  const boxes = [...diagram.frames.flatMap(frame => frame.boxes), ...diagram.boxes]
  const [width, height] = [outer.width + 2 * margin, outer.height + 2 * margin]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}" role="img">`,
    `<title>${escaped(`topology ${graph.definition.name}`)}</title>`,
    style,
    ...frames,
    ...diagram.arrows.map(arrow => arrowShape(arrow, places)),
    ...boxes.map(box => boxShape(box, places.get(box.id)!)),
    '</svg>',
  ].join('\n')
}

const style = `<style>
text{font:12px ui-monospace,monospace;fill:#1c2530}
.frame{fill:#f4f6f8;stroke:#c3ccd5}.frame-title{font-weight:600;fill:#5a6773}
.node{fill:#fff;stroke:#5a6773}.topic{fill:#e3f0fb;stroke:#3d7fb8}.store,.global{fill:#fdf1dc;stroke:#c08a2b}
path{fill:none;stroke:#5a6773}.state{stroke:#c08a2b;stroke-dasharray:3 3}.look-up{stroke-dasharray:6 3}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#5a6773"/></marker></defs>`

function frameLayout(frame: Frame, arrows: readonly Arrow[]): Layout {
  const inside = new Set(frame.boxes.map(box => box.id))
  const edges = arrows.filter(arrow => inside.has(arrow.from) && inside.has(arrow.to))
  return layOut(
    frame.boxes.map(sized),
    edges.map(({ from, to }) => [from, to] as const),
    { across: 34, down: 12 },
  )
}

function frameSize(frame: Frame, { width, height }: Layout): Sized {
  const titled = Math.max(width, textWidth(frame.label))
  return { id: frameId(frame), width: titled + 2 * framePadding, height: height + 2 * framePadding + frameTitle }
}

function edgesBetweenFrames({ frames, arrows }: Diagram): readonly (readonly [string, string])[] {
  const frameOf = new Map(frames.flatMap(frame => frame.boxes.map(box => [box.id, frameId(frame)] as const)))
  const ends = arrows.map(({ from, to }) => [frameOf.get(from) ?? from, frameOf.get(to) ?? to] as const)
  return ends.filter(([from, to]) => from !== to)
}

function absolutePlaces(diagram: Diagram, inner: readonly Layout[], outer: Layout): ReadonlyMap<string, Placed> {
  const places = new Map<string, Placed>()
  const move = (item: Placed, x: number, y: number) => places.set(item.id, { ...item, x: item.x + x, y: item.y + y })
  for (const [index, frame] of diagram.frames.entries()) {
    const { x, y } = outer.items.get(frameId(frame))!
    for (const item of inner[index]!.items.values()) {
      move(item, x + margin + framePadding, y + margin + framePadding + frameTitle)
    }
  }
  for (const box of diagram.boxes) move(outer.items.get(box.id)!, margin, margin)
  return places
}

function frameShape(label: string, { x, y, width, height }: Placed): string {
  const [left, top] = [x + margin, y + margin]
  const title = `<text class="frame-title" x="${round(left + framePadding)}" y="${round(top + 20)}">${escaped(label)}</text>`
  return `<rect class="frame" x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" rx="8"/>${title}`
}

function boxShape({ kind, label }: Box, { x, y, width, height }: Placed): string {
  const corner = kind === 'topic' ? height / 2 : kind === 'node' ? 4 : 10
  const rect = `<rect class="${kind}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${round(corner)}"/>`
  return `${rect}<text x="${round(x + width / 2)}" y="${round(y + height / 2 + 4)}" text-anchor="middle">${escaped(label)}</text>`
}

/** From the right side of one box to the left side of the other, also where the other stands further left. */
function arrowShape({ from, to, kind }: Arrow, places: ReadonlyMap<string, Placed>): string {
  const [a, b] = [places.get(from)!, places.get(to)!]
  const [startX, startY, endX, endY] = [a.x + a.width, a.y + a.height / 2, b.x, b.y + b.height / 2]
  const bend = Math.max(24, Math.abs(endX - startX) / 2)
  const curve = `M${round(startX)} ${round(startY)}C${round(startX + bend)} ${round(startY)} ${round(endX - bend)} ${round(endY)} ${round(endX)} ${round(endY)}`
  return `<path class="${kind}" d="${curve}"${kind === 'state' ? '' : ' marker-end="url(#tip)"'}/>`
}

function sized(box: Box): Sized {
  return { id: box.id, width: textWidth(box.label) + 24, height: boxHeight }
}

function textWidth(text: string): number {
  return text.length * characterWidth
}

function frameId(frame: Frame): string {
  return `frame:${frame.label}`
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
