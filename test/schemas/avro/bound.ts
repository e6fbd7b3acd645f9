import { avroOf } from '../../../schemas/avro/avro.ts'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import type { AvroSchema, Codec, SchemaRegistry, Serde } from '../../../topology/definition/serde.ts'

/** The codec of a serde on a registry in memory that has its schema. */
export function bound<T>(serde: Serde<T>, registry: SchemaRegistry = memoryRegistry()): Codec<T> {
  return serde.bind({ topic: 'orders', part: 'value', registry }) as Codec<T>
}

/** The codec of a record with one field `x` of a type. */
export function fieldCodec(type: AvroSchema): Codec<{ x: unknown }> {
  return bound(avroOf<{ x: unknown }>(recordOf({ name: 'x', type })))
}

/** A record `acme.R` with these fields. */
export function recordOf(...fields: object[]): AvroSchema {
  return { type: 'record', name: 'acme.R', fields }
}

/** decimal(38,18) on bytes. */
export const decimal38: AvroSchema = { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }
