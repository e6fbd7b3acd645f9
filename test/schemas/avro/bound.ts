import { avroOf } from '../../../schemas/avro/avro.ts'
import { canonicalText } from '../../../schemas/registry/canonical.ts'
import { type MemoryRegistry, memoryRegistry } from '../../../schemas/registry/memory.ts'
import type { AvroSchema, Codec, SchemaRegistry, Serde } from '../../../topology/definition/serde.ts'

/** The codec of a serde. A registry in memory gets its schema, whatever else it has under the subject. */
export function bound<T>(serde: Serde<T>, registry: SchemaRegistry | MemoryRegistry = memoryRegistry()): Codec<T> {
  if ('ask' in registry && serde.schema !== undefined) {
    registry.ask('PUT', '/config/orders-value', { compatibility: 'NONE' })
    registry.ask('POST', '/subjects/orders-value/versions', { schema: canonicalText(serde.schema) })
  }
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
