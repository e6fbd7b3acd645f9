import { Reader } from './protocol/reader.ts'
import { Writer } from './protocol/writer.ts'

/**
 * The bytes that members exchange through the coordinator, in the consumer protocol's format, so that Kafka's tools can
 * show a group's topics. Our own data is in `user_data`, opaque to the broker.
 *
 *     subscription: version(INT16) [topic(STRING)] user_data(BYTES)
 *     assignment: version(INT16) [topic(STRING) [partition(INT32)]] user_data(BYTES)
 *
 * Source: ConsumerProtocolSubscription.json and ConsumerProtocolAssignment.json of Kafka, version 0.
 */
export function encodeSubscription(topics: readonly string[], userData: string): Buffer {
  const writer = new Writer().int16(0)
  return writer
    .array(topics, (_, topic) => writer.string(topic))
    .bytes(Buffer.from(userData))
    .finish()
}

/** The data that a member gave about itself. */
export function decodeSubscription(bytes: Buffer): string {
  const reader = new Reader(bytes)
  reader.int16()
  reader.array(() => reader.string())
  return reader.bytes()?.toString() ?? ''
}

/** An assignment names no partitions: a member's share is given in tasks. */
export function encodeAssignment(assignment: string): Buffer {
  return new Writer().int16(0).int32(0).bytes(Buffer.from(assignment)).finish()
}

/** The assignment as the leader wrote it; empty when the leader left this member out. */
export function decodeAssignment(bytes: Buffer): string {
  if (bytes.length === 0) return ''
  const reader = new Reader(bytes)
  reader.int16()
  reader.array(() => {
    reader.string()
    reader.array(() => reader.int32())
  })
  return reader.bytes()?.toString() ?? ''
}
