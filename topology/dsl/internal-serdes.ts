import { SerdeError } from '../definition/errors.ts'
import { chain } from '../definition/record.ts'
import type { Codec, Serde, SqlType } from '../definition/serde.ts'
import { booleanType, nullableType } from '../definition/serdes/sql-types.ts'
import type { Column } from '../definition/store.ts'
import type { RowFormat } from '../definition/stores/layout.ts'

/** Whether there is a value: all that a count needs of it. One byte, or null. */
export const presenceSerde: Serde<unknown> = {
  name: 'presence',
  sql: booleanType as SqlType<unknown>,
  bind: () => ({
    encode: value => (value === null || value === undefined ? null : Uint8Array.of(1)),
    decode: bytes => (bytes === null ? null : true),
  }),
}

/** The same value or null, where null must not be a tombstone: a byte 0, or a byte 1 before the value's bytes. */
export function optionalSerde<T>(serde: Serde<T>): Serde<T | null> {
  return {
    name: `optional(${serde.name})`,
    ...(serde.schema !== undefined && { schema: serde.schema }),
    sql: nullableType(serde.sql),
    bind: binding => chain(serde.bind(binding), optionalCodec),
  }
}

function optionalCodec<T>(codec: Codec<T>): Codec<T | null> {
  return {
    encode(value) {
      const bytes = value === null || value === undefined ? null : codec.encode(value)
      return bytes === null ? Uint8Array.of(0) : Buffer.concat([Uint8Array.of(1), bytes])
    },
    decode(bytes) {
      const known = required(bytes)
      return known[0] === 0 ? null : codec.decode(known.subarray(1))
    },
  }
}

/** The columns of a format, all of them null for null. */
export function optionalFormat<T>(format: RowFormat<T>): RowFormat<T | null> {
  const columns: readonly Column[] = format.columns.map(column => ({
    name: column.name,
    sql: nullableType(column.sql),
    nullable: true,
  }))
  const nulls = columns.map(() => null)
  return {
    columns,
    serde: optionalSerde(format.serde),
    split: value => (value === null ? nulls : format.split(value)),
    join: (parts, key) => (parts.every(part => part === null) ? null : format.join(parts, key)),
  }
}

function required(bytes: Uint8Array | null): Uint8Array {
  if (bytes === null)
    throw new SerdeError(
      'DECODE_FAILED',
      'null is no optional value, in an internal topic: it was written by something else',
    )
  return bytes
}
