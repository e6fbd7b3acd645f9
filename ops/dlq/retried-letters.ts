import { readRaw } from '../../topology/app/topics/read-raw.ts'
import { type Broker, partitionKey } from '../../topology/broker/port.ts'
import { retryHeaders } from '../../topology/runtime/retried-record.ts'
import { groupOf, headerText, type Letter } from './letter.ts'
import type { LetterState } from './letter-states.ts'

/** A letter that was sent back, with its state. */
export interface RetriedLetter {
  readonly letter: Letter
  readonly from: NonNullable<LetterState['from']>
}

/**
 * The places of the letters whose record was processed after it was sent back: the group has committed past it, and it has not
 * failed again. `failedAgain` has the places of letters that did.
 */
export async function resolvedLetters(
  broker: Broker,
  retried: readonly RetriedLetter[],
  failedAgain: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const candidates = retried.filter(({ letter }) => !failedAgain.has(letter.place))
  const committed = await committedOf(broker, candidates)
  const offsetOf = (one: RetriedLetter) => committed.get(committedKey(one)) ?? 0
  // Before its group has come as far as its first possible place nothing needs to be read.
  const passed = candidates.filter(one => offsetOf(one) > one.from.offset)
  const found = await recordsOf(broker, passed)
  const resolved = passed.filter(one => {
    const offset = found.get(one.letter.place)
    // A record that its topic no longer keeps was there before the group came past it.
    return offset === undefined || offset < offsetOf(one)
  })
  return new Set(resolved.map(({ letter }) => letter.place))
}

/** Committed offsets of the groups that the letters were sent back to. */
async function committedOf(broker: Broker, retried: readonly RetriedLetter[]): Promise<ReadonlyMap<string, number>> {
  const byGroup = new Map<string, Map<string, RetriedLetter['from']>>()
  for (const { letter, from } of retried) {
    const partitions = byGroup.get(groupOf(letter)) ?? new Map()
    byGroup.set(groupOf(letter), partitions.set(partitionKey(from.topic, from.partition), from))
  }
  const committed = new Map<string, number>()
  for (const [group, partitions] of byGroup) {
    if (group === '') continue
    const at = [...partitions.values()].map(({ topic, partition }) => ({ topic, partition }))
    const offsets = await broker.admin.committedOffsets(group, at)
    for (const [index, { topic, partition }] of at.entries())
      committed.set(`${group} ${partitionKey(topic, partition)}`, offsets[index]?.offset ?? 0)
  }
  return committed
}

function committedKey({ letter, from }: RetriedLetter): string {
  return `${groupOf(letter)} ${partitionKey(from.topic, from.partition)}`
}

/** The offsets of the records that were sent back, by the place of their letter. */
async function recordsOf(broker: Broker, retried: readonly RetriedLetter[]): Promise<ReadonlyMap<string, number>> {
  const wanted = new Set(retried.map(({ letter }) => letter.place))
  const begin = new Map<string, RetriedLetter['from']>()
  for (const { from } of retried) {
    const key = partitionKey(from.topic, from.partition)
    if (from.offset < (begin.get(key)?.offset ?? Number.POSITIVE_INFINITY)) begin.set(key, from)
  }
  const found = new Map<string, number>()
  if (begin.size === 0) return found
  const partitions = [...begin.values()].map(({ topic, partition, offset }) => ({ topic, partition, from: offset }))
  for await (const { headers, offset } of readRaw(broker, partitions)) {
    const place = headerText(headers, retryHeaders.letter)
    if (place !== undefined && wanted.has(place)) found.set(place, offset)
    if (found.size === wanted.size) break
  }
  return found
}
