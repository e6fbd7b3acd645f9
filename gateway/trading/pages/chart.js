import { element } from '/assets/element.js'
import { short } from './format.js'

// Charts over time as SVG. A series is [{ at, value }], oldest first; units of `at`: ms.

const space = { left: 58, right: 14, top: 10, bottom: 22 }

/** A line over an area: a value holds until the next. With another, dashed line (the cap) where given. */
export function lineChart(into, { series, cap = [], from, to, label }) {
  const frame = startFrame(into, { from, to, label, values: [...series, ...cap].map(point => point.value) })
  const { x, y, svg, baseline } = frame
  if (series.length > 0) {
    const line = steps(series.map(point => [x(point.at), y(point.value)]))
    const [first, last] = [series[0], series.at(-1)]
    shape(svg, 'path', { class: 'area', d: `${line}L${x(last.at)},${baseline}L${x(first.at)},${baseline}Z` })
    shape(svg, 'path', { class: 'line', d: line, 'data-points': series.length })
  }
  if (series.length === 1) shape(svg, 'circle', { class: 'point', cx: x(series[0].at), cy: y(series[0].value), r: 4 })
  if (series.length === 0) nothing(frame)
  if (cap.length > 0) {
    const level = y(cap[0].value)
    shape(svg, 'path', { class: 'cap', d: `M${space.left},${level}H${frame.width - space.right}` })
    const text = shape(svg, 'text', { class: 'cap-label', x: space.left + 4, y: level - 5 })
    text.textContent = `cap ${short(cap[0].value)}`
  }
  pointer(into, frame, series, point => short(point.value))
}

/** Bars from the zero line: up for what was bought, down for what was sold, summed over equal spans. */
export function barChart(into, { series, from, to, label, bars = 90 }) {
  const span = Math.max(1, (to - from) / bars)
  const sums = Array.from({ length: bars }, (_, index) => ({
    at: from + (index + 0.5) * span,
    up: 0,
    down: 0,
    count: 0,
  }))
  for (const { at, value } of series) {
    const sum = sums[Math.min(bars - 1, Math.max(0, Math.floor((at - from) / span)))]
    sum.count++
    if (value > 0) sum.up += value
    else sum.down += value
  }
  const frame = startFrame(into, { from, to, label, values: sums.flatMap(sum => [sum.up, sum.down]) })
  const { x, y, svg, width } = frame
  const thick = Math.max(1.5, ((width - space.left - space.right) / bars) * 0.7)
  for (const { at, up, down } of sums) {
    for (const [kind, value] of [
      ['buy', up],
      ['sell', down],
    ]) {
      if (value === 0) continue
      const [a, b] = [y(0), y(value)]
      shape(svg, 'rect', {
        class: kind,
        x: x(at) - thick / 2,
        y: Math.min(a, b),
        width: thick,
        height: Math.max(1, Math.abs(a - b)),
      })
    }
  }
  if (series.length === 0) nothing(frame)
  const busy = sums.filter(sum => sum.count > 0).map(sum => ({ ...sum, value: sum.up }))
  pointer(into, frame, busy, ({ up, down, count }) => `${count} fills, bought ${short(up)}, sold ${short(-down)}`)
}

