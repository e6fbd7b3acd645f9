import { empty, h, s } from './dom.js'
import { ago, counted, number, rate } from './format.js'
import { graphView, lagOf } from './graph.js'
import { live, onPulse, sumOf } from './live.js'

const legend = ['running', 'lagging', 'restoring', 'rebalancing', 'parked', 'nobody']

/** The topology as a graph below the numbers that sum it up. */
export function overview(main, signal) {
  const { topology } = live
  const graph = graphView(topology)
  const stats = statTiles()
  main.append(
    h('div', { class: 'head' }, h('h1', {}, topology.name), h('span', { class: 'muted' }, shapeOf(topology))),
    stats.element,
    h(
      'section',
      { class: 'card' },
      graph.isEmpty ? empty('Nothing is in this topology', 'Add a stream and it is drawn here.') : graph.element,
      h(
        'div',
        { class: 'legend' },
        ...legend.map(state => h('span', { 'data-state': state }, h('i', { class: 'dot' }), state)),
        h('p', {}, 'Rates are read from offsets: the marker of each transaction counts too.'),
      ),
    ),
  )
  onPulse(signal, pulse => {
    graph.update(pulse)
    stats.update(pulse)
  })
}

function shapeOf({ processors, topics, stores }) {
  return [
    counted(processors.length, 'processor'),
    counted(topics.length, 'topic'),
    counted(stores.length, 'store'),
  ].join(' · ')
}

function statTiles() {
  const tile = (label, withCurve) => {
    const value = h('dd', {})
    const curve = withCurve
      ? s('svg', { class: 'spark', viewBox: '0 0 100 22', preserveAspectRatio: 'none', 'aria-hidden': 'true' })
      : undefined
    return { element: h('div', {}, h('dt', {}, label), value, curve), value, curve }
  }
  const [records, lag, tasks, commit, letters] = [
    tile('Records in', true),
    tile('Lag', true),
    tile('Tasks that run'),
    tile('Last commit'),
    tile('Open dead letters'),
  ]
  return {
    element: h('dl', { class: 'card stats' }, ...[records, lag, tasks, commit, letters].map(({ element }) => element)),
    update(pulse) {
      const flows = Object.values(pulse.flows)
      const known = flows.some(flow => flow.rate !== null)
      show(records.value, known ? rate(sumOf(flows.map(flow => flow.rate ?? 0))) : '–', 'per second')
      spark(records.curve, live.history.rate)
      const waiting = lagOf(pulse)
      show(lag.value, number(waiting), waiting === 1 ? 'record' : 'records', waiting > 0 ? 'warn' : '')
      spark(lag.curve, live.history.lag)
      const running = pulse.tasks.filter(({ state }) => state === 'running' || state === 'lagging').length
      const all = pulse.tasks.length
      show(
        tasks.value,
        `${running}`,
        `of ${all}`,
        running < all && pulse.tasks.every(({ state }) => state !== 'unknown') ? 'bad' : '',
      )
      const last = Math.max(...pulse.tasks.map(({ lastCommitAt }) => lastCommitAt ?? 0))
      show(commit.value, last > 0 ? ago(pulse.at - last) : '–', '')
      const dead = sumOf(Object.values(pulse.letters))
      show(letters.value, number(dead), '', dead > 0 ? 'bad' : '')
    },
  }
}

function show(value, text, unit, tone = '') {
  if (value.dataset.text === `${text} ${unit}` && value.dataset.tone === tone) return
  value.dataset.text = `${text} ${unit}`
  value.dataset.tone = tone
  value.replaceChildren(text, ...(unit ? [h('small', {}, unit)] : []))
}

/** A small curve of the last values. */
function spark(curve, values) {
  if (values.length < 2) return
  const most = Math.max(...values, 1)
  const points = values.map((value, index) => `${(index / (values.length - 1)) * 100} ${21 - (value / most) * 19}`)
  curve.replaceChildren(
    s('path', { class: 'under', d: `M0 22L${points.join('L')}L100 22z` }),
    s('path', { d: `M${points.join('L')}` }),
  )
}
