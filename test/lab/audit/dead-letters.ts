import { partitionsOf, readRaw } from '../../../topology/app/topics/read-raw.ts'
import type { Broker, RawRecord } from '../../../topology/broker/port.ts'
import { deadLetterHeaders } from '../../../topology/runtime/dead-letter.ts'

/** The place of a record. Shape: `'trading.signals/3/41'`. */
export type Place = string

/** The place of a record. */
export function placeOf({ topic, partition, offset }: Pick<RawRecord, 'topic' | 'partition' | 'offset'>): Place {
  return `${topic}/${partition}/${offset}`
}

/** Compares the dead-letter topics with the records that had to end there: each once, with its bytes unchanged, and no other. */
export async function auditDeadLetters(
  broker: Broker,
  poison: ReadonlyMap<Place, RawRecord>,
): Promise<{ readonly letters: number; readonly problems: readonly string[] }> {
  const problems: string[] = []
  const seen = new Set<Place>()
  const letters = await readDeadLetters(broker)
  for (const letter of letters) {
    const place = sourceOf(letter)
    const original = poison.get(place)
    if (seen.has(place)) problems.push(`${place} was dead-lettered twice`)
    seen.add(place)
    if (original === undefined) problems.push(`${place} was dead-lettered, and is no poison`)
    else if (!equal(original.key, letter.key) || !equal(original.value, letter.value))
      problems.push(`${place} was changed on its way to ${letter.topic}`)
  }
  for (const place of poison.keys())
    if (!seen.has(place)) problems.push(`${place} is poison, and was not dead-lettered`)
  return { letters: letters.length, problems }
}

/** Every committed record of every dead-letter topic. */
async function readDeadLetters(broker: Broker): Promise<readonly RawRecord[]> {
  const topics = (await broker.admin.describeTopics()).map(topic => topic.name).filter(name => name.endsWith('.dlq'))
  const letters: RawRecord[] = []
  for await (const letter of readRaw(broker, await partitionsOf(broker, topics))) letters.push(letter)
  return letters
}

/** The source that a dead letter's headers name. */
function sourceOf(letter: RawRecord): Place {
  const header = (name: string) =>
    Buffer.from(letter.headers.findLast(({ key }) => key === name)?.value ?? []).toString()
  const { topic, partition, offset } = deadLetterHeaders
  return `${header(topic)}/${header(partition)}/${header(offset)}`
}

function equal(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b
  return Buffer.compare(a, b) === 0
}
