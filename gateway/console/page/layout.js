/*
 * Places boxes in layers along the edges (Sugiyama's method): edges that close a circle are turned round, layers are
 * longest paths, an edge over several layers passes through places of its own in between, so that it crosses no box, and the boxes of a
 * layer stand near their neighbours. `along` is the way of the layers, `across` the way within one.
 */

const sweeps = 12

/** Boxes have `id`, `along` and `across` (their sizes); edges `from` and `to`. Returns places of centres and the way of each edge. */
export function layOut(boxes, edges, { gapAlong, gapAcross }) {
  const turned = turnedEdges(boxes, edges)
  const layer = layersOf(boxes, turned)
  const nodes = new Map(boxes.map(box => [box.id, { ...box, layer: layer.get(box.id) }]))
  const chains = turned.map((edge, index) => chainOf(edge, index, layer, nodes))
  const layers = []
  for (const node of nodes.values()) {
    layers[node.layer] ??= []
    layers[node.layer].push(node)
  }
  const links = chains.flatMap(chain => chain.slice(1).map((id, index) => [chain[index], id]))
  order(layers, links)
  place(layers, links, gapAlong, gapAcross)
  const ways = chains.map((chain, index) => (turned[index].back ? [...chain].reverse() : chain))
  return {
    nodes,
    ways,
    along: Math.max(0, ...[...nodes.values()].map(node => node.at + node.along / 2)),
    across: Math.max(0, ...[...nodes.values()].map(node => node.beside + node.across / 2)),
  }
}

function turnedEdges(boxes, edges) {
  const state = new Map()
  const turned = edges.map(edge => ({ ...edge }))
  const visit = id => {
    state.set(id, 'open')
    for (const edge of turned) {
      if (edge.from !== id || edge.back || edge.to === id) continue
      if (state.get(edge.to) === 'open') Object.assign(edge, { from: edge.to, to: id, back: true })
      else if (!state.has(edge.to)) visit(edge.to)
    }
    state.set(id, 'done')
  }
  const entered = new Set(edges.map(({ to }) => to))
  for (const { id } of [...boxes.filter(box => !entered.has(box.id)), ...boxes]) if (!state.has(id)) visit(id)
  return turned
}

function layersOf(boxes, edges) {
  const layer = new Map()
  const layerOf = id => {
    if (layer.has(id)) return layer.get(id)
    layer.set(id, 0)
    const before = edges.filter(edge => edge.to === id && edge.from !== id).map(edge => layerOf(edge.from) + 1)
    layer.set(id, Math.max(0, ...before))
    return layer.get(id)
  }
  for (const { id } of boxes) layerOf(id)
  // A box without anything before it stands just before what follows it.
  for (const { id } of boxes) {
    const after = edges.filter(edge => edge.from === id && edge.to !== id).map(edge => layer.get(edge.to))
    if (layer.get(id) === 0 && after.length > 0) layer.set(id, Math.min(...after) - 1)
  }
  return layer
}

function chainOf({ from, to }, index, layer, nodes) {
  const chain = [from]
  for (let at = layer.get(from) + 1; at < layer.get(to); at++) {
    const id = `way ${index} ${at}`
    nodes.set(id, { id, layer: at, along: 0, across: 14, way: true })
    chain.push(id)
  }
  chain.push(to)
  return chain
}

function order(layers, links) {
  const rank = new Map()
  const note = layer => layer.forEach((node, index) => void rank.set(node.id, index))
  layers.forEach(note)
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const down = sweep % 2 === 0
    for (const layer of down ? layers : [...layers].reverse()) {
      const wanted = new Map(layer.map(node => [node.id, mean(node.id, links, down, rank)]))
      layer.sort((one, other) => wanted.get(one.id) - wanted.get(other.id))
      note(layer)
    }
  }
}

function mean(id, links, down, rank) {
  const near = links.flatMap(([from, to]) =>
    down ? (to === id ? [rank.get(from)] : []) : from === id ? [rank.get(to)] : [],
  )
  return near.length === 0 ? rank.get(id) : near.reduce((sum, each) => sum + each, 0) / near.length
}

function place(layers, links, gapAlong, gapAcross) {
  let at = 0
  for (const layer of layers) {
    const deep = Math.max(...layer.map(node => node.along))
    for (const node of layer) {
      node.at = at + deep / 2
      // A way goes straight through its layer, beside the boxes.
      if (node.way) node.along = deep
    }
    at += deep + gapAlong
    let beside = 0
    for (const node of layer) {
      node.beside = beside + node.across / 2
      beside += node.across + gapAcross
    }
  }
  const byId = new Map(layers.flat().map(node => [node.id, node]))
  const near = new Map(layers.flat().map(node => [node.id, []]))
  for (const [from, to] of links) {
    near.get(from).push(byId.get(to))
    near.get(to).push(byId.get(from))
  }
  // Each box is drawn to the middle of its neighbours, then those of a layer are moved apart again.
  for (let round = 0; round < 40; round++) {
    for (const layer of round % 2 === 0 ? layers : [...layers].reverse()) {
      for (const node of layer) {
        const others = near.get(node.id)
        if (others.length > 0) node.wish = others.reduce((sum, other) => sum + other.beside, 0) / others.length
        else node.wish = node.beside
      }
      spread(layer, gapAcross)
    }
  }
  const first = Math.min(...layers.flat().map(node => node.beside - node.across / 2))
  for (const node of layers.flat()) node.beside -= first
}

function spread(layer, gap) {
  const apart = (one, other) => (one.across + other.across) / 2 + (one.way && other.way ? 6 : gap)
  const low = []
  for (const [index, node] of layer.entries())
    low.push(index === 0 ? node.wish : Math.max(node.wish, low[index - 1] + apart(layer[index - 1], node)))
  const high = []
  for (let index = layer.length - 1; index >= 0; index--) {
    const next = layer[index + 1]
    high[index] = next ? Math.min(layer[index].wish, high[index + 1] - apart(layer[index], next)) : layer[index].wish
  }
  for (const [index, node] of layer.entries()) node.beside = (low[index] + high[index]) / 2
}
