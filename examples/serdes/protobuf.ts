/*
 * A serde for Protobuf: messages of any type that protoc-gen-es has generated. On topics and in changelogs they are Protobuf's
 * bytes, in Postgres they are jsonb with Protobuf's own JSON names.
 */

import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type MessageShape,
  toBinary,
  toJson,
} from '@bufbuild/protobuf'
import { jsonColumn, type Serde, serdeOf } from 'millrace'

/** Shape: `topic('orders', { key: string, value: protobuf(OrderSchema) })`. */
export function protobuf<D extends DescMessage>(schema: D): Serde<MessageShape<D>> {
  return serdeOf({
    name: `protobuf:${schema.typeName}`,
    write: message => toBinary(schema, message),
    read: bytes => fromBinary(schema, bytes),
    sql: jsonColumn(
      message => toJson(schema, message),
      plain => fromJson(schema, plain as JsonValue),
    ),
  })
}
