import { globalBox, processorBox, topicBox } from './boxes.js'
import { h, s, setText } from './dom.js'
import { counted, number, rate } from './format.js'
import { layOut } from './layout.js'
import { sumOf } from './live.js'

const shownTasks = 12
const leastScale = 0.72

/** The topology as a picture: topics, processors with their stores, and the records that flow between them. */
export function graphView(topology) {
  const boxes = new Map()
  const { processors, topics, globals, stores } = topology
  for (const processor of processors) boxes.set(`processor ${processor.name}`, processorBox(processor))
  for (const topic of topics) boxes.set(`topic ${topic.name}`, topicBox(topic))
  for (const { store } of globals) boxes.set(`global ${store}`, globalBox(store))
  const edges = edgesOf(topology).filter(({ from, to }) => boxes.has(from) && boxes.has(to))
  const used = new Set(edges.flatMap(({ from, to }) => [from, to]))
  const shown = [...boxes].filter(([id]) => used.has(id) || id.startsWith('processor '))
  const canvas = h('div', { class: 'graph', role: 'region', tabindex: '0', 'aria-label': `Graph of ${topology.name}` })
  let drawn

  const layouts = new Map()
  function layoutOf(wide) {
    if (!layouts.has(wide)) {
      const sized = shown.map(([id, { width, height }]) => ({
        id,
        along: wide ? width : height,
        across: wide ? height : width,
      }))
      const found = layOut(sized, edges, wide ? { gapAlong: 92, gapAcross: 30 } : { gapAlong: 60, gapAcross: 28 })
      const [width, height] = wide ? [found.along, found.across] : [found.across, found.along]
      layouts.set(wide, { ...found, wide, width, height })
    }
    return layouts.get(wide)
  }

  /** From left to right where that fits, else from top to bottom: a page is read downwards. */
  function draw() {
    const room = canvas.clientWidth - 44
    if (room <= 0 || drawn === room) return
    drawn = room
    const across = layoutOf(true)
    const { nodes, ways, wide, width, height } = room / across.width >= leastScale ? across : layoutOf(false)
    const point = ({ at, beside }) => (wide ? [at, beside] : [beside, at])
    for (const [id, { element, width: own, height: tall }] of shown) {
      const [x, y] = point(nodes.get(id))
      element.setAttribute('transform', `translate(${x - own / 2} ${y - tall / 2})`)
    }
    for (const [index, edge] of edges.entries())
      edge.place(
        ways[index].map(id => ({ ...nodes.get(id), point: point(nodes.get(id)) })),
        wide,
      )
    const scale = Math.min(1.1, Math.max(leastScale, room / width))
    const picture = s(
      'svg',
      {
        width: width * scale,
        height: height * scale,
        viewBox: `0 0 ${width} ${height}`,
        role: 'group',
        'aria-label': 'Topology',
      },
      ...edges.map(({ element }) => element),
      ...shown.map(([, { element }]) => element),
    )
    canvas.replaceChildren(picture)
    canvas.scrollLeft = (canvas.scrollWidth - canvas.clientWidth) / 2
  }

  for (const edge of edges) Object.assign(edge, edgeShape(edge))
  new ResizeObserver(draw).observe(canvas)

  function update(pulse) {
    for (const { name, stores: own } of processors)
      updateProcessor(boxes.get(`processor ${name}`).parts, name, own, pulse)
    for (const { name } of topics)
      updateTopic(boxes.get(`topic ${name}`).parts, pulse.topics[name], pulse.letters[name] ?? 0)
    for (const edge of edges) edge.update(pulse)
  }
  return { element: canvas, update, isEmpty: processors.length + stores.length === 0 }
}

function edgesOf({ processors, globals }) {
  const writers = new Map()
  for (const { name, outputs } of processors)
    for (const topic of outputs) writers.set(topic, [...(writers.get(topic) ?? []), name])
  return [
    ...processors.flatMap(({ name, inputs, outputs, globals: copies }) => [
      ...inputs.map(topic => ({
        from: `topic ${topic}`,
        to: `processor ${name}`,
        read: ({ flows }) => flows[`${name}/${topic}`],
      })),
      // The rate of a topic is that of its writer only where it has no other.
      ...outputs.map(topic => ({
        from: `processor ${name}`,
        to: `topic ${topic}`,
        read: ({ topics }) => (writers.get(topic).length === 1 ? topics[topic] : undefined),
      })),
      ...copies.map(store => ({ from: `global ${store}`, to: `processor ${name}`, copy: true, read: () => undefined })),
    ]),
    ...globals.map(({ store, topic }) => ({
      from: `topic ${topic}`,
      to: `global ${store}`,
      copy: true,
      read: () => undefined,
    })),
  ]
}

