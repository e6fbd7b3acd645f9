// Requests to the gateway. The token of writes is kept for this tab.

const kept = 'millrace-token'

/** The gateway's refusal. `status`: that of HTTP; 401 asks for a token; 0: the gateway is not reached. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail ?? `the gateway answered ${status}`)
    this.status = status
  }
}

/** Keeps the token for this tab. */
export function setToken(token) {
  sessionStorage.setItem(kept, token)
}

/** The answer as JSON; undefined for 404 where `orNone`. Errors: Refused. */
export async function ask(path, { orNone = false } = {}) {
  const response = await reach(path, { headers: authorized() })
  if (orNone && response.status === 404) return undefined
  return bodyOf(response)
}

/**
 * Sends JSON. Returns the answer, and the address that tells when it has come into force (undefined: there was nothing to
 * change). Errors: as `ask`.
 */
export async function send(method, path, body) {
  const headers = authorized({ 'Content-Type': 'application/json' })
  const response = await reach(path, { method, headers, body: JSON.stringify(body) })
  const answer = await bodyOf(response)
  return { answer, location: response.headers.get('Location') ?? undefined }
}

/** Headers with the token, where this tab has one. */
export function authorized(more = {}) {
  const token = sessionStorage.getItem(kept)
  return token ? { ...more, Authorization: `Bearer ${token}` } : more
}

async function reach(path, options) {
  return fetch(path, { ...options, signal: AbortSignal.timeout(15_000) }).catch(() => {
    throw new Refused(0, 'The gateway does not answer. What is shown may be old; the page tries again.')
  })
}

async function bodyOf(response) {
  const body = await response.json().catch(() => ({}))
  if (!response.ok) throw new Refused(response.status, body.detail)
  return body
}
