import { element } from '/assets/element.js'
import { ask, Refused, send, setToken } from './calls.js'
import { moment, money, words } from './format.js'

// A portfolio's limits and trading state, and the buttons that change them. The gateway may ask for its token.

const card = document.getElementById('controls')
/** Units: ms. The time in which a second click confirms. */
const confirmMs = 5_000

const states = [
  ['ACTIVE', 'Trade', 'all trades pass the checks'],
  ['REDUCING', 'Only reduce', 'only trades that make a position smaller'],
  ['HALTED', 'Halt', 'no trade'],
]
const fields = [
  ['exposureCap', 'exposure cap'],
  ['maxPositionQty', 'largest position'],
  ['lossLimit', 'loss of a day'],
  ['maxDrawdown', 'fall from the best'],
  ['maxOrderRate', 'approvals, such as 20/1h'],
]

/** Builds the card once. `onChange` is called when a change has come into force. Returns the function that shows limits. */
export function controlsOf(portfolioId, onChange) {
  const path = `/v1/portfolios/${encodeURIComponent(portfolioId)}`
  const state = element('strong', { id: 'trading-state' })
  const why = element('span', { class: 'muted', id: 'state-reason' })
  const facts = element('dl', { class: 'limits' })
  const said = element('p', { id: 'control-said', role: 'status', class: 'muted' })
  const actor = field('actor', 'by', { required: 'required', autocomplete: 'username', maxlength: '200' })
  const reason = field('reason', 'reason', { required: 'required', maxlength: '1000' })
  const token = field('token', 'token', { type: 'password', autocomplete: 'current-password' })
  token.hidden = true

  const give = async (what, method, to, body) => {
    if (!form.reportValidity()) return
    if (textOf(token) !== '') setToken(textOf(token))
    said.className = 'muted'
    said.textContent = `${what}: sent`
    try {
      const order = { ...body, actor: textOf(actor), reason: textOf(reason) }
      const { location } = await send(method, to, order)
      token.hidden = true
      if (location) await ask(`${location}&waitMs=10000`)
      said.textContent = location ? `${what}: in force` : `${what}: it is so already`
      onChange()
    } catch (error) {
      if (error instanceof Refused && error.status === 401) token.hidden = false
      said.className = 'bad'
      said.textContent = `${what}: ${error.message}`
    }
  }
  const halt = word => ({ tradingState: word })
  const buttons = [
    ...states.map(([word, text, title]) =>
      button(text, { title, 'data-state': word }, () => give(text, 'PATCH', path, halt(word))),
    ),
    sureButton('Flatten', { title: 'closes all positions by market orders' }, () =>
      give('Flatten', 'POST', `${path}/flatten`, {}),
    ),
  ]
  const everyButtons = states.map(([word, text, title]) =>
    (word === 'ACTIVE' ? button : sureButton)(`${text} all`, { title: `of every portfolio: ${title}` }, () =>
      give(`${text} all`, 'PATCH', '/v1/trading-state', halt(word)),
    ),
  )
  const inputs = fields.map(([name, label]) => field(name, label, { inputmode: 'text' }))
  const setLimits = button('Set limits', { title: 'an empty field means no limit' }, () => {
    const changed = Object.fromEntries(
      inputs
        .map(input => [input.dataset.name, textOf(input), input.querySelector('input').defaultValue])
        .filter(([, value, before]) => value !== before)
        .map(([name, value]) => [name, value === '' ? null : value]),
    )
    if (Object.keys(changed).length === 0) said.textContent = 'Set limits: no field has changed'
    else give('Set limits', 'PATCH', path, changed)
  })
  const form = element('form', {
    class: 'control',
    children: [
      element('div', { class: 'row', children: [actor, reason, token] }),
      element('div', { class: 'row', children: buttons }),
      element('details', {
        children: [
          element('summary', { text: 'Limits' }),
          element('div', { class: 'row', children: [...inputs, setLimits] }),
        ],
      }),
      element('details', {
        children: [
          element('summary', { text: 'Every portfolio' }),
          element('div', { class: 'row', children: everyButtons }),
        ],
      }),
    ],
  })
  form.addEventListener('submit', event => event.preventDefault())
  const title = element('h2', { text: 'Limits and state ' })
  card.replaceChildren(title, element('p', { class: 'state', children: [state, why] }), facts, form, said)

  return limits => {
    form.hidden = limits === undefined
    facts.hidden = limits === undefined
    state.textContent = limits === undefined ? 'no limits' : words(limits.tradingState)
    state.className = limits?.tradingState === 'ACTIVE' ? 'good' : 'bad'
    why.textContent =
      limits === undefined ? ' the limits file does not name it: every signal of it is refused' : ` ${reasonOf(limits)}`
    if (limits === undefined) return
    for (const made of buttons) made.setAttribute('aria-pressed', String(made.dataset.state === limits.ownTradingState))
    buttons.at(-1).removeAttribute('aria-pressed')
    drawFacts(facts, limits)
    for (const input of inputs) {
      const box = input.querySelector('input')
      const known = limits[input.dataset.name] ?? ''
      // What somebody is typing stays.
      if (box.value === box.defaultValue) box.value = known
      box.defaultValue = known
    }
  }
}

function drawFacts(into, limits) {
  const of = (used, limit) => `${money(used)} of ${limit === null ? 'no limit' : money(limit)}`
  const facts = [
    [`Exposure, ${limits.currency}`, of(limits.exposure, limits.exposureCap)],
    ['Lost today', of(limits.lossOfDay, limits.lossLimit)],
    ['Below the best', of(limits.drawdown, limits.maxDrawdown)],
    ['Largest position', limits.maxPositionQty === null ? 'no limit' : money(limits.maxPositionQty)],
    ['Approvals', limits.maxOrderRate ?? 'no limit'],
    ['Version', `${limits.controlVersion}, file ${limits.limitsVersion}, all ${limits.killSwitchVersion}`],
  ]
  into.replaceChildren(
    ...facts.map(([name, text]) =>
      element('div', { children: [element('dt', { text: name }), element('dd', { text })] }),
    ),
  )
}

function reasonOf(limits) {
  if (limits.haltedBy !== null) return `by its losses: ${words(limits.haltedBy)}`
  if (limits.everyTradingState !== 'ACTIVE') return `as every portfolio is ${words(limits.everyTradingState)}`
  return limits.actor === null
    ? 'as the limits file says'
    : `by ${limits.actor}, ${moment(limits.changedAt)}: ${limits.reason}`
}

function field(name, label, attributes) {
  const made = element('label', {
    'data-name': name,
    children: [element('span', { text: label }), element('input', { name, ...attributes })],
  })
  return made
}

function textOf(label) {
  return label.querySelector('input').value.trim()
}

function button(text, attributes, act) {
  const made = element('button', { type: 'button', text, ...attributes })
  made.addEventListener('click', act)
  return made
}

/** A button that acts on a second click. */
function sureButton(text, attributes, act) {
  let sure = false
  const made = button(text, { ...attributes, class: 'danger' }, () => {
    const done = () => {
      sure = false
      made.textContent = text
    }
    if (sure) {
      done()
      return act()
    }
    sure = true
    made.textContent = `${text}: sure?`
    setTimeout(done, confirmMs)
  })
  return made
}
