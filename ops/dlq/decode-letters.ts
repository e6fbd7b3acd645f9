import { messageOf } from '../../topology/definition/errors.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import type { SchemaRegistry } from '../../topology/definition/serde.ts'
import { bindCodecs } from '../../topology/runtime/codecs.ts'
import type { Letter } from './letter.ts'

/** Key and value of a letter as its topology reads them; where it cannot, the bytes and why. */
export interface DecodedLetter {
  readonly key: unknown
  readonly value: unknown
  /** Why the value could not be decoded. */
  readonly undecodable: string | undefined
}

/** Bytes that are shown of a value that cannot be decoded. */
const shownBytes = 256

/** Decodes letters with the serdes of a topology. Without one, or for topics that it does not have, bytes are shown. */
export async function letterDecoder(
  graph: TopologyGraph | undefined,
  registry: SchemaRegistry,
): Promise<(letter: Letter) => Promise<DecodedLetter>> {
  const codecs = graph && (await bindCodecs(graph, registry))
  return async ({ record: { key, value }, source }) => {
    const codec = codecs?.topics.get(source.topic)
    const read = async (part: 'key' | 'value', bytes: Uint8Array | null) => {
      if (codec === undefined) return { content: bytesText(bytes), fault: 'no topology at hand has its topic' }
      try {
        return { content: jsonSafe(await codec[part].decode(bytes)), fault: undefined }
      } catch (error) {
        return { content: bytesText(bytes), fault: messageOf(error) }
      }
    }
    const decoded = await read('value', value)
    return { key: (await read('key', key)).content, value: decoded.content, undecodable: decoded.fault }
  }
}

/** UTF-8 where the bytes are printable text, else their beginning in hexadecimal. Null for none. */
function bytesText(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null
  const text = Buffer.from(bytes).toString()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells text from other bytes
  if (!/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text)) return text
  const shown = Buffer.from(bytes.subarray(0, shownBytes)).toString('hex')
  return `0x${shown}${bytes.length > shownBytes ? `... (${bytes.length} bytes)` : ''}`
}

/** The value with integers beyond JSON's as text and bytes in hexadecimal. */
function jsonSafe(value: unknown): unknown {
  if (value === undefined) return null
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === 'bigint') return part.toString()
      if (part instanceof Uint8Array) return `0x${Buffer.from(part).toString('hex')}`
      if (part instanceof Map) return Object.fromEntries(part)
      return part
    }),
  )
}
