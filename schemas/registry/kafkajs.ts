import type { Clock } from '../../topology/definition/clock.ts'
import { messageOf, RetriableError, TopologyError } from '../../topology/definition/errors.ts'
import type { SchemaRegistry } from '../../topology/definition/serde.ts'
import { RegistryClient } from './client.ts'
import type { RegistryAnswer, RegistryMethod, RegistryTransport } from './transport.ts'

/** An instance of `SchemaRegistry` of `@kafkajs/confluent-schema-registry`, as far as it is recognised by its type. */
export interface KafkajsSchemaRegistry {
  getRegistryId(subject: string, version: number | string): Promise<number>
  getLatestSchemaId(subject: string): Promise<number>
}

/** The answer to a request of the package's HTTP client. */
interface Response {
  status(): number
  data(): unknown
}
type Call = (parameters: Readonly<Record<string, unknown>>) => Promise<Response>

/** The HTTP client of an instance, with its host, authentication, agent, retries and middlewares. It is private in the package's types. */
interface Api {
  readonly Schema: Readonly<Record<'find', Call>>
  readonly Subject: Readonly<
    Record<'latestVersion' | 'version' | 'registered' | 'config' | 'updateConfig' | 'register' | 'compatible', Call>
  >
}

/** True for an instance of the package. */
export function isKafkajsRegistry(value: object): value is KafkajsSchemaRegistry {
  const api = (value as { readonly api?: Partial<Api> }).api
  return 'getLatestSchemaId' in value && typeof api?.Subject?.registered === 'function'
}

/**
 * The registry behind an instance of `@kafkajs/confluent-schema-registry`: every look-up and registration goes through its HTTP client, and
 * so with its authentication. Values are written and read by our own serdes. Errors: see `SchemaRegistry`.
 */
export function kafkajsRegistry(instance: KafkajsSchemaRegistry, clock: Clock): SchemaRegistry {
  return new RegistryClient(new KafkajsTransport(instance), { clock, backoffMs: 1_000 })
}

/** Confluent's paths as calls of the package's client. */
export class KafkajsTransport implements RegistryTransport {
  readonly #api: Api

  constructor(instance: KafkajsSchemaRegistry) {
    this.#api = (instance as unknown as { readonly api: Api }).api
  }

  async ask(method: RegistryMethod, path: string, body?: unknown): Promise<RegistryAnswer> {
    const [place, first, second, third, fourth] = path.split('/').slice(1).map(decodeURIComponent)
    const { Schema, Subject } = this.#api
    const route = `${method} ${place}${second === undefined ? '' : `/${place === 'subjects' ? second : first}`}`
    if (route === 'GET subjects/versions' && third === undefined) return this.#versions(first!)
    const calls: Readonly<Record<string, () => Promise<Response>>> = {
      'POST subjects': () => Subject.registered({ subject: first, body }),
      'POST subjects/versions': () => Subject.register({ subject: first, body }),
      'GET subjects/versions': () => Subject.version({ subject: first, version: third }),
      'GET schemas/ids': () => Schema.find({ id: second }),
      'GET config': () => Subject.config({ subject: first }),
      'PUT config': () => Subject.updateConfig({ subject: first, body }),
      'POST compatibility/subjects': () => Subject.compatible({ subject: second, version: fourth, body }),
    }
    const call = calls[route]
    if (call === undefined) throw new TopologyError('UNSUPPORTED', `the registry's client cannot ask ${method} ${path}`)
    return answerOf(call)
  }

  /** The package lists no versions: each up to the latest is asked for. */
  async #versions(subject: string): Promise<RegistryAnswer> {
    const latest = await answerOf(() => this.#api.Subject.latestVersion({ subject }))
    if (latest.status >= 300) return latest
    const found: number[] = []
    for (let version = 1; version <= latest.body.version; version++) {
      const { status } = await answerOf(() => this.#api.Subject.version({ subject, version }))
      if (status < 300) found.push(version)
    }
    return { status: 200, body: found }
  }
}

async function answerOf(call: () => Promise<Response>): Promise<RegistryAnswer> {
  try {
    const response = await call()
    return { status: response.status(), body: response.data() }
  } catch (error) {
    return refusalOf(error)
  }
}

/**
 * A refusal as the transport tells it. The package's errors have the status alone: 400 is also that of a request without an answer.
 * Errors: RetriableError REGISTRY_UNAVAILABLE; TopologyError CONFIG_INVALID for refused credentials.
 */
function refusalOf(error: unknown): RegistryAnswer {
  const status: unknown = (error as { readonly status?: unknown }).status
  if (status === 401 || status === 403)
    throw new TopologyError(
      'CONFIG_INVALID',
      `the schema registry refused the credentials (${status}): correct 'auth' of the SchemaRegistry that was given`,
    )
  if (status === 404 || status === 409 || status === 422) return { status, body: { message: messageOf(error) } }
  throw new RetriableError(
    'REGISTRY_UNAVAILABLE',
    `the schema registry is not available (${messageOf(error)}): see that it runs`,
    { cause: error },
  )
}
