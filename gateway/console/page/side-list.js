import { h, setText } from './dom.js'
import { onPulse } from './live.js'

/** A list of links beside a detail. Items have `name`, `href`, `about` and, for what changes, `note(pulse)`. */
export function sideList(label, items, chosen, signal) {
  const notes = items.map(() => h('span', { class: 'muted small' }))
  const links = items.map(({ name, href, about }, index) =>
    h(
      'li',
      {},
      h(
        'a',
        { href, title: name, 'aria-current': name === chosen ? 'true' : undefined },
        h('span', { class: 'name mono' }, name),
        notes[index],
        h('small', {}, about),
      ),
    ),
  )
  onPulse(signal, pulse => {
    for (const [index, { note }] of items.entries()) setText(notes[index], note(pulse))
  })
  return h('nav', { class: 'card list', 'aria-label': label }, h('ul', {}, ...links))
}
