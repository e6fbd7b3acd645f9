import { element } from '/assets/element.js'
import { ask } from './calls.js'
import { barChart, lineChart } from './chart.js'
import { controlsOf } from './controls.js'
import { moment, money, percent, short, tone } from './format.js'
import { drawFills, drawOrders, drawPositions, drawTrades, marksOf } from './tables.js'
import { followUpdates } from './updates.js'

// The page of one portfolio: what the API says, drawn, and drawn again when something changes. An update of the books comes by
// the stream; what makes none (a refusal, a small move of a price, a change of limits) is seen by looking.

/** Units: ms. */
const lookMs = 3_000
const redrawMs = 1_000
const staleMs = 6_500
const listMs = 15_000

const find = id => document.getElementById(id)
const main = find('portfolio')
const wanted = location.pathname.startsWith('/portfolios/')
  ? decodeURIComponent(location.pathname.slice(12))
  : undefined

/** The time of the last answer of the gateway, by the browser's clock. */
let answeredAt = Date.now()

async function start() {
  const id = await drawList(wanted)
  if (id === undefined) throw new Error('no portfolio has been decided on or traded yet')
  document.title = `${id} · millrace`
  find('name').textContent = id
  find('name').classList.toggle('long', id.length > 40)
  follow(id)
}

/** The list of all portfolios. Returns the one that is shown: the page without a name has the one that has done most. */
async function drawList(shown) {
  const { items } = await ask('/v1/portfolios?limit=200')
  const id = shown ?? items.toSorted((a, b) => b.summary.fillCount - a.summary.fillCount)[0]?.portfolioId
  find('portfolios').tabIndex = 0
  find('portfolios').replaceChildren(...items.map(item => listItem(item, id)))
  return id
}

/** The last answers that were drawn. */
const drawn = { history: undefined, moment: '' }

async function draw(id, showLimits) {
  const path = `/v1/portfolios/${encodeURIComponent(id)}`
  const limits = await ask(`${path}/limits`, { orNone: true })
  showLimits(limits)
  const portfolio = await ask(path, { orNone: limits !== undefined })
  if (portfolio === undefined) return drawIdle()
  const [positions, orders] = await Promise.all([ask(`${path}/positions?limit=200`), ask(`${path}/orders?limit=20`)])
  const { summary } = portfolio
  const now = JSON.stringify([summary.version, summary.riskSeq, summary.markedAt, summary.equity])
  if (now !== drawn.moment) {
    drawn.history = await ask(`${path}/history?points=600`)
    drawn.moment = now
  }
  answeredAt = Date.now()
  find('message').hidden = true
  const marks = marksOf(positions.items)
  drawSummary(summary)
  drawCharts(drawn.history, summary)
  drawPositions(find('positions'), positions.items, summary.currency)
  drawOrders(find('orders'), orders.items, marks, id)
  drawFills(find('filled'), portfolio.recentFills, marks, id)
  drawTrades(find('trades'), portfolio.recentTrades, id)
  main.dataset.version = summary.version
  main.dataset.state = 'ready'
}

/** A portfolio that has limits, and has decided nothing yet. */
function drawIdle() {
  answeredAt = Date.now()
  find('message').hidden = false
  find('message').textContent = 'It has no decision and no fill yet. Its rules hold already, and can be changed.'
  main.dataset.state = 'ready'
}

function listItem({ portfolioId, summary }, current) {
  const used = Math.min(1, Number(summary.utilisation ?? 0))
  const bar = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  bar.setAttribute('class', used > 0.9 ? 'bar full' : 'bar')
  bar.setAttribute('preserveAspectRatio', 'none')
  bar.setAttribute('viewBox', '0 0 100 3')
  bar.setAttribute('aria-hidden', 'true')
  for (const width of [100, used * 100]) {
    const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
    rect.setAttribute('width', width)
    rect.setAttribute('height', 3)
    bar.append(rect)
  }
  const link = element('a', {
    href: `/portfolios/${encodeURIComponent(portfolioId)}`,
    title: `${portfolioId}: ${percent(summary.utilisation)} of the cap`,
    'aria-current': portfolioId === current ? 'page' : '',
    children: [
      element('span', { class: 'cut', text: portfolioId }),
      element('span', { class: tone(summary.totalPnl), text: short(Number(summary.totalPnl)) }),
      bar,
    ],
  })
  return element('li', { children: [link] })
}

