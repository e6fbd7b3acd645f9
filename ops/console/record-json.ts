import type { ConsoleRecord } from '../../gateway/console/console-data.ts'
import type { RawRecord } from '../../topology/broker/port.ts'
import { messageOf } from '../../topology/definition/errors.ts'
import type { Codec, Serde } from '../../topology/definition/serde.ts'
import type { AnyTopic } from '../../topology/definition/topic.ts'
import type { RecordCodec } from '../../topology/runtime/codecs.ts'
import { toJson } from '../dev/json-values.ts'

/** Values beyond so many characters are cut: a page shows a tail, not a dump. */
const shownCharacters = 4_000

/** A record as the console shows it, decoded by its topic's serdes. */
export async function recordJson(record: RawRecord, topic: AnyTopic, codec: RecordCodec): Promise<ConsoleRecord> {
  const { partition, offset, timestamp } = record
  const key = await part(record.key, topic.key, codec.key)
  const value = await part(record.value, topic.value, codec.value)
  return { partition, offset, timestamp, key: key.text, value: value.text, undecodable: value.fault ?? key.fault }
}

/** Bytes that the serde cannot read are shown in base64. */
async function part(bytes: Uint8Array | null, serde: Serde<unknown>, codec: Codec<unknown>) {
  if (bytes === null) return { text: 'null', fault: null }
  try {
    return { text: cut(toJson(serde, await codec.decode(bytes))), fault: null }
  } catch (error) {
    return { text: cut(JSON.stringify(Buffer.from(bytes).toString('base64'))), fault: messageOf(error) }
  }
}

function cut(text: string): string {
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)} … (${text.length} characters)`
}
