import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { certificateProblem } from '../../topology/definition/certificate-problem.ts'
import type { Clock } from '../../topology/definition/clock.ts'
import { messageOf, RetriableError, TopologyError } from '../../topology/definition/errors.ts'
import type { RegistryAnswer, RegistryMethod, RegistryTransport } from './transport.ts'

/** The address of a registry. Units: `timeoutMs` for one request, the whole of it. */
interface RegistryTarget {
  /** Shape: `http://user:password@127.0.0.1:8081/apis/ccompat/v7`. */
  readonly url: string
  readonly username?: string
  readonly password?: string
  readonly token?: string
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  readonly clock: Clock
  readonly timeoutMs: number
}

/**
 * One request to a Confluent-compatible registry. Answers of 404, 409 and 422 are the caller's to read.
 *
 * Errors: RetriableError REGISTRY_UNAVAILABLE for no answer in time, 429 and 5xx; TopologyError CONFIG_INVALID for refused
 * credentials and everything else that asking again cannot fix. The URL's password never appears in a message.
 */
export class RegistryHttp implements RegistryTransport {
  readonly #base: string
  readonly #headers: Record<string, string>
  readonly #tls: NonNullable<RegistryTarget['tls']>
  readonly #clock: Clock
  readonly #timeoutMs: number
  /** The URL without credentials, for messages. */
  readonly where: string

  constructor(address: RegistryTarget) {
    const parsed = parseUrl(address.url)
    const authorization = authorizationOf(address, parsed)
    this.#headers = {
      accept: 'application/vnd.schemaregistry.v1+json, application/json',
      'content-type': 'application/json',
      ...(authorization && { authorization }),
    }
    parsed.username = ''
    parsed.password = ''
    this.#base = parsed.href.replace(/\/+$/, '')
    this.where = this.#base
    this.#tls = address.tls ?? {}
    this.#clock = address.clock
    this.#timeoutMs = address.timeoutMs
  }

  async ask(method: RegistryMethod, path: string, body?: unknown): Promise<RegistryAnswer> {
    const { status, text } = await this.#send(method, path, body)
    if (status === 429 || status >= 500) throw this.#unavailable(`answered ${status}`)
    if (status === 401 || status === 403) {
      const what = `the schema registry refused the credentials (${status}), at ${this.where}`
      throw new TopologyError(
        'CONFIG_INVALID',
        `${what}: set SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD, or SCHEMA_REGISTRY_TOKEN`,
      )
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
      return await this.#exchange(method, path, body, abort.signal)
    } catch (error) {
      const refused = certificateProblem(error)
      if (refused)
        throw new TopologyError(
          'CONFIG_INVALID',
          `the schema registry is not trusted, ${refused}, at ${this.where}: name its authority in SCHEMA_REGISTRY_CA, or give the registry a valid certificate`,
          { cause: error },
        )
      const reason = abort.signal.aborted ? abort.signal.reason : error
      throw this.#unavailable(reasonOf(reason), error)
    } finally {
      timer.cancel()
    }
  }

  #exchange(
    method: string,
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string }> {
    const url = new URL(this.#base + path)
    const options = { method, headers: this.#headers, signal, ...this.#tls }
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        )
      })
      request.once('error', reject)
      request.end(body === undefined ? undefined : JSON.stringify(body))
    })
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

/** The value of the header `Authorization`; undefined: none is given. */
function authorizationOf({ username, password, token }: RegistryTarget, url: URL): string | undefined {
  if (token !== undefined) return `Bearer ${token}`
  const user = username ?? decodeURIComponent(url.username)
  const secret = password ?? decodeURIComponent(url.password)
  return user === '' ? undefined : `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`
}

/** An error of several connection attempts has no message of its own. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return messageOf(first)
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
