import { element } from '/assets/element.js'
import { barChart, lineChart } from './chart.js'
import { moment, money, percent, short, tone } from './format.js'

// The page of one portfolio: what the API says, drawn, and drawn again when an update comes.

const find = id => document.getElementById(id)
const main = find('portfolio')
const wanted = location.pathname.startsWith('/portfolios/')
  ? decodeURIComponent(location.pathname.slice(12))
  : undefined

async function ask(path) {
  const response = await fetch(path)
  const body = await response.json()
  if (!response.ok) throw new Error(body.detail ?? `the gateway answered ${response.status}`)
  return body
}

async function start() {
  const { items } = await ask('/v1/portfolios?limit=200')
  const id = wanted ?? mostActive(items)
  find('portfolios').replaceChildren(...items.map(item => listItem(item, id)))
  if (id === undefined) throw new Error('no portfolio has been decided on or traded yet')
  document.title = `${id} · millrace`
  find('name').textContent = id
  await draw(id)
  follow(id)
}

/** The page without a name shows the portfolio that has done most. */
function mostActive(items) {
  return items.toSorted((a, b) => b.summary.fillCount - a.summary.fillCount)[0]?.portfolioId
}

async function draw(id) {
  const path = `/v1/portfolios/${encodeURIComponent(id)}`
  const [portfolio, history] = await Promise.all([ask(path), ask(`${path}/history?points=600`)])
  find('message').hidden = true
  drawSummary(portfolio.summary)
  drawCharts(history, portfolio.summary)
  drawPositions(portfolio.positions)
  drawTrades(id, portfolio.recentTrades)
  main.dataset.version = portfolio.summary.version
  main.dataset.state = 'ready'
}

function listItem({ portfolioId, summary }, current) {
  const used = Math.min(1, Number(summary.utilisation ?? 0))
  const bar = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  bar.setAttribute('class', used > 0.9 ? 'bar full' : 'bar')
  bar.setAttribute('preserveAspectRatio', 'none')
  bar.setAttribute('viewBox', '0 0 100 3')
  for (const width of [100, used * 100]) {
    const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
    rect.setAttribute('width', width)
    rect.setAttribute('height', 3)
    bar.append(rect)
  }
  const link = element('a', {
    href: `/portfolios/${encodeURIComponent(portfolioId)}`,
    title: `${percent(summary.utilisation)} of the cap`,
    'aria-current': portfolioId === current ? 'page' : '',
    children: [
      element('span', { text: portfolioId }),
      element('span', { class: tone(summary.totalPnl), text: short(Number(summary.totalPnl)) }),
      bar,
    ],
  })
  return element('li', { children: [link] })
}

function drawSummary(summary) {
  const tiles = [
    ['Equity', money(summary.totalPnl), tone(summary.totalPnl)],
    ['Realised', money(summary.realisedPnl), tone(summary.realisedPnl)],
    ['Unrealised', money(summary.unrealisedPnl), tone(summary.unrealisedPnl)],
    ['Exposure', money(summary.exposure), ''],
    ['Of the cap', percent(summary.utilisation), ''],
    ['Fees', money(summary.fees), ''],
    ['Fills', String(summary.fillCount), ''],
    ['Decisions', String(summary.tradeCount), ''],
  ]
  find('tiles').replaceChildren(
    ...tiles.map(([label, value, of]) =>
      element('div', {
        class: 'tile',
        children: [
          element('div', { class: 'label', text: label }),
          element('div', { class: `value ${of}`, text: value }),
        ],
      }),
    ),
  )
  find('asof').textContent = `as of ${moment(summary.asOf)}, version ${summary.version}`
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

function drawPositions(positions) {
  const rows = positions.map(one => [
    [`${one.instrumentId}`],
    [one.quantity.replace('-', '−'), 'number'],
    [one.averagePrice === null ? '–' : money(one.averagePrice), 'number'],
    [money(one.marketValue), 'number'],
    [money(one.unrealisedPnl), `number ${tone(one.unrealisedPnl)}`],
  ])
  table(find('positions'), ['instrument', 'quantity', 'average', 'value', 'unrealised'], 1, rows, 'no open position')
}

function drawTrades(id, trades) {
  const story = one => `/v1/trace/${encodeURIComponent(one.idempotencyKey)}?portfolioId=${encodeURIComponent(id)}`
  const rows = trades
    .slice(0, 10)
    .map(one => [
      [moment(one.occurredAt).slice(0, 10)],
      [`${one.side.toLowerCase()} ${one.quantity} ${one.instrumentId}`, '', story(one)],
      [
        one.outcome === 'APPROVED' ? 'approved' : one.reasonCode.toLowerCase().replaceAll('_', ' '),
        one.outcome === 'APPROVED' ? 'good' : 'bad',
      ],
    ])
  table(find('trades'), ['signalled', 'signal', 'decision'], 3, rows, 'no decision yet')
}

/** The first `left` columns are aligned left, the others right. */
function table(into, head, left, rows, empty) {
  const cells = head.map((text, index) => element('th', { text, class: index >= left ? 'number' : '' }))
  const body = rows.map(row => element('tr', { children: row.map(cell) }))
  const none = element('tr', {
    children: [element('td', { text: empty, class: 'muted', colspan: String(head.length) })],
  })
  into.replaceChildren(element('tr', { children: cells }), ...(body.length > 0 ? body : [none]))
}

function cell([text, of = '', href]) {
  if (href === undefined) return element('td', { text, class: of })
  return element('td', { class: of, children: [element('a', { href, text, title: 'its story' })] })
}

/** Draws again when the books have a newer version, at most once a second. The browser resumes a lost stream by itself. */
function follow(id) {
  const events = new EventSource(`/v1/portfolios/${encodeURIComponent(id)}/updates`)
  const live = find('live')
  let due
  const redrawIn = ms => {
    if (due !== undefined) return
    due = setTimeout(() => {
      due = undefined
      draw(id).catch(say)
    }, ms)
  }
  events.onopen = () => {
    live.textContent = 'live'
    live.dataset.on = ''
  }
  events.onerror = () => {
    live.textContent = 'reconnecting'
    delete live.dataset.on
  }
  events.addEventListener('books', event => {
    if (event.lastEventId !== main.dataset.version) redrawIn(1_000)
  })
  addEventListener('resize', () => {
    redrawIn(150)
  })
}

function say(error) {
  const message = find('message')
  message.hidden = false
  message.textContent = error.message
  main.dataset.state = 'failed'
}

start().catch(say)
