import { element } from '/assets/element.js'
import { exact, moment, money, tone, words } from './format.js'
import { storyLink } from './story.js'

// The lists of the page, each row of which is what the API says.

/** Open positions, each with the price that values it. */
export function drawPositions(into, positions, currency) {
  const rows = positions
    .filter(({ quantity }) => quantity !== '0')
    .map(one => [
      [one.instrumentId, 'id'],
      [exact(one.quantity), 'number'],
      [money(one.averagePrice), 'number'],
      [markText(one.mark), 'number'],
      [one.mark === null ? '–' : `${words(one.mark.source)}, ${moment(one.mark.at)}`],
      [money(one.marketValue), 'number'],
      [money(one.unrealisedPnl), `number ${tone(one.unrealisedPnl)}`],
      [money(one.realisedPnl), `number ${tone(one.realisedPnl)}`],
    ])
  const amount = name => `${name}, ${currency}`
  table(
    into,
    [
      ['instrument'],
      ['quantity', 'number'],
      ['average', 'number'],
      ['mark', 'number'],
      ['marked'],
      [amount('value'), 'number'],
      ['unrealised', 'number'],
      ['realised', 'number'],
    ],
    rows,
    'no open position',
  )
}

/** Orders, beside the mark of their instrument: how far the market is from a limit. */
export function drawOrders(into, orders, marks, portfolioId) {
  const rows = orders.map(one => [
    [moment(one.placedAt)],
    [storyLink(`${one.side.toLowerCase()} ${exact(one.quantity)} ${one.instrumentId}`, portfolioId, one.tradeId), 'id'],
    [one.limitPrice === null ? 'market' : exact(one.limitPrice), 'number'],
    [markText(marks.get(keyOf(one))), 'number'],
    [exact(one.filled), 'number'],
    [exact(one.leaves), 'number'],
    [words(one.status), statusTone[one.status] ?? ''],
    [moment(one.updatedAt)],
  ])
  table(
    into,
    [
      ['placed'],
      ['order'],
      ['limit', 'number'],
      ['mark', 'number'],
      ['filled', 'number'],
      ['leaves', 'number'],
      ['state'],
      ['last change'],
    ],
    rows,
    'no order yet',
  )
}

const statusTone = { FILLED: 'good', REJECTED: 'bad', EXPIRED: 'muted', CANCELLED: 'muted' }

/** Fills, beside the mark of their instrument now. */
export function drawFills(into, fills, marks, portfolioId) {
  const rows = fills.map(one => [
    [moment(one.executedAt)],
    [
      storyLink(
        `${one.side === 'BUY' ? 'bought' : 'sold'} ${exact(one.quantity)} ${one.instrumentId}`,
        portfolioId,
        one.tradeId,
      ),
      'id',
    ],
    [exact(one.price), 'number'],
    [markText(marks.get(keyOf(one))), 'number'],
    [exact(one.fee), 'number'],
    [exact(one.leaves), 'number'],
  ])
  table(
    into,
    [
      ['time'],
      ['fill'],
      ['price', 'number'],
      ['mark now', 'number'],
      ['fee', 'number'],
      ['left of the order', 'number'],
    ],
    rows,
    'no fill yet',
  )
}

/** Decisions: what was asked, and what risk said. */
export function drawTrades(into, trades, portfolioId) {
  const rows = trades.map(one => [
    [moment(one.occurredAt)],
    [
      storyLink(
        `${one.side.toLowerCase()} ${exact(one.quantity)} ${one.instrumentId}`,
        portfolioId,
        one.idempotencyKey,
      ),
      'id',
    ],
    one.outcome === 'APPROVED' ? ['approved', 'good'] : [words(one.reasonCode), 'bad'],
    [one.idempotencyKey, 'id muted'],
  ])
  table(into, [['signalled'], ['signal'], ['decision'], ['idempotency key']], rows, 'no decision yet')
}

/** The mark of each instrument that a portfolio has traded. */
export function marksOf(positions) {
  return new Map(positions.map(one => [keyOf(one), one.mark]))
}

function keyOf({ exchange, instrumentId }) {
  return JSON.stringify([exchange, instrumentId])
}

function markText(mark) {
  return mark ? exact(mark.price) : '–'
}

/** A head, and rows of `[text or element, classes]`. A long id is cut, and whole in its title. */
function table(into, head, rows, empty) {
  const cells = head.map(([text, of = '']) => element('th', { text, class: of, scope: 'col' }))
  const body = rows.map(row => element('tr', { children: row.map(cell) }))
  const none = element('tr', {
    children: [element('td', { text: empty, class: 'muted', colspan: String(head.length) })],
  })
  // What scrolls must be reached by keys.
  into.parentElement.tabIndex = 0
  into.replaceChildren(
    element('thead', { children: [element('tr', { children: cells })] }),
    element('tbody', { children: body.length > 0 ? body : [none] }),
  )
}

function cell([content, of = '']) {
  const text = typeof content === 'string' ? content : content.textContent
  const title = of.includes('id') ? text : ''
  return typeof content === 'string'
    ? element('td', { text, class: of, title })
    : element('td', { class: of, title, children: [content] })
}