function drawSummary(summary) {
  const { currency } = summary
  const tiles = [
    ['Equity', money(summary.equity), tone(summary.equity), currency],
    ['Realised', money(summary.realisedPnl), tone(summary.realisedPnl), currency],
    ['Unrealised', money(summary.unrealisedPnl), tone(summary.unrealisedPnl), currency],
    ['Exposure', money(summary.exposure), '', currency],
    ['Of the cap', percent(summary.utilisation), ''],
    ['Fees', money(summary.fees), '', currency],
    ['Fills', String(summary.fillCount), ''],
    ['Decisions', String(summary.tradeCount), ''],
  ]
  find('tiles').replaceChildren(...tiles.map(tile))
  find('asof').textContent = `as of ${moment(later(summary.asOf, summary.markedAt))}, version ${summary.version}`
}

/** The longer the number, the smaller its digits; the longest ones break. */
function tile([label, value, of, unit]) {
  const size = value.length > 20 ? 'longest' : value.length > 11 ? 'longer' : ''
  const number = element('div', { class: `value ${of} ${size}`, text: value })
  const name = element('div', { class: 'label', text: label, 'data-unit': unit ?? '' })
  return element('div', { class: 'tile', children: [name, number] })
}

function later(one, other) {
  return one === null || (other !== null && other > one) ? other : one
}

function drawCharts({ books, exposure, fills }, summary) {
  const points = (list, value) => list.map(one => ({ at: Date.parse(one.at), value: Number(value(one)) }))
  const equity = points(books, one => one.equity).sort((a, b) => a.at - b.at)
  const held = points(exposure, one => one.exposure)
  const notional = points(fills, one => Number(one.quantity) * Number(one.price) * (one.side === 'BUY' ? 1 : -1))
  const times = [...equity, ...held, ...notional].map(point => point.at)
  const [from, to] = times.length > 0 ? [Math.min(...times), Math.max(...times)] : [0, 1]
  const capped = summary.exposureCap === null ? [] : [from, to].map(at => ({ at, value: Number(summary.exposureCap) }))
  lineChart(find('equity'), { series: equity, from, to, label: 'Equity over time' })
  lineChart(find('exposure'), {
    series: held,
    cap: capped,
    from,
    to,
    label: 'Exposure against the cap over time',
  })
  barChart(find('fills'), { series: notional, from, to, label: 'Fills over time, by notional' })
}

/** Draws when the books change, and looks for what makes no update; says how old the numbers are once that fails. */
function follow(id) {
  const path = `/v1/portfolios/${encodeURIComponent(id)}`
  const live = find('live')
  let connected = false
  let retryAt = 0
  const redraw = soon(() => draw(id, showLimits).catch(say))
  const showLimits = controlsOf(id, () => redraw(0))
  followUpdates(`${path}/updates`, {
    onState(state, next) {
      connected = state === 'live'
      retryAt = next ?? 0
      if (connected) redraw(0)
      tell()
    },
    onEvent: () => redraw(redrawMs),
  })
  const tell = () => {
    const oldMs = Date.now() - answeredAt
    const stale = oldMs > staleMs
    live.textContent = stale ? 'stale' : connected ? 'live' : 'reconnecting'
    const next = Math.ceil((retryAt - Date.now()) / 1_000)
    find('age').textContent = stale
      ? `no answer for ${Math.round(oldMs / 1_000)} s${next > 0 ? `, again in ${next} s` : ''}`
      : ''
    live.toggleAttribute('data-on', connected && !stale)
    main.toggleAttribute('data-stale', stale)
  }
  redraw(0)
  setInterval(() => document.hidden || redraw(0), lookMs)
  setInterval(tell, 1_000)
  setInterval(() => document.hidden || drawList(id).catch(() => {}), listMs)
  addEventListener('resize', () => redraw(150))
}

/**
 * Calls at most one at a time: within the milliseconds that are asked for, and once more after a call that was under way when
 * it was asked.
 */
function soon(call) {
  let due
  let running = Promise.resolve()
  return ms => {
    if (due !== undefined) return
    due = setTimeout(() => {
      running = running.then(() => {
        due = undefined
        return call()
      })
    }, ms)
  }
}

function say(error) {
  const message = find('message')
  message.hidden = false
  message.textContent = error.message
  if (main.dataset.state !== 'ready') main.dataset.state = 'failed'
}

/** Until the first answer. */
async function begin() {
  for (;;) {
    try {
      return await start()
    } catch (error) {
      say(error)
      await new Promise(resolve => setTimeout(resolve, lookMs))
    }
  }
}

begin()
