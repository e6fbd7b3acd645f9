import type { Clock } from '../../topology/definition/clock.ts'
import { SerdeError } from '../../topology/definition/errors.ts'
import type { AvroSchema, SchemaRegistry } from '../../topology/definition/serde.ts'
import { schemaName } from '../avro/type.ts'
import { type AvscFile, parseAvsc, selfContained } from '../avsc-files.ts'
import { incompatibilities } from '../compatibility.ts'
import { parseExactJson } from '../exact-json.ts'
import { canonicalText } from './canonical.ts'
import { RegistryHttp } from './http.ts'
import { Lookups } from './lookups.ts'
import { incompatible, missing, unknownId, unknownReference } from './refusals.ts'

/** The options for reaching a registry. */
interface ConfluentRegistryOptions {
  /** Shape: `http://user:password@127.0.0.1:8081`; Apicurio's path is `/apis/ccompat/v7`. */
  readonly url: string
  readonly clock: Clock
  /** For basic authentication, where the URL holds no user and password. */
  readonly username?: string
  readonly password?: string
  /** For bearer authentication. */
  readonly token?: string
  /** Contents of PEM files: trusted authorities, and the client's own certificate. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  /** For one request. Units: ms. Unset: 5,000. */
  readonly timeoutMs?: number
  /** A failed look-up is not repeated within it. Units: ms. Unset: 1,000. */
  readonly backoffMs?: number
}

/**
 * A registry behind Confluent's HTTP API: Confluent's own, Redpanda's, Apicurio's.
 *
 * Source: Confluent Platform, "Schema Registry API Reference". Errors: see `SchemaRegistry`.
 */
export function confluentRegistry(options: ConfluentRegistryOptions): SchemaRegistry {
  const { timeoutMs = 5_000, backoffMs = 1_000, ...address } = options
  return new ConfluentRegistry(new RegistryHttp({ ...address, timeoutMs }), { clock: options.clock, backoffMs })
}

/** New schemas read what every older version wrote; FULL_TRANSITIVE promises that and more, and is left as it is. */
const compatibilityLevel = 'BACKWARD_TRANSITIVE'
const strictEnough = [compatibilityLevel, 'FULL_TRANSITIVE']

class ConfluentRegistry implements SchemaRegistry {
  readonly #http: RegistryHttp
  readonly #ids: Lookups<string, number>
  readonly #schemas: Lookups<number, AvroSchema>

  constructor(http: RegistryHttp, lookups: { readonly clock: Clock; readonly backoffMs: number }) {
    this.#http = http
    this.#ids = new Lookups(lookups)
    this.#schemas = new Lookups(lookups)
  }

  idOf(subject: string, schema: AvroSchema) {
    const text = canonicalText(schema)
    return this.#ids.get(`${subject}\n${text}`, async () => {
      const { status, body } = await this.#http.ask('POST', `/subjects/${encodeURIComponent(subject)}`, {
        schema: text,
      })
      if (status >= 300) throw missing(subject)
      return body.id as number
    })
  }

  schemaOf(id: number) {
    return this.#schemas.get(id, async () => {
      const { status, body } = await this.#http.ask('GET', `/schemas/ids/${id}`)
      if (status >= 300) throw unknownId(id)
      return this.#read(body, `schema id ${id}`)
    })
  }

  async register(subject: string, schema: AvroSchema): Promise<number> {
    const versions = await this.versions(subject)
    const problems = incompatibilities(schema, versions)
    if (problems.length > 0) throw incompatible(subject, problems)
    if (versions.length > 0) await this.#setLevel(subject)
    const text = canonicalText(schema)
    const path = `/subjects/${encodeURIComponent(subject)}/versions`
    const { status, body } = await this.#http.ask('POST', path, { schema: text })
    if (status >= 300) throw incompatible(subject, [])
    // Apicurio knows the level of no subject before its first version.
    if (versions.length === 0) await this.#setLevel(subject)
    this.#ids.learn(`${subject}\n${text}`, body.id)
    return body.id
  }

  async compatible(subject: string, schema: AvroSchema): Promise<boolean> {
    const body = { schema: canonicalText(schema) }
    for (const version of await this.#versionNumbers(subject)) {
      const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions/${version}`
      const answer = await this.#http.ask('POST', path, body)
      if (answer.status >= 300 || answer.body.is_compatible !== true) return false
    }
    return true
  }

  async versions(subject: string): Promise<readonly AvroSchema[]> {
    const numbers = await this.#versionNumbers(subject)
    return Promise.all(numbers.map(version => this.#version(subject, version)))
  }

  async #versionNumbers(subject: string): Promise<readonly number[]> {
    const { status, body } = await this.#http.ask('GET', `/subjects/${encodeURIComponent(subject)}/versions`)
    return status >= 300 ? [] : body
  }

  async #version(subject: string, version: number): Promise<AvroSchema> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
    const { status, body } = await this.#http.ask('GET', path)
    if (status < 300) return this.#read(body, `version ${version} of subject '${subject}'`)
    throw unknownReference(subject, version)
  }

  async #setLevel(subject: string): Promise<void> {
    const path = `/config/${encodeURIComponent(subject)}`
    const { status, body } = await this.#http.ask('GET', path)
    if (status < 300 && strictEnough.includes(body.compatibilityLevel)) return
    await this.#http.ask('PUT', path, { compatibility: compatibilityLevel })
  }

  /** Reads a schema; types of other subjects that it names are put in, as our own schemas always have them. */
  async #read(body: StoredSchema, what: string): Promise<AvroSchema> {
    if ((body.schemaType ?? 'AVRO') !== 'AVRO') {
      throw new SerdeError('DECODE_FAILED', `${what} is ${body.schemaType}, not Avro: read it with another serde`)
    }
    const schema = parseExactJson(body.schema) as AvroSchema
    const references = await this.#referenced(body)
    return references.length === 0
      ? schema
      : selfContained({ path: what, name: schemaName(schema), schema }, references)
  }

  async #referenced(body: StoredSchema): Promise<readonly AvscFile[]> {
    const found: AvscFile[] = []
    for (const { subject, version } of body.references ?? []) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
      const answer = await this.#http.ask('GET', path)
      if (answer.status >= 300) throw unknownReference(subject, version)
      found.push(parseAvsc(path, answer.body.schema), ...(await this.#referenced(answer.body)))
    }
    return found
  }
}

/** A schema as the API gives it. */
interface StoredSchema {
  readonly schema: string
  readonly schemaType?: string
  readonly references?: readonly { readonly subject: string; readonly version: number }[]
}
