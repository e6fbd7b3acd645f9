import type { Serde } from '../serde.ts'
import { bufferOver } from './buffer-over.ts'
import { decimalPrecision, fitsPrecision } from './decimal.ts'
import { serdeOf } from './serde-codec.ts'
import {
  bigintType,
  booleanType,
  byteaType,
  decimalType,
  doubleType,
  integerType,
  isUuid,
  textType,
  timestampType,
  timeType,
  uuidType,
} from './sql-types.ts'
import { fromTwosComplement, twosComplement } from './twos-complement.ts'

/** Text as UTF-8. Refuses what UTF-8 cannot hold, both ways. Source: Kafka's StringSerializer. */
export const string: Serde<string> = serdeOf({
  name: 'string',
  sql: textType,
  carried: value => (typeof value === 'string' && value.isWellFormed() ? value : undefined),
  write: writeText,
  read: readText,
})

/** 32-bit integers, 4 bytes, big-endian. Source: Kafka's IntegerSerializer. */
export const int32: Serde<number> = serdeOf({
  name: 'int32',
  sql: integerType,
  fixedBytes: 4,
  write(value) {
    expect((value | 0) === value, 'is not a 32-bit integer')
    const bytes = Buffer.allocUnsafe(4)
    bytes.writeInt32BE(value)
    return bytes
  },
  read: bytes => bufferOver(sized(bytes, 4)).readInt32BE(),
})

/** 64-bit integers as bigint, 8 bytes, big-endian. Source: Kafka's LongSerializer. */
export const int64: Serde<bigint> = serdeOf({
  name: 'int64',
  sql: bigintType,
  fixedBytes: 8,
  carried: value => (typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? value : undefined),
  write: writeLong,
  read: bytes => bufferOver(sized(bytes, 8)).readBigInt64BE(),
})

/** Doubles, 8 bytes, big-endian IEEE 754. Source: Kafka's DoubleSerializer. */
export const float64: Serde<number> = serdeOf({
  name: 'float64',
  sql: doubleType,
  fixedBytes: 8,
  write(value) {
    expect(typeof value === 'number', 'is not a number')
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeDoubleBE(value)
    return bytes
  },
  read: bytes => bufferOver(sized(bytes, 8)).readDoubleBE(),
})

/** Booleans, one byte: 1 or 0. Source: Kafka's BooleanSerializer. */
export const boolean: Serde<boolean> = serdeOf({
  name: 'boolean',
  sql: booleanType,
  fixedBytes: 1,
  write(value) {
    expect(typeof value === 'boolean', 'is not a boolean')
    return Uint8Array.of(value ? 1 : 0)
  },
  read(bytes) {
    const byte = sized(bytes, 1)[0]!
    expect(byte <= 1, 'is a byte other than 0 and 1')
    return byte === 1
  },
})

/** Bytes as they are, copied, so that they stay what they were. Source: Kafka's ByteArraySerializer. */
export const bytes: Serde<Uint8Array> = serdeOf({
  name: 'bytes',
  sql: byteaType,
  write(value) {
    expect(value instanceof Uint8Array, 'is not bytes')
    return Buffer.from(value)
  },
  read: bufferOver,
})

/** UUIDs as 36 characters, in lower case. Source: Kafka's UUIDSerializer. */
export const uuid: Serde<string> = serdeOf({
  name: 'uuid',
  sql: uuidType,
  write(value) {
    expect(isUuid(value), 'is not a UUID')
    return Buffer.from(value.toLowerCase(), 'latin1')
  },
  read(bytes) {
    const text = bufferOver(bytes).toString('latin1')
    expect(isUuid(text), 'is not a UUID')
    return text.toLowerCase()
  },
})

/**
 * Exact decimals of 38 digits, 18 of them after the point, as bigint; numeric(38,18) in Postgres.
 *
 * Units: 1e-18. Source: the bytes of Kafka Connect's Decimal (scale 18), which are those of `BigInteger.toByteArray`.
 */
export const decimal: Serde<bigint> = serdeOf({
  name: 'decimal',
  sql: decimalType,
  write(value) {
    expect(typeof value === 'bigint', 'is not a bigint')
    expect(fitsPrecision(value, decimalPrecision), 'has more than 38 digits')
    return twosComplement(value)
  },
  read(bytes) {
    expect(bytes.length > 0, 'is empty')
    const value = fromTwosComplement(bytes)
    expect(fitsPrecision(value, decimalPrecision), 'has more than 38 digits')
    return value
  },
})

/** Instants as 8 bytes, big-endian; timestamptz in Postgres. Units: milliseconds since the epoch. */
export const timestampMs: Serde<number> = serdeOf({
  name: 'timestampMs',
  sql: timestampType,
  fixedBytes: 8,
  write: writeMs,
  read: readMs,
})

/**
 * Moments in keys (a window's start): the same 8 bytes; bigint in Postgres, as `record_timestamp` is.
 * Units: milliseconds since the epoch.
 */
export const timeSerde: Serde<number> = serdeOf({
  name: 'time',
  sql: timeType,
  fixedBytes: 8,
  write: writeMs,
  read: readMs,
})

function writeText(value: string): Uint8Array {
  expect(typeof value === 'string', 'is not a string')
  expect(value.isWellFormed(), 'holds a lone surrogate')
  return Buffer.from(value, 'utf8')
}

/** Invalid UTF-8 decodes to U+FFFD; so text that holds one is encoded again to see whether it was there before. */
function readText(bytes: Uint8Array): string {
  const text = bufferOver(bytes).toString('utf8')
  expect(text.indexOf('\ufffd') === -1 || Buffer.from(text, 'utf8').equals(bytes), 'is not valid UTF-8')
  return text
}

function writeLong(value: bigint): Uint8Array {
  expect(typeof value === 'bigint', 'is not a bigint')
  expect(BigInt.asIntN(64, value) === value, 'is outside the 64-bit range')
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

function writeMs(value: number): Uint8Array {
  expect(Number.isSafeInteger(value), 'is not a whole number of milliseconds')
  return writeLong(BigInt(value))
}

function readMs(bytes: Uint8Array): number {
  const value = Number(bufferOver(sized(bytes, 8)).readBigInt64BE())
  expect(Number.isSafeInteger(value), 'is not a time in milliseconds')
  return value
}

function sized(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new Error(`is ${bytes.length} bytes long, not ${length}`)
  return bytes
}

function expect(holds: boolean, problem: string): asserts holds {
  if (!holds) throw new Error(problem)
}
