import { get, post } from './api.js'
import { empty, h } from './dom.js'
import { ago, number } from './format.js'
import { live, onPulse, sumOf } from './live.js'

const states = ['open', 'retried', 'resolved', 'dropped']

/** Dead letters by state, with their reason; where a token is set they can be sent back or given up. */
export function letters(main, signal) {
  const filter = h('div', { class: 'filter', role: 'group', 'aria-label': 'State' })
  const sheet = h('section', { class: 'card', 'aria-label': 'Dead letters' })
  const said = h('p', { class: 'muted', role: 'status' })
  main.append(h('div', { class: 'head' }, h('h1', {}, 'Dead letters'), said), filter, sheet)
  let chosen = 'open'
  let page = { letters: [], counts: {} }
  let seen

  async function load() {
    try {
      page = await get('letters')
      draw()
    } catch (error) {
      said.textContent = error.message
    }
  }
  function draw() {
    filter.replaceChildren(
      ...states.map(state =>
        h(
          'button',
          {
            type: 'button',
            'aria-pressed': String(state === chosen),
            onclick: () => {
              chosen = state
              draw()
            },
          },
          `${state} ${number(page.counts[state] ?? 0)}`,
        ),
      ),
    )
    const shown = page.letters.filter(({ state }) => state === chosen)
    const all = page.counts[chosen] ?? 0
    said.textContent = shown.length < all ? `the newest ${shown.length} of ${number(all)}` : ''
    sheet.replaceChildren(...(shown.length === 0 ? [nothing(chosen)] : shown.map(letter => letterOf(letter, settle))))
  }
  async function settle(places, verdict) {
    try {
      const { settled } = await post('letters', { places, ...verdict })
      await load()
      said.textContent = `${settled.length} ${verdict.state}`
    } catch (error) {
      said.textContent = error.message
    }
  }
  void load()
  onPulse(signal, pulse => {
    const open = sumOf(Object.values(pulse.letters))
    if (seen !== undefined && seen !== open) void load()
    seen = open
  })
}

function nothing(state) {
  if (state === 'open')
    return empty('No open dead letters', 'Records that fail for good would be here, each with its reason.')
  return empty(
    `None is ${state}`,
    'Open ones are settled with ',
    h('code', {}, 'millrace dlq retry'),
    ' or ',
    h('code', {}, 'drop'),
    '.',
  )
}

function letterOf(letter, settle) {
  const { state, code, message, lastFailure, place, source } = letter
  const facts = {
    Place: place,
    From: `${source.topic}/${source.partition} at ${source.offset}`,
    Processor: letter.processor,
    Stage: letter.stage,
    Attempts: letter.attempts,
    'First failure': letter.firstFailure,
    'Last failure': lastFailure,
    Key: typeof letter.key === 'string' ? letter.key : JSON.stringify(letter.key),
    ...letter.ids,
    ...(letter.reason ? { 'Dropped because': letter.reason } : {}),
    ...(letter.failedAgainAs ? { 'Failed again as': letter.failedAgainAs } : {}),
  }
  const value = typeof letter.value === 'string' ? letter.value : JSON.stringify(letter.value, null, 2)
  return h(
    'details',
    { class: 'letter' },
    h(
      'summary',
      {},
      h('span', { class: 'chip', 'data-letter': state }, state),
      h('span', { class: 'code' }, code),
      h('span', { class: 'message' }, message),
      h('time', { class: 'muted small', datetime: lastFailure }, ago(Date.now() - Date.parse(lastFailure))),
    ),
    h(
      'div',
      { class: 'inside' },
      h('p', {}, message),
      h(
        'dl',
        { class: 'facts' },
        ...Object.entries(facts).map(([name, text]) =>
          h('div', {}, h('dt', {}, name), h('dd', { class: 'mono' }, text ?? '–')),
        ),
      ),
      block('Value', letter.undecodable ? `${value}\n\nnot decoded: ${letter.undecodable}` : value),
      letter.stack ? block('Stack', letter.stack) : undefined,
      live.topology.writes && state === 'open' ? actions(place, settle) : undefined,
    ),
  )
}

function block(name, text) {
  return h('pre', { class: 'block', tabindex: '0', role: 'region', 'aria-label': name }, text)
}

function actions(place, settle) {
  const reason = h('input', { name: 'reason', placeholder: 'why it is dropped', 'aria-label': 'Reason' })
  return h(
    'div',
    { class: 'bar' },
    h('button', { type: 'button', class: 'main', onclick: () => settle([place], { state: 'retried' }) }, 'Retry'),
    h('label', {}, 'Reason', reason),
    h('button', { type: 'button', onclick: () => settle([place], { state: 'dropped', reason: reason.value }) }, 'Drop'),
  )
}
