import { empty, h } from './dom.js'
import { ago, counted, number } from './format.js'
import { live, onPulse } from './live.js'

/** All tasks by processor: who runs them, and how they are. */
export function tasks(main, signal) {
  const count = h('span', { class: 'muted' })
  const sections = h('div', { class: 'detail' })
  main.append(h('div', { class: 'head' }, h('h1', {}, 'Tasks'), count), sections)
  const tables = new Map()
  onPulse(signal, pulse => {
    const nobody = pulse.tasks.filter(({ state }) => state === 'nobody').length
    count.textContent = `${counted(pulse.tasks.length, 'task')}${nobody > 0 ? `, ${number(nobody)} that nobody runs` : ''}`
    if (pulse.tasks.length === 0) {
      tables.clear()
      sections.replaceChildren(
        h(
          'div',
          { class: 'card' },
          empty('No tasks yet', 'A processor has one for each partition of its topics, once these exist.'),
        ),
      )
      return
    }
    if (tables.size === 0) sections.replaceChildren()
    for (const { name } of live.topology.processors) {
      const own = pulse.tasks.filter(({ processor }) => processor === name)
      if (own.length === 0) continue
      if (!tables.has(name)) {
        const body = h('tbody')
        tables.set(name, body)
        sections.append(tableOf(name, body))
      }
      renew(tables.get(name), own, pulse.at)
    }
  })
}

function tableOf(name, body) {
  const head = ['Task', 'State', 'Host', 'Process', 'Thread']
  return h(
    'section',
    { class: 'card sheet', tabindex: '0', role: 'region', 'aria-label': `Tasks of ${name}` },
    h(
      'table',
      { class: 'stack' },
      h('caption', {}, name),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...head.map(text => h('th', { scope: 'col' }, text)),
          ...['Lag', 'Behind', 'Last commit', 'Dead letters'].map(text =>
            h('th', { scope: 'col', class: 'number' }, text),
          ),
        ),
      ),
      body,
    ),
  )
}

/** Rows are made anew only where something that they show has changed. */
function renew(body, own, at) {
  for (const [index, task] of own.entries()) {
    const since = task.lastCommitAt === null ? '–' : ago(at - task.lastCommitAt)
    const shown = JSON.stringify([{ ...task, lastCommitAt: 0 }, since])
    const row = body.children[index]
    if (row?.dataset.shown === shown) continue
    const made = rowOf(task, since)
    made.dataset.shown = shown
    if (row) row.replaceWith(made)
    else body.append(made)
  }
  while (body.children.length > own.length) body.lastChild.remove()
}

function rowOf({ task, state, why, owner, lag, behind, deadLetters }, since) {
  const [, host, process, thread] = /^(.*) pid (\d+) thread (\d+)$/.exec(owner ?? '') ?? [
    undefined,
    owner ?? '–',
    '–',
    '–',
  ]
  const cell = (label, text, tone) =>
    h('td', { class: 'number', 'data-label': label }, h('span', { class: tone }, text))
  return h(
    'tr',
    {},
    h('td', { class: 'mono' }, task),
    h(
      'td',
      {},
      h('span', { class: 'chip', 'data-state': state }, state),
      why ? h('span', { class: 'why' }, why) : undefined,
    ),
    h('td', { class: 'mono', 'data-label': 'Host' }, host),
    h('td', { class: 'mono', 'data-label': 'Process' }, process),
    h('td', { class: 'mono', 'data-label': 'Thread' }, thread),
    cell('Lag', number(lag), lag > 0 ? 'warn' : undefined),
    cell('Behind', number(behind), behind > 0 ? 'warn' : undefined),
    cell('Last commit', since),
    cell('Dead letters', number(deadLetters), deadLetters > 0 ? 'bad' : undefined),
  )
}
