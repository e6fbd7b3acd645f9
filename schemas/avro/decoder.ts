import type avsc from 'avsc'
import { messageOf, RetriableError } from '../../topology/definition/errors.ts'
import { type Awaitable, isPromise } from '../../topology/definition/record.ts'
import type { AvroSchema, SchemaRegistry, SerdeBinding } from '../../topology/definition/serde.ts'
import { bufferOver } from '../../topology/definition/serdes/buffer-over.ts'
import { decodeFailed } from '../../topology/definition/serdes/serde-codec.ts'
import { type Resolver, resolverOf, Unreadable } from './resolution.ts'
import { avroType } from './type.ts'
import { writeAlike } from './write-alike.ts'

/*
 * Confluent's wire format: a zero byte, the schema's id as 4 bytes big-endian, the Avro binary body.
 * Source: Confluent Platform, "Wire format".
 */

/** Position of the body's first byte. Units: bytes. */
export const bodyStart = 5

/** Reads the body of one writer's schema; undefined resolver: it is the reader's own. */
export interface Reader {
  readonly resolver: Resolver | undefined
}

/** The schema that a decoder reads everything as. */
interface OwnSchema {
  /** The serde's name, for messages. */
  readonly serde: string
  readonly schema: AvroSchema
  readonly type: avsc.Type
}

/** Decodes for one topic. Readers by writer id are shared by all bindings of the serde to one registry. */
export class Decoder<T> {
  readonly type: avsc.Type
  readonly serde: string
  readonly binding: SerdeBinding & { readonly registry: SchemaRegistry }
  readonly #schema: AvroSchema
  readonly #readers: Map<number, Reader>
  #lastId = -1
  #lastReader: Reader | undefined

  constructor(own: OwnSchema, binding: Decoder<T>['binding'], readers: Map<number, Reader>) {
    this.type = own.type
    this.serde = own.serde
    this.#schema = own.schema
    this.binding = binding
    this.#readers = readers
  }

  /** The id of the reader's own schema, which needs no resolution. */
  knowOwn(id: number): void {
    this.#readers.set(id, { resolver: undefined })
  }

  decode(bytes: Uint8Array | null): Awaitable<T> {
    if (bytes === null) throw this.#failed(new Error('is null'), 'declare it nullable(...) where null means something')
    const frame = bufferOver(bytes)
    if (frame.length < bodyStart || frame[0] !== 0) {
      throw this.#failed(new Error("does not begin with the schema registry's zero byte and id"))
    }
    const id = frame.readUInt32BE(1)
    if (id === this.#lastId) return this.#read(frame, this.#lastReader!)
    const reader = this.#readers.get(id) ?? this.#learn(id)
    if (isPromise(reader)) return reader.then(found => this.#read(frame, found))
    this.#lastId = id
    this.#lastReader = reader
    return this.#read(frame, reader)
  }

  #read(frame: Buffer, { resolver }: Reader): T {
    let read: { value: T; offset: number }
    try {
      read = this.type.decode(frame, bodyStart, resolver)
    } catch (error) {
      throw error instanceof Unreadable ? this.#unreadable(frame.readUInt32BE(1), error) : this.#failed(error)
    }
    if (read.offset === -1) throw this.#failed(new Error('ends before its schema does'))
    if (read.offset !== frame.length) throw this.#failed(new Error('goes on after its schema ends'))
    return read.value
  }

  #learn(id: number): Awaitable<Reader> {
    let schema: Awaitable<AvroSchema>
    try {
      schema = this.binding.registry.schemaOf(id)
    } catch (error) {
      throw this.#unknown(id, error)
    }
    if (!isPromise(schema)) return this.#resolve(id, schema)
    return schema.then(
      found => this.#resolve(id, found),
      error => {
        throw this.#unknown(id, error)
      },
    )
  }

  #resolve(id: number, writer: AvroSchema): Reader {
    try {
      const own = writeAlike(writer, this.#schema)
      const reader = { resolver: own ? undefined : resolverOf(this.type, avroType(writer)) }
      this.#readers.set(id, reader)
      return reader
    } catch (error) {
      throw this.#unreadable(id, error)
    }
  }

  #unreadable(id: number, cause: unknown): Error {
    const what = `was written with schema id ${id}, which ${this.serde} cannot read`
    return this.#failed(new Error(`${what} (${messageOf(cause)})`, { cause }))
  }

  /** An outage stays retriable; a schema that is not registered makes the bytes undecodable for good. */
  #unknown(id: number, error: unknown): Error {
    if (error instanceof RetriableError) return error
    return this.#failed(new Error(`names schema id ${id}, which the registry does not have`, { cause: error }))
  }

  #failed(cause: unknown, remedy?: string): Error {
    return decodeFailed(this.binding, this.serde, cause, remedy)
  }
}
