import { s } from './dom.js'
import { fitted } from './format.js'

const storeHeight = 26
const cardWidth = 236

/** A processor: its name, its operators, a square for each task, and its stores. `parts` are what changes. */
export function processorBox({ name, operators, stores }) {
  const top = operators.length === 0 ? 54 : 72
  const height = top + stores.length * (storeHeight + 4) + (stores.length > 0 ? 8 : 0)
  const tasks = s('g', { transform: `translate(14 ${top - 22})` })
  const note = s('text', { class: 'sub', x: cardWidth - 14, y: top - 13, 'text-anchor': 'end' })
  const rows = new Map()
  const card = s(
    'g',
    { class: 'processor' },
    link(
      '#/tasks',
      s('rect', { class: 'box', width: cardWidth, height, rx: 10 }),
      s('text', { class: 'name', x: 14, y: 24 }, fitted(name, 27)),
      s('title', {}, name),
      operators.length === 0
        ? undefined
        : s('text', { class: 'sub code', x: 14, y: 42 }, fitted(operators.join(' → '), 31)),
      tasks,
      note,
    ),
    ...stores.map((store, index) => {
      const y = top + index * (storeHeight + 4)
      const count = s('text', { class: 'sub', x: cardWidth - 20, y: y + 17, 'text-anchor': 'end' })
      rows.set(store, count)
      return s(
        'g',
        { class: 'store' },
        link(
          `#/stores/${encodeURIComponent(store)}`,
          s('rect', { class: 'box', x: 10, y, width: cardWidth - 20, height: storeHeight, rx: 6 }),
          s('path', { class: 'can', d: can(22, y + 13) }),
          s('text', { class: 'code', x: 36, y: y + 17 }, fitted(store, 17)),
          s('title', {}, store),
          count,
        ),
      )
    }),
  )
  return { element: card, width: cardWidth, height, parts: { tasks, note, rows } }
}

/** A topic: its name, its rate, and its open dead letters. */
export function topicBox({ name, internal }) {
  const shown = fitted(name, 26)
  const width = Math.max(118, shown.length * 7.3 + 34)
  const note = s('text', { class: 'sub', x: width / 2, y: 36, 'text-anchor': 'middle' })
  const deadText = s('text', { x: width - 20, y: 4, 'text-anchor': 'middle' })
  const dead = s(
    'g',
    { class: 'dead', visibility: 'hidden' },
    s('rect', { x: width - 46, y: -9, width: 52, height: 18, rx: 9 }),
    deadText,
  )
  const pill = s(
    'g',
    { class: internal ? 'topic internal' : 'topic' },
    link(
      `#/topics/${encodeURIComponent(name)}`,
      s('rect', { class: 'box', width, height: 46, rx: 23 }),
      s('text', { class: 'code', x: width / 2, y: 20, 'text-anchor': 'middle' }, shown),
      s('title', {}, name),
      note,
      dead,
    ),
  )
  return { element: pill, width, height: 46, parts: { note, dead, deadText } }
}

/** A table that every worker has a copy of. */
export function globalBox(store) {
  const shown = fitted(store, 22)
  const width = Math.max(130, shown.length * 7.3 + 50)
  const count = s('text', { class: 'sub', x: 34, y: 37 }, 'global table')
  const box = s(
    'g',
    { class: 'store' },
    link(
      `#/stores/${encodeURIComponent(store)}`,
      s('rect', { class: 'box', width, height: 46, rx: 8 }),
      s('path', { class: 'can', d: can(19, 18) }),
      s('text', { class: 'code', x: 34, y: 21 }, shown),
      s('title', {}, store),
      count,
    ),
  )
  return { element: box, width, height: 46, parts: {} }
}

function link(href, ...children) {
  return s('a', { href }, ...children)
}

/** A cylinder around a point. */
function can(x, y) {
  return `M${x - 6} ${y - 5}c0-3.500 12-3.500 12 0v10c0 3.500-12 3.500-12 0zM${x - 6} ${y - 5}c0 3.500 12 3.500 12 0`
}
