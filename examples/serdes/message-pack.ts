/*
 * A serde for MessagePack: plain data in fewer bytes than JSON, with bigints of 64 bits and bytes. In Postgres it is bytea: SQL
 * sees the bytes as they are on the topic.
 */

import { decode, encode } from '@msgpack/msgpack'
import { bytes, type Serde, serdeOf } from 'millrace'

/** Shape: `topic('prices', { key: string, value: messagePack<Price>() })`. The type is claimed, as that of `json<Price>()`. */
export function messagePack<T>(): Serde<T> {
  const write = (value: T) => encode(value, { useBigInt64: true })
  const read = (packed: Uint8Array) => decode(packed, { useBigInt64: true }) as T
  return serdeOf({
    name: 'message-pack',
    write,
    read,
    sql: {
      pg: 'bytea',
      toSql: value => bytes.sql.toSql(write(value)),
      fromSql: raw => read(bytes.sql.fromSql(raw)),
      check: value => bytes.sql.check(write(value)),
      compare: (a, b) => bytes.sql.compare(write(a), write(b)),
    },
  })
}
