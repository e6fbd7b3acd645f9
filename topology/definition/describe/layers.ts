/** Something to be placed. Units: pixels. */
export interface Sized {
  readonly id: string
  readonly width: number
  readonly height: number
}

/** An item with its place: the coordinates of its upper left corner. Units: pixels. */
export interface Placed extends Sized {
  readonly x: number
  readonly y: number
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly items: ReadonlyMap<string, Placed>
}

/** Distances between columns and between items of a column. Units: pixels. */
interface Gaps {
  readonly across: number
  readonly down: number
}

type Edge = readonly [from: string, to: string]

/** Number of times that columns are sorted by their neighbours; more changes nothing in graphs of this size. */
const sweeps = 8

/**
 * Places items in columns from left to right along the edges (Sugiyama's method): edges that close a circle are
 * turned round, columns are longest paths, and in a column items are near their neighbours.
 */
export function layOut(items: readonly Sized[], edges: readonly Edge[], gaps: Gaps): Layout {
  const forward = withoutCircles(items, edges)
  const columns = ordered(columnsOf(items, forward), forward)
  const heights = columns.map(column => sum(column.map(item => item.height)) + gaps.down * (column.length - 1))
  const height = Math.max(0, ...heights)
  const placed = new Map<string, Placed>()
  let x = 0
  for (const [index, column] of columns.entries()) {
    const width = Math.max(...column.map(item => item.width))
    let y = (height - heights[index]!) / 2
    for (const item of column) {
      placed.set(item.id, { ...item, x: x + (width - item.width) / 2, y })
      y += item.height + gaps.down
    }
    x += width + gaps.across
  }
  return { width: Math.max(0, x - gaps.across), height, items: placed }
}

function withoutCircles(items: readonly Sized[], edges: readonly Edge[]): readonly Edge[] {
  const state = new Map<string, 'open' | 'done'>()
  const forward: Edge[] = []
  const visit = (id: string) => {
    state.set(id, 'open')
    for (const [from, to] of edges) {
      if (from !== id || to === id) continue
      forward.push(state.get(to) === 'open' ? [to, from] : [from, to])
      if (!state.has(to)) visit(to)
    }
    state.set(id, 'done')
  }
  const entered = new Set(edges.map(([, to]) => to))
  const rootsFirst = [...items.filter(item => !entered.has(item.id)), ...items]
  for (const { id } of rootsFirst) if (!state.has(id)) visit(id)
  return forward
}

function columnsOf(items: readonly Sized[], edges: readonly Edge[]): readonly (readonly Sized[])[] {
  const depth = new Map<string, number>()
  const depthOf = (id: string): number => {
    const known = depth.get(id)
    if (known !== undefined) return known
    const before = edges.filter(([, to]) => to === id).map(([from]) => depthOf(from) + 1)
    depth.set(id, Math.max(0, ...before))
    return depth.get(id)!
  }
  const depths = items.map(item => depthOf(item.id))
  const used = [...new Set(depths)].sort((a, b) => a - b)
  return used.map(column => items.filter((_, index) => depths[index] === column))
}

function ordered(columns: readonly (readonly Sized[])[], edges: readonly Edge[]): readonly (readonly Sized[])[] {
  const rank = new Map<string, number>()
  const note = (column: readonly Sized[]) =>
    column.forEach((item, index) => void rank.set(item.id, index / column.length))
  const current = columns.map(column => [...column])
  current.forEach(note)
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const column of sweep % 2 === 0 ? current : current.toReversed()) {
      const wanted = new Map(column.map(item => [item.id, centre(item.id, edges, rank)]))
      column.sort((a, b) => wanted.get(a.id)! - wanted.get(b.id)!)
      note(column)
    }
  }
  return current
}

/** The mean rank of an item's neighbours; its own without any. */
function centre(id: string, edges: readonly Edge[], rank: ReadonlyMap<string, number>): number {
  const near = edges.flatMap(([from, to]) => (from === id ? [rank.get(to)!] : to === id ? [rank.get(from)!] : []))
  return near.length === 0 ? rank.get(id)! : sum(near) / near.length
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
