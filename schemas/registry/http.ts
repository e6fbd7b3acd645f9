import type { Clock } from '../../topology/definition/clock.ts'
import { messageOf, RetriableError, TopologyError } from '../../topology/definition/errors.ts'

/** The answer of a registry: its status and its JSON. */
export interface RegistryAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: JSON of the registry, read field by field at each call
  readonly body: any
}

/** The address of a registry. Units: `timeoutMs` for one request, the whole of it. */
export interface RegistryAddress {
  /** Shape: `http://user:password@127.0.0.1:8081/apis/ccompat/v7`. */
  readonly url: string
  readonly clock: Clock
  readonly timeoutMs: number
}

/**
 * One request to a Confluent-compatible registry. Answers of 404, 409 and 422 are the caller's to read.
 *
 * Errors: RetriableError REGISTRY_UNAVAILABLE for no answer in time, 429 and 5xx; TopologyError CONFIG_INVALID for refused
 * credentials and everything else that asking again cannot fix. The URL's password never appears in a message.
 */
export class RegistryHttp {
  readonly #base: string
  readonly #headers: Record<string, string>
  readonly #clock: Clock
  readonly #timeoutMs: number
  /** The URL without credentials, for messages. */
  readonly where: string

  constructor({ url, clock, timeoutMs }: RegistryAddress) {
    const parsed = parseUrl(url)
    const { username, password } = parsed
    const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
    this.#headers = {
      accept: 'application/vnd.schemaregistry.v1+json, application/json',
      'content-type': 'application/json',
      ...(username !== '' && { authorization: `Basic ${login}` }),
    }
    parsed.username = ''
    parsed.password = ''
    this.#base = parsed.href.replace(/\/+$/, '')
    this.where = this.#base
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  async ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<RegistryAnswer> {
    const { status, text } = await this.#send(method, path, body)
    if (status === 429 || status >= 500) throw this.#unavailable(`answered ${status}`)
    if (status === 401 || status === 403) {
      const what = `the schema registry refused the credentials (${status}), at ${this.where}`
      throw new TopologyError('CONFIG_INVALID', `${what}: put user and password into its URL`)
    }
    const answer = { status, body: parseJson(text) }
    if (answer.body === undefined) throw this.#notARegistry(`answered ${method} ${path} with no JSON (${status})`)
    if (status < 300 || status === 404 || status === 409 || status === 422) return answer
    throw this.#notARegistry(`answered ${method} ${path} with ${status}`)
  }

  async #send(method: string, path: string, body: unknown): Promise<{ status: number; text: string }> {
    const abort = new AbortController()
    const timer = this.#clock.after(this.#timeoutMs, () => abort.abort(new Error(`no answer in ${this.#timeoutMs} ms`)))
    try {
      const response = await fetch(this.#base + path, {
        method,
        headers: this.#headers,
        signal: abort.signal,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: response.status, text: await response.text() }
    } catch (error) {
      const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
      throw this.#unavailable(messageOf(reason), error)
    } finally {
      timer.cancel()
    }
  }

  #unavailable(reason: string, cause?: unknown): RetriableError {
    const what = `the schema registry is not available (${reason}), at ${this.where}`
    return new RetriableError('REGISTRY_UNAVAILABLE', `${what}: see that it runs`, { cause })
  }

  #notARegistry(what: string): TopologyError {
    const remedy = 'give the URL of a Confluent-compatible API (of Apicurio the path is /apis/ccompat/v7)'
    return new TopologyError('CONFIG_INVALID', `the schema registry ${what}, at ${this.where}: ${remedy}`)
  }
}

function parseUrl(url: string): URL {
  if (/^https?:/.test(url) && URL.canParse(url)) return new URL(url)
  const what = "the schema registry's URL is not valid, in the configuration"
  throw new TopologyError('CONFIG_INVALID', `${what}: write it like http://127.0.0.1:8081`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
