import type avsc from 'avsc'
import { TopologyError } from '../../topology/definition/errors.ts'
import { subjectOf } from '../../topology/definition/naming.ts'
import { chain } from '../../topology/definition/record.ts'
import type { AvroSchema, Codec, SchemaRegistry, Serde } from '../../topology/definition/serde.ts'
import { encodeFailed } from '../../topology/definition/serdes/serde-codec.ts'
import { carryOf } from './carry.ts'
import { bodyStart, Decoder, type Reader } from './decoder.ts'
import type { InferAvro } from './infer.ts'
import { invalidPart } from './invalid.ts'
import { jsonbOf } from './jsonb.ts'
import { projectionOf } from './projection.ts'
import { avroType, schemaName } from './type.ts'
import { writeAlike } from './write-alike.ts'

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
  const readers = new WeakMap<SchemaRegistry, Map<number, Reader>>()
  return {
    name,
    schema,
    sql: jsonbOf<T>(projectionOf(type)),
    bind(binding) {
      const { registry } = binding
      if (!registry) {
        const what = `serde '${name}' needs a schema registry, at topic '${binding.topic}'`
        throw new TopologyError('CONFIG_INVALID', `${what}: give the application one`)
      }
      const known = readers.get(registry) ?? new Map<number, Reader>()
      readers.set(registry, known)
      const decoder = new Decoder<T>({ serde: name, schema, type }, { ...binding, registry }, known)
      const subject = subjectOf(binding)
      const stays = binding.ofState && binding.part === 'key'
      const id = stays ? oldestId(registry, subject, schema) : registry.idOf(subject, schema)
      return chain(id, known => codecOf(decoder, known))
    },
  }
}

/**
 * The id of the oldest version that writes the same bytes: those of a changelog's key decide its place under compaction, and
 * the id is among them, so that another comment in the schema would make two keys of one row. A version that the registry
 * knows under a text other than ours has no id that we could ask for, and is passed over.
 */
async function oldestId(registry: SchemaRegistry, subject: string, schema: AvroSchema): Promise<number> {
  for (const version of await registry.versions(subject)) {
    if (!writeAlike(version, schema)) continue
    try {
      return await registry.idOf(subject, version)
    } catch (error) {
      if (!(error instanceof TopologyError)) throw error
    }
  }
  return registry.idOf(subject, schema)
}

function codecOf<T>(decoder: Decoder<T>, id: number): Codec<T> {
  decoder.knowOwn(id)
  const { type, serde, binding } = decoder
  const carry = carryOf(type)
  return {
    ...(carry && { carried: carry as (value: T) => T | undefined }),
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
