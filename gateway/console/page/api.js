const kept = 'millrace-token'
/** Units: ms. */
const retryMs = 1_500

/** The server asks for a token, or does not take this one. */
export class TokenNeeded extends Error {}

/** Keeps the token for this tab. */
export function setToken(token) {
  sessionStorage.setItem(kept, token)
}

function headers(more = {}) {
  const token = sessionStorage.getItem(kept)
  return token ? { ...more, Authorization: `Bearer ${token}` } : more
}

async function ask(path, options = {}) {
  const response = await fetch(`/console/${path}`, { ...options, headers: headers(options.headers) })
  if (response.status === 401) throw new TokenNeeded('a token is needed')
  if (response.ok) return response
  const { detail } = await response.json().catch(() => ({}))
  throw new Error(detail ?? `the server answered ${response.status}`)
}

/** The answer of a path as JSON. Errors: TokenNeeded; Error with the server's own words. */
export async function get(path) {
  return (await ask(`data/${path}`)).json()
}

/** Sends JSON to a path that writes. Errors: as `get`. */
export async function post(path, body) {
  const json = { 'Content-Type': 'application/json' }
  return (await ask(`write/${path}`, { method: 'POST', headers: json, body: JSON.stringify(body) })).json()
}

/**
 * Follows a path that answers with a line of JSON at a time, until the signal aborts; a lost connection is made again.
 * `onState` is told `'live'` and `'lost'`.
 */
export async function follow(path, { signal, onLine, onState = () => {}, onDenied = () => {} }) {
  while (!signal.aborted) {
    const looking = await whileShown(signal)
    try {
      const response = await ask(`data/${path}`, { signal: looking })
      onState('live')
      for await (const line of linesOf(response.body)) onLine(JSON.parse(line))
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof TokenNeeded) return onDenied()
      if (looking.aborted) continue
    }
    onState('lost')
    await new Promise(resolve => setTimeout(resolve, retryMs))
  }
}

/** Waits until the tab is looked at, and gives a signal that aborts when it is not any more: a hidden tab reads nothing. */
async function whileShown(signal) {
  const ended = new AbortController()
  const changed = () => new Promise(resolve => document.addEventListener('visibilitychange', resolve, { once: true }))
  while (document.hidden && !signal.aborted) await changed()
  signal.addEventListener('abort', () => ended.abort(), { signal: ended.signal })
  if (signal.aborted) ended.abort()
  document.addEventListener('visibilitychange', () => document.hidden && ended.abort(), { signal: ended.signal })
  return ended.signal
}

async function* linesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop()
    yield* lines.filter(line => line !== '')
  }
}
