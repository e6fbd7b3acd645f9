import { SerdeError } from '../errors.ts'
import type { Serde } from '../serde.ts'

/**
 * Moments in keys (a window's start): 8 bytes, big-endian, on the wire; bigint in Postgres, as `record_timestamp` is.
 * Units: milliseconds since the epoch, as a number.
 */
export const time: Serde<number> = {
  name: 'time',
  bind: () => ({ encode, decode }),
  sql: {
    pg: 'bigint',
    toSql: value => value,
    fromSql: Number,
    check(value) {
      if (!Number.isSafeInteger(value))
        throw new SerdeError('VALUE_REFUSED', 'a time is not a whole number of milliseconds, in a store: round it')
    },
    compare: (a, b) => a - b,
  },
}

function encode(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

function decode(bytes: Uint8Array | null): number {
  if (bytes?.length !== 8)
    throw new SerdeError('DECODE_FAILED', 'the bytes are no time, 8 are expected: the topic holds other data')
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset, 8).readBigInt64BE())
}
