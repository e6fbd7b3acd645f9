import { element } from '/assets/element.js'
import { ask } from './calls.js'
import { exact, moment, money, words } from './format.js'

// The story of one signal: its decision, its order, its fills, in a dialog.

const dialog = document.getElementById('story')

/** A link that opens the story of a signal. `id`: its idempotency key, or the id of any event of it. */
export function storyLink(text, portfolioId, id) {
  const href = `/v1/trace/${encodeURIComponent(id)}?portfolioId=${encodeURIComponent(portfolioId)}`
  const link = element('a', { href, text })
  link.addEventListener('click', event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    openStory(href)
  })
  return link
}

async function openStory(href) {
  show([element('h2', { id: 'story-name', text: 'Its story' }), element('p', { class: 'muted', text: 'reading' })])
  if (!dialog.open) dialog.showModal()
  try {
    show(parts(await ask(href)))
  } catch (error) {
    show([element('h2', { id: 'story-name', text: 'No story' }), element('p', { class: 'bad', text: error.message })])
  }
}

function show(children) {
  const close = element('button', { type: 'button', class: 'close', text: 'Close' })
  close.addEventListener('click', () => dialog.close())
  dialog.replaceChildren(close, ...children)
}

function parts({ idempotencyKey, state, decision, order, fills, timeline, deadLetters, correlationId }) {
  return [
    element('h2', { id: 'story-name', text: idempotencyKey }),
    element('p', { class: 'muted', text: `${state}; correlation id ${correlationId}` }),
    ...(decision ? decisionParts(decision) : []),
    ...(order ? orderParts(order) : []),
    ...(fills.length > 0 ? fillParts(fills) : []),
    ...(deadLetters?.length > 0 ? [element('p', { class: 'bad', text: `${deadLetters.length} dead letters` })] : []),
    element('h3', { text: 'Moments' }),
    element('ol', { class: 'moments', children: timeline.map(one => element('li', { children: momentParts(one) })) }),
  ]
}

function decisionParts(one) {
  const asked = `${one.side.toLowerCase()} ${exact(one.quantity)} ${one.instrumentId}, ${one.orderType.toLowerCase()}`
  const facts = [
    ['asked', one.limitPrice === null ? asked : `${asked} at ${exact(one.limitPrice)}`],
    ['decided', one.outcome === 'APPROVED' ? 'approved' : `${words(one.reasonCode)}: ${one.reason}`],
    ...(one.limit === null ? [] : [['limit and observed', `${one.limit} and ${one.observed}`]]),
    ...(one.exposureAfter === null
      ? []
      : [['exposure', `${money(one.exposureBefore)} to ${money(one.exposureAfter)}, cap ${money(one.exposureCap)}`]]),
    ['versions seen', `limits ${one.limitsVersion}, control ${one.controlVersion}, decision ${one.riskSeq}`],
  ]
  return [element('h3', { text: 'Decision' }), factList(facts)]
}

function orderParts(one) {
  return [
    element('h3', { text: 'Order' }),
    factList([
      ['state', `${words(one.status)}: ${exact(one.filled)} filled, ${exact(one.leaves)} left`],
      ['placed', moment(one.placedAt)],
      ['order id', one.orderId],
    ]),
  ]
}

function fillParts(fills) {
  const rows = fills.map(one => [
    moment(one.executedAt),
    `${exact(one.quantity)} at ${exact(one.price)}, fee ${exact(one.fee)}`,
  ])
  return [element('h3', { text: 'Fills' }), factList(rows)]
}

function factList(facts) {
  return element('dl', {
    children: facts.flatMap(([name, text]) => [element('dt', { text: name }), element('dd', { text })]),
  })
}

function momentParts({ step, at, summary, afterMs }) {
  const after = afterMs === null ? '' : `, ${afterMs} ms later`
  return [
    element('b', { text: step }),
    element('span', { text: ` ${summary} ` }),
    element('span', { class: 'muted', text: `${moment(at)}${after}` }),
  ]
}