function startFrame(into, { from, to, values, label }) {
  const { width, height } = into.getBoundingClientRect()
  into.replaceChildren()
  const svg = shape(into, 'svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label })
  const [low, high, ticks] = scaleOf(values, height < 160 ? 3 : 5)
  const bottom = height - space.bottom
  // One moment alone stands in the middle.
  const share = at => (to > from ? (at - from) / (to - from) : 0.5)
  const x = at => round(space.left + share(at) * (width - space.left - space.right))
  const y = value => round(bottom - ((value - low) / (high - low)) * (bottom - space.top))
  for (const tick of ticks) {
    const at = y(tick)
    shape(svg, 'line', { class: tick === 0 ? 'zero' : 'grid', x1: space.left, x2: width - space.right, y1: at, y2: at })
    shape(svg, 'text', { x: space.left - 8, y: at + 4, 'text-anchor': 'end' }).textContent = short(tick)
  }
  for (const { at, text } of timeTicks(from, to, width)) {
    shape(svg, 'text', { x: x(at), y: height - 4, 'text-anchor': 'middle' }).textContent = text
  }
  return { svg, x, y, width, height, from, to, baseline: y(Math.min(Math.max(0, low), high)) }
}

function nothing({ svg, width, height }) {
  const text = shape(svg, 'text', { class: 'nothing', x: width / 2, y: height / 2, 'text-anchor': 'middle' })
  text.textContent = 'nothing yet'
}

/** Round numbers that enclose the values and zero. */
function scaleOf(values, count) {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)]
  const rough = (high - low || 1) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const unit = [1, 2, 2.5, 5, 10].find(one => one * power >= rough) * power
  const [first, last] = [Math.floor(low / unit), Math.ceil(high / unit) || 1]
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * unit)
  return [first * unit, last * unit, ticks]
}

const day = 86_400_000
const months = [1, 2, 3, 6, 12, 24, 36, 60, 120]

/** A few moments between two: first days of months or years where they are far apart, else equal steps. */
function timeTicks(from, to, width) {
  if (to <= from)
    return from > 1 ? [{ at: from, text: new Date(from).toISOString().slice(0, 16).replace('T', ' ') }] : []
  const count = Math.max(2, Math.min(10, Math.floor(width / 100)))
  const gap = (to - from) / count
  if (gap < 28 * day) return equalTicks(from, gap, count)
  const step = months.find(one => one * 30.5 * day >= gap) ?? 240
  const start = new Date(from)
  let month = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth() + 1) / step) * step
  const ticks = []
  for (let at = firstOf(month); at <= to; month += step, at = firstOf(month))
    ticks.push({ at, text: new Date(at).toISOString().slice(0, step % 12 === 0 ? 4 : 7) })
  return ticks
}

function firstOf(month) {
  return Date.UTC(Math.floor(month / 12), month % 12)
}

function equalTicks(from, gap, count) {
  const [start, end] = gap >= day ? [5, 10] : [11, 19]
  return Array.from({ length: count }, (_, index) => {
    const at = from + (index + 0.5) * gap
    return { at, text: new Date(at).toISOString().slice(start, end) }
  })
}

/** A cross hair with the nearest point's value. */
function pointer(into, { svg, x, y, width, height, from, to }, series, textOf) {
  if (series.length === 0) return
  const cross = shape(svg, 'line', { class: 'cross', y1: space.top, y2: height - space.bottom })
  const dot = shape(svg, 'circle', { class: 'dot', r: 4 })
  const tip = element('div', { class: 'tip' })
  into.append(tip)
  const show = visible => {
    for (const part of [cross, dot, tip]) part.style.visibility = visible ? 'visible' : 'hidden'
  }
  svg.addEventListener('pointerleave', () => show(false))
  svg.addEventListener('pointermove', event => {
    const share = (event.offsetX - space.left) / (width - space.left - space.right)
    const at = from + share * (to - from)
    const near = series.reduce((best, point) => (Math.abs(point.at - at) < Math.abs(best.at - at) ? point : best))
    const left = x(near.at)
    cross.setAttribute('x1', left)
    cross.setAttribute('x2', left)
    dot.setAttribute('cx', left)
    dot.setAttribute('cy', y(near.value))
    tip.textContent = `${new Date(near.at).toISOString().slice(0, 16).replace('T', ' ')}  ${textOf(near)}`
    tip.style.left = left > width / 2 ? 'auto' : `${left + 10}px`
    tip.style.right = left > width / 2 ? `${width - left + 10}px` : 'auto'
    show(true)
  })
}

/** A value holds until the next. */
function steps(points) {
  return points.map(([px, py], index) => (index === 0 ? `M${px},${py}` : `H${px}V${py}`)).join('')
}

function shape(into, name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  into.append(made)
  return made
}

function round(value) {
  return Math.round(value * 10) / 10
}
