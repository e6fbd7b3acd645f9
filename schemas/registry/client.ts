import type { Clock } from '../../topology/definition/clock.ts'
import { SerdeError } from '../../topology/definition/errors.ts'
import { type Awaitable, chain, together } from '../../topology/definition/record.ts'
import type { AvroSchema, SchemaRegistry } from '../../topology/definition/serde.ts'
import { schemaName } from '../avro/type.ts'
import { type AvscFile, parseAvsc, selfContained } from '../avsc-files.ts'
import { incompatibilities } from '../compatibility.ts'
import { parseExactJson } from '../exact-json.ts'
import { canonicalText } from './canonical.ts'
import { Lookups } from './lookups.ts'
import { incompatible, invalidSchema, missing, unknownId, unknownReference } from './refusals.ts'
import type { RegistryTransport } from './transport.ts'

/** New schemas read what every older version wrote; FULL_TRANSITIVE promises that and more, and is left as it is. */
const compatibilityLevel = 'BACKWARD_TRANSITIVE'
const strictEnough = [compatibilityLevel, 'FULL_TRANSITIVE']

/** The port over Confluent's API, wherever the registry is. Errors: as `SchemaRegistry`. */
export class RegistryClient implements SchemaRegistry {
  readonly #registry: RegistryTransport
  readonly #ids: Lookups<string, number>
  readonly #schemas: Lookups<number, AvroSchema>

  constructor(
    registry: RegistryTransport,
    lookups: { readonly clock: Pick<Clock, 'monotonic'>; readonly backoffMs: number },
  ) {
    this.#registry = registry
    this.#ids = new Lookups(lookups)
    this.#schemas = new Lookups(lookups)
  }

  idOf(subject: string, schema: AvroSchema): Awaitable<number> {
    const text = canonicalText(schema)
    return this.#ids.get(`${subject}\n${text}`, () =>
      chain(this.#registry.ask('POST', `/subjects/${encodeURIComponent(subject)}`, { schema: text }), answer => {
        if (answer.status >= 300) throw missing(subject, answer)
        return answer.body.id as number
      }),
    )
  }

  schemaOf(id: number): Awaitable<AvroSchema> {
    return this.#schemas.get(id, () =>
      chain(this.#registry.ask('GET', `/schemas/ids/${id}`), answer => {
        if (answer.status >= 300) throw unknownId(id, answer)
        return this.#read(answer.body, `schema id ${id}`)
      }),
    )
  }

  async register(subject: string, schema: AvroSchema): Promise<number> {
    const versions = await this.versions(subject)
    const problems = incompatibilities(schema, versions)
    if (problems.length > 0) throw incompatible(subject, problems)
    if (versions.length > 0) await this.#setLevel(subject)
    const text = canonicalText(schema)
    const path = `/subjects/${encodeURIComponent(subject)}/versions`
    const answer = await this.#registry.ask('POST', path, { schema: text })
    if (answer.status === 422) throw invalidSchema(subject, answer)
    if (answer.status >= 300) throw incompatible(subject, [], answer)
    // Apicurio knows the level of no subject before its first version.
    if (versions.length === 0) await this.#setLevel(subject)
    this.#ids.learn(`${subject}\n${text}`, answer.body.id)
    return answer.body.id
  }

  async compatible(subject: string, schema: AvroSchema): Promise<boolean> {
    const body = { schema: canonicalText(schema) }
    for (const version of await this.#versionNumbers(subject)) {
      const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions/${version}`
      const answer = await this.#registry.ask('POST', path, body)
      if (answer.status >= 300 || answer.body.is_compatible !== true) return false
    }
    return true
  }

  async versions(subject: string): Promise<readonly AvroSchema[]> {
    const numbers = await this.#versionNumbers(subject)
    return Promise.all(numbers.map(version => this.#version(subject, version)))
  }

  async #versionNumbers(subject: string): Promise<readonly number[]> {
    const { status, body } = await this.#registry.ask('GET', `/subjects/${encodeURIComponent(subject)}/versions`)
    return status >= 300 ? [] : body
  }

  async #version(subject: string, version: number): Promise<AvroSchema> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
    const { status, body } = await this.#registry.ask('GET', path)
    if (status < 300) return this.#read(body, `version ${version} of subject '${subject}'`)
    throw unknownReference(subject, version)
  }

  async #setLevel(subject: string): Promise<void> {
    const path = `/config/${encodeURIComponent(subject)}`
    const { status, body } = await this.#registry.ask('GET', path)
    if (status < 300 && strictEnough.includes(body.compatibilityLevel)) return
    await this.#registry.ask('PUT', path, { compatibility: compatibilityLevel })
  }

  /** Reads a schema; types of other subjects that it names are put in, as our own schemas always have them. */
  #read(body: StoredSchema, what: string): Awaitable<AvroSchema> {
    if ((body.schemaType ?? 'AVRO') !== 'AVRO') {
      throw new SerdeError('DECODE_FAILED', `${what} is ${body.schemaType}, not Avro: read it with another serde`)
    }
    const schema = parseExactJson(body.schema) as AvroSchema
    return chain(this.#referenced(body), references =>
      references.length === 0 ? schema : selfContained({ path: what, name: schemaName(schema), schema }, references),
    )
  }

  #referenced(body: StoredSchema): Awaitable<readonly AvscFile[]> {
    const found = (body.references ?? []).map(({ subject, version }): Awaitable<readonly AvscFile[]> => {
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
      return chain(this.#registry.ask('GET', path), answer => {
        if (answer.status >= 300) throw unknownReference(subject, version)
        const file = parseAvsc(path, answer.body.schema)
        return chain(this.#referenced(answer.body), further => [file, ...further])
      })
    })
    return chain(together(found), files => files.flat())
  }
}

/** A schema as the API gives it. */
interface StoredSchema {
  readonly schema: string
  readonly schemaType?: string
  readonly references?: readonly { readonly subject: string; readonly version: number }[]
}
