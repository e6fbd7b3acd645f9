import { SerdeError } from '../definition/errors.ts'
import type { Header } from '../definition/record.ts'
import type { Serde, SqlType } from '../definition/serde.ts'
import { bufferOver } from '../definition/serdes/buffer-over.ts'
import { serdeOf } from '../definition/serdes/serde-codec.ts'
import { byteaType } from '../definition/serdes/sql-types.ts'

type Headers = readonly Header[]

const headersType: SqlType<Headers> = {
  pg: byteaType.pg,
  toSql: headers => byteaType.toSql(written(headers)),
  fromSql: raw => read(byteaType.fromSql(raw)),
  check: headers => byteaType.check(written(headers)),
  compare: (a, b) => byteaType.compare(written(a), written(b)),
}

/** The headers of a record that is held back, so that it goes on with its own and not with those of a later one. */
export const headersSerde: Serde<Headers> = serdeOf({ name: 'headers', sql: headersType, write: written, read })

// Wire form of headers, in their order; none are no bytes:
//   headers => (keyLength key valueLength value)*
//   keyLength, valueLength => int32, big-endian; a value's is -1 for null
function written(headers: Headers): Uint8Array {
  return Buffer.concat(
    headers.flatMap(({ key, value }) => {
      const name = Buffer.from(key, 'utf8')
      const named = [int32(name.length), name]
      return value === null ? [...named, int32(-1)] : [...named, int32(value.length), value]
    }),
  )
}

function read(bytes: Uint8Array): Headers {
  const from = bufferOver(bytes)
  const headers: Header[] = []
  let at = 0
  const part = (): Uint8Array | null => {
    if (at + 4 > from.length) throw cutOff()
    const length = from.readInt32BE(at)
    at += 4
    if (length < 0) return null
    if (at + length > from.length) throw cutOff()
    at += length
    return Uint8Array.from(from.subarray(at - length, at))
  }
  while (at < from.length) headers.push({ key: Buffer.from(part() ?? []).toString('utf8'), value: part() })
  return headers
}

function int32(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value)
  return bytes
}

function cutOff(): SerdeError {
  return new SerdeError(
    'DECODE_FAILED',
    'the headers of a record that is held back end too early: the row or the changelog was written by something else',
  )
}
