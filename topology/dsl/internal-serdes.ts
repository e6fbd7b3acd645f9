import { SerdeError } from '../definition/errors.ts'
import { chain } from '../definition/record.ts'
import type { Codec, Serde, SqlType } from '../definition/serde.ts'
import type { Column } from '../definition/store.ts'
import type { RowFormat } from '../definition/stores/layout.ts'

// The serdes of what operators keep for themselves. Wire forms are those of Kafka's serializers, big-endian.

/** Counts: a 64-bit integer as bigint. Source: Kafka's LongSerializer. */
export const countSerde: Serde<bigint> = fixed(
  'int64',
  {
    pg: 'bigint',
    toSql: String,
    fromSql: raw => BigInt(raw as string),
    check: value =>
      refuseUnless(typeof value === 'bigint' && BigInt.asIntN(64, value) === value, 'is no 64-bit integer'),
    compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  },
  8,
  (bytes, value) => bytes.writeBigInt64BE(value),
  bytes => bytes.readBigInt64BE(),
)

/** True or false, one byte. */
export const flagSerde: Serde<boolean> = fixed(
  'flag',
  {
    pg: 'boolean',
    toSql: value => value,
    fromSql: raw => raw as boolean,
    check: value => refuseUnless(typeof value === 'boolean', 'is no boolean'),
    compare: (a, b) => Number(a) - Number(b),
  },
  1,
  (bytes, value) => bytes.writeUInt8(value ? 1 : 0),
  bytes => bytes.readUInt8() === 1,
)

/** Short names and digests: ASCII text. */
export const nameSerde: Serde<string> = {
  name: 'name',
  sql: {
    pg: 'text',
    toSql: value => value,
    fromSql: raw => raw as string,
    check: value => refuseUnless(typeof value === 'string', 'is no string'),
    compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  },
  bind: () => ({
    encode: value => Buffer.from(value, 'latin1'),
    decode: bytes => Buffer.from(required(bytes, 'name')).toString('latin1'),
  }),
}

/** Whether there is a value: all that a count needs of it. One byte, or null. */
export const presenceSerde: Serde<unknown> = {
  name: 'presence',
  sql: flagSerde.sql as SqlType<unknown>,
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
    sql: optionalSql(serde.sql),
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
      const known = required(bytes, 'optional')
      return known[0] === 0 ? null : codec.decode(known.subarray(1))
    },
  }
}

/** The columns of a format, all of them null for null. */
export function optionalFormat<T>(format: RowFormat<T>): RowFormat<T | null> {
  const columns: readonly Column[] = format.columns.map(column => ({
    name: column.name,
    sql: optionalSql(column.sql),
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

function optionalSql<T>(type: SqlType<T>): SqlType<T | null> {
  return {
    pg: type.pg,
    toSql: value => (value === null ? null : type.toSql(value)),
    fromSql: raw => (raw === null ? null : type.fromSql(raw)),
    check: value => {
      if (value !== null) type.check(value)
    },
    compare: (a, b) => (a === null || b === null ? Number(a === null) - Number(b === null) : type.compare(a, b)),
  }
}

function fixed<T>(
  name: string,
  sql: SqlType<T>,
  size: number,
  write: (bytes: Buffer, value: T) => void,
  read: (bytes: Buffer) => T,
): Serde<T> {
  return {
    name,
    sql,
    bind: () => ({
      fixedBytes: size,
      encode(value) {
        const bytes = Buffer.allocUnsafe(size)
        write(bytes, value)
        return bytes
      },
      decode(bytes) {
        const known = required(bytes, name)
        if (known.length !== size)
          throw new SerdeError(
            'DECODE_FAILED',
            `${known.length} bytes are no ${name}, in an internal topic: it was written by something else`,
          )
        return read(Buffer.from(known.buffer, known.byteOffset, size))
      },
    }),
  }
}

function required(bytes: Uint8Array | null, serde: string): Uint8Array {
  if (bytes === null)
    throw new SerdeError('DECODE_FAILED', `null is no ${serde}, in an internal topic: it was written by something else`)
  return bytes
}

function refuseUnless(holds: boolean, what: string): void {
  if (!holds) throw new SerdeError('VALUE_REFUSED', `the value ${what}, in a store: this is a defect of millrace`)
}
