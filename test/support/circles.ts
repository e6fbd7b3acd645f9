/**
 * The circles of a directed graph, one for each group of nodes that reach each other. Shape: `[['a', 'b', 'a']]`.
 *
 * Source: Tarjan's strongly connected components; of each one, a shortest way from its first node back to that node.
 */
export function circlesOf(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  return components(edges)
    .map(group => [...group].sort())
    .map(group => wayBack(group, edges))
}

/** Groups of nodes that reach each other: several nodes, or one with an edge to itself. */
function components(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const groups: string[][] = []
  const visit = (node: string): number => {
    order.set(node, order.size)
    lowest.set(node, order.get(node)!)
    open.push(node)
    for (const next of edges.get(node) ?? []) {
      const reached = !order.has(next) ? visit(next) : open.includes(next) ? order.get(next)! : Number.POSITIVE_INFINITY
      lowest.set(node, Math.min(lowest.get(node)!, reached))
    }
    if (lowest.get(node) === order.get(node)) {
      const group = open.splice(open.lastIndexOf(node))
      if (group.length > 1 || edges.get(node)?.includes(node)) groups.push(group)
    }
    return lowest.get(node)!
  }
  for (const node of edges.keys()) if (!order.has(node)) visit(node)
  return groups
}

function wayBack(group: readonly string[], edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const [start] = group as [string]
  const ways: (readonly string[])[] = [[start]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const next of edges.get(way.at(-1)!) ?? []) {
      if (next === start) return [...way, start]
      if (!group.includes(next) || seen.has(next)) continue
      seen.add(next)
      ways.push([...way, next])
    }
  }
  return group
}
