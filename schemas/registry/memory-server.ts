import type { AvroSchema } from '../../topology/definition/serde.ts'
import { avroType } from '../avro/type.ts'
import { parseAvsc, selfContained } from '../avsc-files.ts'
import { reads } from '../compatibility.ts'
import { parseExactJson } from '../exact-json.ts'
import { canonicalText } from './canonical.ts'
import type { RegistryAnswer, RegistryMethod, RegistryTransport } from './transport.ts'

/** A schema as it is stored, with its references; `schema` has them put in. */
interface StoredSchema {
  readonly id: number
  readonly text: string
  readonly references: readonly Reference[]
  readonly schema: AvroSchema
}

/** A named type that a schema takes from a version of another subject. */
interface Reference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

/** A subject. A deleted version keeps its number, and the subject its level. */
interface Subject {
  readonly versions: Map<number, StoredSchema>
  newest: number
  level: Level
}

const levels = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const

/** The rule of a subject: which of old and new must read the other, the latest version only or all of them. */
type Level = (typeof levels)[number]

interface RequestBody {
  readonly schema?: string
  readonly references?: readonly Reference[]
  readonly compatibility?: string
}

/**
 * A registry in this process, which answers requests of Confluent's API as a real one does, in status, `error_code` and content.
 * Levels are checked by the rules of Avro's schema resolution.
 */
export class MemoryRegistryServer implements RegistryTransport {
  /** The schema of id 1 comes first. */
  readonly #schemas: StoredSchema[] = []
  readonly #subjects = new Map<string, Subject>()

  ask(method: RegistryMethod, path: string, body: unknown = {}): RegistryAnswer {
    const parts = path.replace(/\?.*$/, '').split('/').slice(1).map(decodeURIComponent)
    try {
      return { status: 200, body: this.#answer(`${method} ${parts[0]}`, parts.slice(1), body as RequestBody) }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { status: error.status, body: { error_code: error.code, message: error.message } }
    }
  }

  /** `parts`: of the path, after the first. Shape: `['orders-value', 'versions', '1']` of `/subjects/orders-value/versions/1`. */
  #answer(what: string, parts: readonly string[], body: RequestBody): unknown {
    const [first = '', second, third] = parts
    switch (what) {
      case 'GET schemas':
        return content(this.#byId(Number(second)))
      case 'GET config':
        return { compatibilityLevel: this.#named(first).level }
      case 'PUT config':
        return this.#setLevel(first, body)
      case 'POST compatibility':
        return { is_compatible: this.#compatible(second ?? '', parts[3], body) }
      case 'POST subjects':
        return second === undefined ? this.#lookUp(first, body) : { id: this.#register(first, body) }
      case 'GET subjects':
        if (first === '') return [...this.#subjects.keys()].filter(name => this.#subjects.get(name)!.versions.size > 0)
        return third === undefined ? [...this.#known(first).versions.keys()] : this.#version(first, third)
      case 'DELETE subjects':
        return this.#delete(first, third)
    }
    throw new Refusal(404, `no such resource: ${what}`)
  }

  /** A subject that was named before, even if all its versions are deleted. */
  #named(name: string): Subject {
    const subject = this.#subjects.get(name)
    if (subject === undefined) throw new Refusal(40401, `Subject '${name}' not found.`)
    return subject
  }

  /** A subject that has versions. */
  #known(name: string): Subject {
    const subject = this.#named(name)
    if (subject.versions.size === 0) throw new Refusal(40401, `Subject '${name}' not found.`)
    return subject
  }

  #opened(name: string): Subject {
    const subject = this.#subjects.get(name) ?? { versions: new Map(), newest: 0, level: 'BACKWARD' }
    this.#subjects.set(name, subject)
    return subject
  }

  #byId(id: number): StoredSchema {
    const found = this.#schemas[id - 1]
    if (found === undefined) throw new Refusal(40403, `Schema ${id} not found.`)
    return found
  }

  #numberOf(name: string, version: string): number {
    const { versions, newest } = this.#known(name)
    const number = version === 'latest' ? Math.max(...versions.keys()) : Number(version)
    if (versions.has(number) && number <= newest) return number
    throw new Refusal(40402, `Version '${version}' not found.`)
  }

