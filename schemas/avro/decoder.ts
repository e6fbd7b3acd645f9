import type avsc from 'avsc'
import { RetriableError } from '../../topology/definition/errors.ts'
import { type Awaitable, isPromise } from '../../topology/definition/record.ts'
import type { AvroSchema, SchemaRegistry, SerdeBinding } from '../../topology/definition/serde.ts'
import { bufferOver } from '../decimal.ts'
import { decodeFailed } from '../serde-codec.ts'
import { avroType } from './type.ts'

/*
 * Confluent's wire format: a zero byte, the schema's id as 4 bytes big-endian, the Avro binary body.
 * Source: Confluent Platform, "Wire format".
 */

/** Where the body begins. Units: bytes. */
export const bodyStart = 5

/** Reads the body of one writer's schema; undefined resolver: it is the reader's own. */
export interface Reader {
  readonly resolver: ReturnType<avsc.Type['createResolver']> | undefined
}

/** Decodes for one topic. Readers by writer id are shared by all bindings of the serde to one registry. */
export class Decoder<T> {
  readonly type: avsc.Type
  readonly serde: string
  readonly binding: SerdeBinding & { readonly registry: SchemaRegistry }
  readonly #readers: Map<number, Reader>
  #lastId = -1
  #lastReader: Reader | undefined

  constructor(type: avsc.Type, serde: string, binding: Decoder<T>['binding'], readers: Map<number, Reader>) {
    this.type = type
    this.serde = serde
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
      throw this.#failed(error)
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
      const reader = { resolver: this.type.createResolver(avroType(writer)) }
      this.#readers.set(id, reader)
      return reader
    } catch (error) {
      throw this.#failed(
        new Error(`was written with schema id ${id}, which ${this.serde} cannot read`, { cause: error }),
      )
    }
  }

  /** An outage stays retriable; a schema that nobody has makes the bytes poison. */
  #unknown(id: number, error: unknown): Error {
    if (error instanceof RetriableError) return error
    return this.#failed(new Error(`names schema id ${id}, which the registry does not have`, { cause: error }))
  }

  #failed(cause: unknown, remedy?: string): Error {
    return decodeFailed(this.binding, this.serde, cause, remedy)
  }
}
