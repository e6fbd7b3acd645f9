import type { Message } from './message.ts'
import { Writer } from './writer.ts'

/**
 * The bytes of a request in one of its versions, length included. Header v1, or v2 for flexible versions: api key, version, correlation
 * id, client id (never compact), [tags].
 */
export function encodeRequest(
  message: Message<unknown>,
  version: number,
  correlationId: number,
  clientId: string,
): Buffer {
  const writer = new Writer(version >= message.flexibleFrom)
  writer.int32(0).int16(message.apiKey).int16(version).int32(correlationId).shortString(clientId).tags()
  message.encode(writer, version)
  const request = writer.finish()
  request.writeInt32BE(request.length - 4, 0)
  return request
}

/** The length of what `encodeRequest` writes before the message itself. */
export function headerLength(message: Message<unknown>, version: number, clientId: string): number {
  return 14 + Buffer.byteLength(clientId) + (version >= message.flexibleFrom ? 1 : 0)
}
