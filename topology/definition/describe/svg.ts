import type { TopologyGraph } from '../graph.ts'
import { type Arrow, type Box, type Diagram, diagramOf, type Frame } from './diagram.ts'
import { type Layout, layOut, type Placed, type Sized } from './layers.ts'

/** Units: pixels, here and below. A character of the 12 px monospace font is 7.3 wide. */
const characterWidth = 7.3
const boxHeight = 30
const framePadding = 14
const frameTitle = 22
const margin = 16
/** Room above everything for arrows that lead back. */
const backRoom = 28
/** Stores are drawn in rows of about this width, or as wide as the nodes above them. */
const storeGap = { across: 10, down: 8, above: 22, rowWidth: 280 }

/** A topology as an SVG picture that needs nothing else: sub-topologies are frames, with the topics between them. */
export function describeSvg(graph: TopologyGraph): string {
  const diagram = diagramOf(graph)
  const inner = diagram.frames.map(frame => frameLayout(frame, diagram.arrows))
  const outer = layOut(
    [...diagram.frames.map((frame, index) => frameSize(frame, inner[index]!)), ...diagram.boxes.map(sized)],
    edgesBetweenFrames(diagram),
    { across: 56, down: 22 },
  )
  const flat = absolutePlaces(diagram, inner, outer, 0)
  const back = diagram.arrows.some(
    ({ from, to, kind }) => kind !== 'state' && leadsBack(flat.get(from)!, flat.get(to)!),
  )
  const top = back ? backRoom : 0
  const places = absolutePlaces(diagram, inner, outer, top)
  const frames = diagram.frames.map(frame => frameShape(frame.label, outer.items.get(frameId(frame))!, top))
  const boxes = [...diagram.frames.flatMap(frame => frame.boxes), ...diagram.boxes]
  const [width, height] = [outer.width + 2 * margin, outer.height + 2 * margin + top]
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

/** Nodes in columns along the arrows, the stores in rows below them. */
function frameLayout(frame: Frame, arrows: readonly Arrow[]): Layout {
  const nodes = frame.boxes.filter(box => box.kind === 'node')
  const inside = new Set(nodes.map(box => box.id))
  const edges = arrows.filter(arrow => inside.has(arrow.from) && inside.has(arrow.to))
  const layout = layOut(
    nodes.map(sized),
    edges.map(({ from, to }) => [from, to] as const),
    { across: 34, down: 12 },
  )
  const items = new Map(layout.items)
  const stores = frame.boxes.filter(box => box.kind === 'store').map(sized)
  if (stores.length === 0) return layout
  const rowWidth = Math.max(layout.width, storeGap.rowWidth)
  let [x, y] = [0, layout.height + storeGap.above]
  let width = layout.width
  for (const store of stores) {
    if (x > 0 && x + store.width > rowWidth) [x, y] = [0, y + boxHeight + storeGap.down]
    items.set(store.id, { ...store, x, y })
    width = Math.max(width, x + store.width)
    x += store.width + storeGap.across
  }
  return { items, width, height: y + boxHeight }
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

function absolutePlaces(
  diagram: Diagram,
  inner: readonly Layout[],
  outer: Layout,
  top: number,
): ReadonlyMap<string, Placed> {
  const places = new Map<string, Placed>()
  const move = (item: Placed, x: number, y: number) => places.set(item.id, { ...item, x: item.x + x, y: item.y + y })
  for (const [index, frame] of diagram.frames.entries()) {
    const { x, y } = outer.items.get(frameId(frame))!
    for (const item of inner[index]!.items.values()) {
      move(item, x + margin + framePadding, y + margin + top + framePadding + frameTitle)
    }
  }
  for (const box of diagram.boxes) move(outer.items.get(box.id)!, margin, margin + top)
  return places
}

function frameShape(label: string, { x, y, width, height }: Placed, room: number): string {
  const [left, top] = [x + margin, y + margin + room]
  const title = `<text class="frame-title" x="${round(left + framePadding)}" y="${round(top + 20)}">${escaped(label)}</text>`
  return `<rect class="frame" x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" rx="8"/>${title}`
}

function boxShape({ kind, label }: Box, { x, y, width, height }: Placed): string {
  const corner = kind === 'topic' ? height / 2 : kind === 'node' ? 4 : 10
  const rect = `<rect class="${kind}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${round(corner)}"/>`
  return `${rect}<text x="${round(x + width / 2)}" y="${round(y + height / 2 + 4)}" text-anchor="middle">${escaped(label)}</text>`
}

function arrowShape({ from, to, kind }: Arrow, places: ReadonlyMap<string, Placed>): string {
  const [a, b] = [places.get(from)!, places.get(to)!]
  const curve = kind === 'state' ? downTo(a, b) : leadsBack(a, b) ? overTheTop(a, b) : sideToSide(a, b)
  return `<path class="${kind}" d="${curve.map(part => (typeof part === 'number' ? round(part) : part)).join(' ')}"${kind === 'state' ? '' : ' marker-end="url(#tip)"'}/>`
}

type Curve = readonly (string | number)[]

function leadsBack(a: Placed, b: Placed): boolean {
  return b.x < a.x + a.width
}

function sideToSide(a: Placed, b: Placed): Curve {
  const [startX, startY, endX, endY] = [a.x + a.width, a.y + a.height / 2, b.x, b.y + b.height / 2]
  const middle = (startX + endX) / 2
  return ['M', startX, startY, 'C', middle, startY, middle, endY, endX, endY]
}

/** A cubic curve reaches three quarters of the way to its control points: so it peaks above all frames. */
function overTheTop(a: Placed, b: Placed): Curve {
  const [startX, endX] = [a.x + a.width / 2, b.x + b.width / 2]
  const control = (margin / 2 - (a.y + b.y) / 8) / 0.75
  return ['M', startX, a.y, 'C', startX, control, endX, control, endX, b.y]
}

function downTo(a: Placed, b: Placed): Curve {
  return ['M', a.x + a.width / 2, a.y + a.height, 'L', b.x + b.width / 2, b.y]
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