  #version(name: string, version: string): unknown {
    const number = this.#numberOf(name, version)
    const stored = this.#known(name).versions.get(number)!
    return { subject: name, version: number, id: stored.id, ...content(stored) }
  }

  #lookUp(name: string, body: RequestBody): unknown {
    const text = textOf(body)
    for (const [version, stored] of this.#named(name).versions)
      if (textOf({ schema: stored.text, references: stored.references }) === text)
        return { subject: name, version, id: stored.id, ...content(stored) }
    throw new Refusal(40403, `Schema not found under subject '${name}'.`)
  }

  #register(name: string, body: RequestBody): number {
    const schema = this.#parsed(body)
    const text = textOf(body)
    const subject = this.#opened(name)
    const same = this.#schemas.find(stored => textOf({ schema: stored.text, references: stored.references }) === text)
    if (same && [...subject.versions.values()].includes(same)) return same.id
    if (!fits(subject, schema)) throw new Refusal(409, `Schema is not ${subject.level} compatible.`)
    const stored = same ?? {
      id: this.#schemas.length + 1,
      text: body.schema as string,
      references: body.references ?? [],
      schema,
    }
    if (stored !== same) this.#schemas.push(stored)
    subject.newest++
    subject.versions.set(subject.newest, stored)
    return stored.id
  }

  #compatible(name: string, version: string | undefined, body: RequestBody): boolean {
    const schema = this.#parsed(body)
    const subject = this.#subjects.get(name)
    if (version === undefined || version === 'latest') return subject === undefined || fits(subject, schema)
    if (subject === undefined) throw new Refusal(40402, `Version '${version}' not found.`)
    const against = subject.versions.get(this.#numberOf(name, version))!
    return follows(subject.level, schema, against.schema)
  }

  #setLevel(name: string, { compatibility }: RequestBody): unknown {
    const level = levels.find(known => known === compatibility)
    if (level === undefined) throw new Refusal(42203, `Invalid compatibility level '${compatibility}'.`)
    this.#opened(name).level = level
    return { compatibility: level }
  }

  #delete(name: string, version: string | undefined): unknown {
    const { versions, newest } = this.#named(name)
    if (versions.size === 0 && newest > 0) throw new Refusal(40404, `Subject '${name}' was soft deleted.`)
    const used = this.#schemas.some(({ references }) => references.some(({ subject }) => subject === name))
    const deleted = version === undefined ? [...versions.keys()] : [this.#numberOf(name, version)]
    if (used) throw new Refusal(42206, `One or more references exist to subject '${name}'.`)
    for (const number of deleted) versions.delete(number)
    return version === undefined ? deleted : deleted[0]
  }

  /** The schema that is sent, with the types that it takes from other subjects. */
  #parsed({ schema: text = '', references = [] }: RequestBody): AvroSchema {
    const files = references.map(({ subject, version, name }) => {
      const found = this.#subjects.get(subject)?.versions.get(version)
      if (found === undefined) throw new Refusal(42201, `Unresolved reference to '${name}'.`)
      return parseAvsc(subject, canonicalText(found.schema))
    })
    try {
      const schema = parseExactJson(text) as AvroSchema
      const whole = files.length === 0 ? schema : selfContained({ path: 'the schema', name: '', schema }, files)
      avroType(whole)
      return whole
    } catch {
      throw new Refusal(42201, 'Invalid Avro schema.')
    }
  }
}

/** Whether the schema may be the next version. */
function fits({ level, versions }: Subject, schema: AvroSchema): boolean {
  const all = [...versions.values()]
  const against = level.endsWith('TRANSITIVE') ? all : all.slice(-1)
  return against.every(stored => follows(level, schema, stored.schema))
}

function follows(level: Level, next: AvroSchema, old: AvroSchema): boolean {
  const backward = !/^(BACKWARD|FULL)/.test(level) || reads(next, old)
  return backward && (!/^(FORWARD|FULL)/.test(level) || reads(old, next))
}

function content({ text, references }: StoredSchema) {
  return { schema: text, schemaType: 'AVRO', references }
}

/** One text for a schema however it was written. */
function textOf({ schema = '', references = [] }: RequestBody): string {
  const named = references.map(({ name, subject, version }) => `${name} ${subject} ${version}`)
  try {
    return [canonicalText(parseExactJson(schema) as AvroSchema), ...named].join('\n')
  } catch {
    return [schema, ...named].join('\n')
  }
}

/** An answer other than 200. The status is the first three digits of Confluent's code. */
class Refusal extends Error {
  readonly status: number
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
    this.status = Number(String(code).slice(0, 3))
  }
}
