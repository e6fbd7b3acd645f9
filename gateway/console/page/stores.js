import { get } from './api.js'
import { empty, h } from './dom.js'
import { time } from './format.js'
import { rowsText } from './graph.js'
import { live } from './live.js'
import { sideList } from './side-list.js'

/** The stores, and rows of the one that is chosen. */
export function stores(main, signal, name) {
  const all = live.topology.stores
  main.append(
    h('div', { class: 'head' }, h('h1', {}, 'Stores'), h('span', { class: 'muted' }, 'tables of committed state')),
  )
  if (all.length === 0) {
    main.append(h('div', { class: 'card' }, empty('This topology keeps no state', 'Its operators need no store.')))
    return
  }
  const store = all.find(one => one.name === name) ?? all[0]
  const items = all.map(one => ({
    name: one.name,
    href: `#/stores/${encodeURIComponent(one.name)}`,
    about: one.processor ? `${one.type} of ${one.processor}` : `${one.type}, global`,
    note: pulse => rowsText(pulse.stores[one.name]?.rows),
  }))
  main.append(h('div', { class: 'split' }, sideList('Stores', items, store.name, signal), detailOf(store)))
}

function detailOf(store) {
  const rows = h('div', { class: 'sheet', tabindex: '0', role: 'region', 'aria-label': `Rows of ${store.name}` })
  const more = h('button', { type: 'button', disabled: true }, 'Next page')
  const state = h('p', { class: 'muted small grow', role: 'status' })
  const inputs = store.key.map(({ name, type }) =>
    h('input', { name, placeholder: type, autocomplete: 'off', spellcheck: 'false' }),
  )
  let next

  async function load(query, about) {
    state.textContent = 'reading …'
    try {
      const page = await get(`stores/${encodeURIComponent(store.name)}?${query}`)
      next = page.next
      more.disabled = next === null
      state.textContent = about(page.rows.length)
      rows.replaceChildren(
        page.rows.length === 0 ? empty('No rows', 'Nothing has been committed for this.') : tableOf(store, page.rows),
      )
    } catch (error) {
      state.textContent = error.message
    }
  }
  const params = (field, parts) => parts.map(part => `${field}=${encodeURIComponent(part)}`).join('&')
  const first = () => load('', count => `the first ${count} in key order`)
  more.addEventListener('click', () =>
    load(params('after', next), count => `${count} rows after ${next ?? 'the last'}`.replace(/ after .*/, ' more')),
  )
  const lookUp = event => {
    event.preventDefault()
    const parts = inputs.map(input => input.value)
    const given = parts.includes('') ? parts.slice(0, parts.indexOf('')) : parts
    if (given.length === 0) return first()
    return load(params('key', given), count => (count === 1 ? '1 row has this key' : `${count} rows have this key`))
  }
  void first()
  return h(
    'div',
    { class: 'detail' },
    h(
      'div',
      { class: 'head' },
      h('h2', { class: 'mono' }, store.name),
      h('span', { class: 'muted small' }, store.table),
    ),
    sqlOf(store),
    h(
      'section',
      { class: 'card' },
      h(
        'form',
        { class: 'bar', onsubmit: lookUp },
        ...inputs.map((input, index) => h('label', {}, store.key[index].name, input)),
        h('button', { class: 'main' }, 'Look up'),
        h('button', { type: 'button', onclick: first }, 'First page'),
        more,
      ),
      rows,
      h('div', { class: 'bar' }, state),
    ),
  )
}

function sqlOf({ sql }) {
  const copy = h('button', { type: 'button' }, 'Copy')
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(sql)
    } catch {
      const area = h('textarea', {}, sql)
      document.body.append(area)
      area.select()
      document.execCommand('copy')
      area.remove()
    }
    copy.textContent = 'Copied'
    setTimeout(() => {
      copy.textContent = 'Copy'
    }, 1_500)
  })
  return h('section', { class: 'card sql', 'aria-label': 'SQL' }, h('pre', { tabindex: '0' }, sql), copy)
}

function tableOf({ key, value }, rows) {
  const columns = [...key, ...value]
  return h(
    'table',
    {},
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ...columns.map(({ name, type }) => h('th', { scope: 'col', title: type }, name)),
        h('th', { scope: 'col' }, 'event time'),
      ),
    ),
    h(
      'tbody',
      {},
      ...rows.map(({ cells, timestamp }) =>
        h(
          'tr',
          {},
          ...cells.map(cell => h('td', { class: 'mono' }, cellOf(cell))),
          h('td', { class: 'muted small' }, time(timestamp)),
        ),
      ),
    ),
  )
}

function cellOf(cell) {
  if (cell === null) return h('span', { class: 'muted' }, 'null')
  return typeof cell === 'object' ? h('pre', {}, JSON.stringify(cell)) : String(cell)
}
