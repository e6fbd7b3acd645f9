import { follow, post } from './api.js'
import { empty, h } from './dom.js'
import { number, pretty, rate, time } from './format.js'
import { live } from './live.js'
import { sideList } from './side-list.js'

const shownRecords = 100

/** The topics, and the tail of the one that is chosen. */
export function topics(main, signal, name) {
  const { topics: all, kafka, produces } = live.topology
  main.append(
    h('div', { class: 'head' }, h('h1', {}, 'Topics'), h('span', { class: 'muted' }, 'committed records as they come')),
  )
  if (!kafka || all.length === 0) {
    const hint = kafka ? 'The topology names none.' : 'Start this with KAFKA_BROKERS to follow topics.'
    main.append(h('div', { class: 'card' }, empty(kafka ? 'No topics' : 'No Kafka is known here', hint)))
    return
  }
  const topic = all.find(one => one.name === name) ?? all[0]
  const items = all.map(one => ({
    name: one.name,
    href: `#/topics/${encodeURIComponent(one.name)}`,
    about: `${one.key} → ${one.value}`,
    note: pulse => noteOf(pulse.topics[one.name]),
  }))
  main.append(
    h(
      'div',
      { class: 'split' },
      sideList('Topics', items, topic.name, signal),
      h(
        'div',
        { class: 'detail' },
        h(
          'div',
          { class: 'head' },
          h('h2', { class: 'mono' }, topic.name),
          h('span', { class: 'muted small' }, topic.internal ? 'internal' : `key ${topic.key}, value ${topic.value}`),
        ),
        produces && !topic.internal ? produceForm(topic) : undefined,
        tailOf(topic, signal),
      ),
    ),
  )
}

function noteOf(topic) {
  if (topic === undefined) return ''
  return topic.rate ? `${rate(topic.rate)}/s` : number(topic.records)
}

function tailOf(topic, signal) {
  const body = h('tbody')
  const waiting = empty('No records yet', 'They appear here as soon as they are committed.')
  const table = h(
    'table',
    { hidden: true },
    h('thead', {}, h('tr', {}, ...['Time', 'Place', 'Key', 'Value'].map(text => h('th', { scope: 'col' }, text)))),
    body,
  )
  let began = false
  void follow(`tail?topic=${encodeURIComponent(topic.name)}`, {
    signal,
    onState: () => {
      body.replaceChildren()
      began = false
    },
    onLine({ records }) {
      for (const record of records) body.prepend(rowOf(record, began))
      began ||= records.length > 0
      while (body.children.length > shownRecords) body.lastChild.remove()
      table.hidden = body.children.length === 0
      waiting.hidden = !table.hidden
    },
  })
  return h(
    'section',
    { class: 'card sheet', tabindex: '0', role: 'region', 'aria-label': `Records of ${topic.name}` },
    table,
    waiting,
  )
}

function rowOf({ partition, offset, timestamp, key, value, undecodable }, fresh) {
  return h(
    'tr',
    { class: fresh ? 'fresh' : undefined },
    h('td', { class: 'muted small' }, time(timestamp)),
    h('td', { class: 'mono muted place' }, `${partition}:${offset}`),
    h('td', { class: 'mono' }, unquoted(key)),
    h(
      'td',
      { class: 'wide' },
      undecodable ? h('span', { class: 'why' }, `not decoded: ${undecodable}`) : undefined,
      valueView(value),
    ),
  )
}

/** A long value opens to all its lines. */
function valueView(value) {
  if (value.length < 90) return h('pre', {}, unquoted(value))
  return h('details', {}, h('summary', {}, h('pre', { class: 'short' }, value)), h('pre', {}, pretty(value)))
}

function unquoted(text) {
  return /^"[^"\\]*"$/.test(text) ? text.slice(1, -1) : text
}

function produceForm({ name }) {
  const key = h('input', { name: 'key', required: true, autocomplete: 'off', spellcheck: 'false' })
  const value = h('input', {
    name: 'value',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: '{"id":"7"}',
  })
  const state = h('p', { class: 'small muted', role: 'status' })
  const send = async event => {
    event.preventDefault()
    try {
      await post('records', { topic: name, key: key.value, value: value.value })
      state.textContent = 'produced'
    } catch (error) {
      state.textContent = error.message
    }
  }
  return h(
    'form',
    { class: 'card bar', onsubmit: send },
    h('label', {}, 'Key', key),
    h('label', {}, 'Value as JSON', value),
    h('button', { class: 'main' }, 'Produce'),
    state,
  )
}
