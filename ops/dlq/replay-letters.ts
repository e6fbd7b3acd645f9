import { readRaw } from '../../topology/app/topics/read-raw.ts'
import { type Broker, type OutgoingRecord, partitionKey } from '../../topology/broker/port.ts'
import { deadLetterHeaders } from '../../topology/runtime/dead-letter.ts'
import type { Letter } from './letter.ts'

/** Header of a record that came back from a dead-letter topic: which letter it was. Shape: `'orders.fills.dlq/3/41'`. */
export const replayedHeader = 'millrace.dlq.replayed'

/** The result of a replay, or of a dry run. */
export interface ReplayedLetters {
  readonly sent: readonly Letter[]
  /** Letters whose record is already back in the source topic. */
  readonly skipped: readonly Letter[]
}

/**
 * Sends the records of dead letters to the partitions they came from, as they were: key, value, timestamp and their own headers,
 * and `replayedHeader`, which names the letter. It is safe to repeat: a letter whose name is found behind the record's first place is
 * skipped. Two replays must not run at once: both may send.
 *
 * `send: false` only reports what would be done.
 */
export async function replayLetters(
  broker: Broker,
  letters: readonly Letter[],
  { send }: { readonly send: boolean },
): Promise<ReplayedLetters> {
  const back = await alreadyBack(broker, letters)
  const skipped = letters.filter(letter => back.has(letter.place))
  const sent = letters.filter(letter => !back.has(letter.place))
  if (send && sent.length > 0) {
    const writer = await broker.writer()
    try {
      await writer.send(sent.map(outgoing))
    } finally {
      await writer.close()
    }
  }
  return { sent, skipped }
}

/** Names of letters found in the source partitions, from the earliest record that failed. */
async function alreadyBack(broker: Broker, letters: readonly Letter[]): Promise<ReadonlySet<string>> {
  const from = new Map<string, Letter['source']>()
  for (const { source } of letters) {
    const key = partitionKey(source.topic, source.partition)
    if (source.offset < (from.get(key)?.offset ?? Number.POSITIVE_INFINITY)) from.set(key, source)
  }
  const partitions = [...from.values()].map(({ topic, partition, offset }) => ({ topic, partition, from: offset }))
  const back = new Set<string>()
  for await (const { headers } of readRaw(broker, partitions)) {
    const name = headers.findLast(({ key }) => key === replayedHeader)?.value
    if (name) back.add(Buffer.from(name).toString())
  }
  return back
}

const ownHeaders: ReadonlySet<string> = new Set([...Object.values(deadLetterHeaders), replayedHeader])

function outgoing({ place, source, record }: Letter): OutgoingRecord {
  const headers = record.headers.filter(({ key }) => !ownHeaders.has(key))
  return {
    topic: source.topic,
    partition: source.partition,
    timestamp: record.timestamp,
    key: record.key,
    value: record.value,
    headers: [...headers, { key: replayedHeader, value: Buffer.from(place) }],
  }
}
