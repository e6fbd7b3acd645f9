import { partitionsOf, readRaw } from '../../topology/app/topics/read-raw.ts'
import type { Broker } from '../../topology/broker/port.ts'
import { deadLetterTopic } from '../../topology/definition/naming.ts'
import { type Letter, letterOf } from './letter.ts'
import { checkNames, isMeant, type LetterFilter, type StateName, topicsMeant } from './letter-filter.ts'
import { type LetterState, readStates, stateOf } from './letter-states.ts'
import { type RetriedLetter, resolvedLetters } from './retried-letters.ts'

/** A dead letter with its state. */
export interface KnownLetter extends Letter {
  readonly state: StateName
  /** When it was retried or dropped. ISO text. */
  readonly stateAt: string | undefined
  /** Why it was dropped. */
  readonly reason: string | undefined
  /** The letter as which it failed again after a retry. */
  readonly failedAgainAs: string | undefined
}

/**
 * The dead letters that the filter selects, in the order of their topics, partitions and offsets, with their states.
 * Errors: TopologyError CONFIG_INVALID for a topic, place, name or code that there is not.
 */
export async function readLetters(broker: Broker, filter: LetterFilter = {}): Promise<readonly KnownLetter[]> {
  const topics = topicsMeant(filter, await deadLetterTopics(broker))
  const states = await readStates(broker, topics)
  const letters: Letter[] = []
  for await (const record of readRaw(broker, await partitionsOf(broker, topics))) {
    const letter = letterOf(record)
    if (letter) letters.push(letter)
  }
  checkNames(filter, letters)
  letters.sort(
    ({ record: a }, { record: b }) =>
      a.topic.localeCompare(b.topic) || a.partition - b.partition || a.offset - b.offset,
  )
  const again = new Map(letters.flatMap(({ previous, place }) => (previous === undefined ? [] : [[previous, place]])))
  const meant = letters.filter(letter => isMeant(letter, filter))
  const resolved = await resolvedLetters(
    broker,
    meant.flatMap(letter => retriedOf(letter, states)),
    new Set(again.keys()),
  )
  return meant.map(letter =>
    known(letter, stateOf(letter, states), resolved.has(letter.place), again.get(letter.place)),
  )
}

/** The letters that nobody has decided about, by dead-letter topic. */
export async function openLetters(broker: Broker, filter: LetterFilter = {}): Promise<readonly KnownLetter[]> {
  return (await readLetters(broker, filter)).filter(({ state }) => state === 'open')
}

/** Names of the dead-letter topics of the cluster. */
async function deadLetterTopics(broker: Broker): Promise<readonly string[]> {
  const suffix = deadLetterTopic('')
  return (await broker.admin.describeTopics()).map(topic => topic.name).filter(name => name.endsWith(suffix))
}

function retriedOf(letter: Letter, states: ReadonlyMap<string, LetterState>): readonly RetriedLetter[] {
  const from = stateOf(letter, states)?.from
  return from === undefined ? [] : [{ letter, from }]
}

function known(
  letter: Letter,
  written: LetterState | undefined,
  resolved: boolean,
  failedAgainAs: string | undefined,
): KnownLetter {
  const state = resolved ? 'resolved' : (written?.state ?? 'open')
  return { ...letter, state, stateAt: written?.at, reason: written?.reason, failedAgainAs }
}
