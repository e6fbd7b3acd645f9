import { chain } from '../record.ts'
import type { Serde } from '../serde.ts'
import { nullableType } from './sql-types.ts'

/** Lets null through: a Kafka null (a tombstone, on a compacted topic) and SQL NULL. */
export function nullable<T>(serde: Serde<T>): Serde<T | null> {
  return {
    name: `nullable(${serde.name})`,
    ...(serde.schema !== undefined && { schema: serde.schema }),
    sql: nullableType(serde.sql),
    bind: binding =>
      chain(serde.bind(binding), codec => ({
        encode: value => (value === null ? null : codec.encode(value)),
        decode: bytes => (bytes === null ? null : codec.decode(bytes)),
      })),
  }
}
