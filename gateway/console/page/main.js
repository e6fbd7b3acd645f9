import { get, setToken, TokenNeeded } from './api.js'
import { h } from './dom.js'
import { letters } from './letters.js'
import { live, onPulse, startLive, sumOf } from './live.js'
import { overview } from './overview.js'
import { stores } from './stores.js'
import { tasks } from './tasks.js'
import { topics } from './topics.js'

const views = {
  '': ['Topology', overview],
  tasks: ['Tasks', tasks],
  stores: ['Stores', stores],
  topics: ['Topics', topics],
  letters: ['Dead letters', letters],
}
const main = document.querySelector('#main')
const beat = document.querySelector('#beat')
const problem = document.querySelector('#problem')
const dead = h('span', { class: 'count' })
let view = new AbortController()

/** Shows the view of the address: `#/stores/word-counts`. */
function route() {
  if (!location.hash.startsWith('#/') && location.hash !== '') return
  const [name = '', ...rest] = location.hash.slice(2).split('/').map(decodeURIComponent)
  const [title, show] = views[name] ?? views['']
  view.abort()
  view = new AbortController()
  document.title = `${title} · ${live.topology.name} · millrace`
  for (const link of document.querySelectorAll('#views a')) {
    if (link.dataset.view === (name in views ? name : '')) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  main.replaceChildren()
  show(main, view.signal, rest.join('/') || undefined)
}

function frame() {
  document.querySelector('#application').textContent = live.topology.name
  document
    .querySelector('#views')
    .replaceChildren(
      ...Object.entries(views).map(([name, [title]]) =>
        h('a', { href: `#/${name}`, 'data-view': name }, title, name === 'letters' ? dead : undefined),
      ),
    )
}

function say(state, text) {
  beat.dataset.state = state
  const span = beat.querySelector('span')
  if (span.textContent !== text) span.textContent = text
}

function askForToken(refused) {
  view.abort()
  const input = h('input', { type: 'password', name: 'token', autocomplete: 'current-password', required: true })
  const form = h(
    'form',
    {
      class: 'card token',
      onsubmit: event => {
        event.preventDefault()
        setToken(input.value.trim())
        void start(true)
      },
    },
    h('h1', {}, 'This console is guarded'),
    h(
      'p',
      { class: 'muted' },
      refused ? 'That is not its token. ' : '',
      'Give the token of MILLRACE_TOKEN. It is kept for this tab.',
    ),
    h('label', {}, 'Token', input),
    h('button', { class: 'main' }, 'Open'),
  )
  main.replaceChildren(form)
  say('connecting', 'a token is needed')
  input.focus()
}

async function start(tried = false) {
  try {
    live.topology = await get('topology')
  } catch (error) {
    if (error instanceof TokenNeeded) return askForToken(tried)
    say('stale', 'the server does not answer')
    setTimeout(start, 1_500)
    return
  }
  frame()
  route()
  window.addEventListener('hashchange', route)
  const always = new AbortController()
  onPulse(always.signal, pulse => {
    problem.hidden = pulse.problem === null
    if (pulse.problem !== null && problem.textContent !== pulse.problem) problem.textContent = pulse.problem
    say(pulse.problem === null ? 'live' : 'stale', pulse.problem === null ? 'live' : 'not all is read')
    const open = sumOf(Object.values(pulse.letters))
    dead.textContent = open > 0 ? String(open) : ''
    main.dataset.state = 'ready'
  })
  void startLive({
    signal: always.signal,
    onState: state => {
      if (state === 'lost') say('stale', 'connection lost')
    },
    onDenied: () => askForToken(true),
  })
}

void start()