function edgeShape({ copy, read }) {
  const line = s('path', {})
  const flow = s('path', { class: 'flow' })
  const speed = s('tspan', { class: 'rate' })
  const lag = s('tspan', { class: 'lag' })
  const text = s('text', { 'text-anchor': 'middle' }, speed, lag)
  const element = s('g', { class: copy ? 'edge copy' : 'edge' }, line, flow, text)
  return {
    element,
    place(way, wide) {
      const path = pathOf(way, wide)
      line.setAttribute('d', path.d)
      flow.setAttribute('d', path.d)
      text.setAttribute('x', path.label[0])
      text.setAttribute('y', path.label[1])
    },
    update(pulse) {
      const found = read(pulse)
      const known = found?.rate ?? 0
      setText(speed, found?.rate ? `${rate(found.rate)}/s` : '')
      setText(lag, found?.lag ? `${found.rate ? '  ' : ''}lag ${number(found.lag)}` : '')
      element.classList.toggle('moving', known > 0)
      element.classList.toggle('fast', known >= 50)
    },
  }
}

/** A smooth line through the places of a way, from the side of its first box to that of its last, straight through layers. */
function pathOf(way, wide) {
  const [first, last] = [way[0], way.at(-1)]
  const sign = last.at >= first.at ? 1 : -1
  const side = (node, towards) => {
    const half = (node.along / 2) * towards * sign
    return wide ? [node.point[0] + half, node.point[1]] : [node.point[0], node.point[1] + half]
  }
  const parts = way.slice(1).map((to, index) => {
    const [from, end] = [side(way[index], 1), side(to, -1)]
    const straight = index === 0 ? '' : `L${from.join(' ')}`
    const middle = wide ? (from[0] + end[0]) / 2 : (from[1] + end[1]) / 2
    const bend = wide
      ? `C${middle} ${from[1]} ${middle} ${end[1]} ${end.join(' ')}`
      : `C${from[0]} ${middle} ${end[0]} ${middle} ${end.join(' ')}`
    return { d: straight + bend, middle: [(from[0] + end[0]) / 2, (from[1] + end[1]) / 2] }
  })
  // The label stands on the bend that is nearest to the box that the records go to.
  const [x, y] = parts.at(-1).middle
  return { d: `M${side(first, 1).join(' ')}${parts.map(part => part.d).join('')}`, label: [x, wide ? y - 6 : y + 4] }
}

function updateProcessor({ tasks, note, rows }, name, stores, pulse) {
  const own = pulse.tasks.filter(({ processor }) => processor === name)
  const states = own.map(({ state }) => state).join()
  if (tasks.dataset.states !== states) {
    tasks.dataset.states = states
    tasks.replaceChildren(
      ...own
        .slice(0, shownTasks)
        .map(({ task, state }, index) =>
          s(
            'rect',
            { class: 'dot-of', 'data-state': state, x: index * 13, width: 10, height: 10, rx: 3 },
            s('title', {}, `${task}: ${state}`),
          ),
        ),
    )
  }
  const worst = own.find(({ state }) => state !== 'running' && state !== 'lagging')
  setText(note, worst ? `${counted(own.length, 'task')}, ${worst.state}` : counted(own.length, 'task'))
  for (const store of stores) {
    const found = pulse.stores[store]
    const behind = found?.behind ? `${number(found.behind)} behind` : undefined
    setText(rows.get(store), behind ?? rowsText(found?.rows))
  }
}

/** Shape: `'12 rows'`, `'10,000+ rows'`. */
export function rowsText(rows) {
  if (rows === null || rows === undefined) return ''
  return rows > 10_000 ? '10,000+ rows' : counted(rows, 'row')
}

function updateTopic({ note, dead, deadText }, topic, letters) {
  setText(note, topic === undefined ? '' : topic.rate ? `${rate(topic.rate)}/s` : number(topic.records))
  dead.setAttribute('visibility', letters > 0 ? 'visible' : 'hidden')
  setText(deadText, `${number(letters)} dead`)
}

/** The lag of all flows. */
export function lagOf(pulse) {
  return sumOf(Object.values(pulse.flows).map(({ lag }) => lag))
}
