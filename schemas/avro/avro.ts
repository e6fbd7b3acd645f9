import type avsc from 'avsc'
import { TopologyError } from '../../topology/definition/errors.ts'
import { chain } from '../../topology/definition/record.ts'
import type { AvroSchema, Codec, SchemaRegistry, Serde } from '../../topology/definition/serde.ts'
import { jsonbType } from '../json.ts'
import { encodeFailed } from '../serde-codec.ts'
import { bodyStart, Decoder, type Reader } from './decoder.ts'
import type { InferAvro } from './infer.ts'
import { invalidPart } from './invalid.ts'
import { projectionOf } from './projection.ts'
import { avroType, schemaName, writeAlike } from './type.ts'

/**
 * Avro in Confluent's wire format, with the TypeScript type read off the schema literal (see `InferAvro`). In Postgres it is
 * jsonb. Values written with another version of the schema are read as this one.
 *
 * Shape: `avro({ type: 'record', name: 'Tick', fields: [{ name: 'price', type: 'double' }] })` is `Serde<{ price: number }>`.
 * Errors: TopologyError SCHEMA_INCOMPATIBLE for an invalid schema; the codec's are SerdeError DECODE_FAILED and ENCODE_FAILED.
 */
export function avro<const S extends AvroSchema>(schema: S): Serde<InferAvro<S>> {
  return avroOf<InferAvro<S>>(schema)
}

/** `avro` for a type that was generated: `npm run schemas -- types`. */
export function avroOf<T>(schema: AvroSchema): Serde<T> {
  const type = avroType(schema)
  const name = `avro:${schemaName(schema)}`
  const projection = projectionOf(type)
  const readers = new WeakMap<SchemaRegistry, Map<number, Reader>>()
  return {
    name,
    schema,
    sql: jsonbType<T>(projection.toJson, json => projection.fromJson(json) as T),
    bind(binding) {
      const { registry } = binding
      if (!registry) {
        const what = `serde '${name}' needs a schema registry, at topic '${binding.topic}'`
        throw new TopologyError('CONFIG_INVALID', `${what}: give the application one`)
      }
      const known = readers.get(registry) ?? new Map<number, Reader>()
      readers.set(registry, known)
      const decoder = new Decoder<T>(type, name, { ...binding, registry }, known)
      const subject = `${binding.topic}-${binding.part}`
      const written = binding.part === 'key' ? oldestAlike(registry, subject, schema) : schema
      return chain(
        chain(written, own => registry.idOf(subject, own)),
        id => codecOf(decoder, id),
      )
    },
  }
}

/**
 * The oldest version that writes the same bytes: those of a key decide its partition and its place under compaction, and the
 * schema's id is among them, so that another comment in the schema would make two keys of one.
 */
async function oldestAlike(registry: SchemaRegistry, subject: string, schema: AvroSchema): Promise<AvroSchema> {
  const versions = await registry.versions(subject)
  return versions.find(version => writeAlike(version, schema)) ?? schema
}

function codecOf<T>(decoder: Decoder<T>, id: number): Codec<T> {
  decoder.knowOwn(id)
  const { type, serde, binding } = decoder
  return {
    encode(value) {
      try {
        return encodeFrame(type, id, value)
      } catch (error) {
        throw encodeFailed(
          binding,
          serde,
          invalidPart(type, value) ?? new Error('does not fit its schema', { cause: error }),
        )
      }
    },
    decode: bytes => decoder.decode(bytes),
  }
}

let scratch = Buffer.allocUnsafe(64 * 1024)

function encodeFrame(type: avsc.Type, id: number, value: unknown): Uint8Array {
  let end = type.encode(value, scratch, bodyStart)
  if (end < 0) {
    scratch = Buffer.allocUnsafe(2 * (scratch.length - end))
    end = type.encode(value, scratch, bodyStart)
  }
  scratch[0] = 0
  scratch.writeUInt32BE(id, 1)
  return Buffer.from(scratch.subarray(0, end))
}
