import { partitionsOf, readRaw } from '../../topology/app/topics/read-raw.ts'
import type { Broker } from '../../topology/broker/port.ts'
import { deadLetterTopic } from '../../topology/definition/naming.ts'
import { type Letter, letterOf } from './letter.ts'

/** A selection of dead letters. Unset: all. */
export interface LetterFilter {
  /** A source topic, or its dead-letter topic. */
  readonly topic?: string
  readonly code?: string
  readonly processor?: string
  /** Places in dead-letter topics. Shape: `['orders.fills.dlq/3/41']`. */
  readonly places?: readonly string[]
}

/** The dead letters that the filter selects, in the order of their topics, partitions and offsets. */
export async function readLetters(broker: Broker, filter: LetterFilter = {}): Promise<readonly Letter[]> {
  const suffix = deadLetterTopic('')
  const all = (await broker.admin.describeTopics()).map(topic => topic.name).filter(name => name.endsWith(suffix))
  const { topic } = filter
  const topics = topic === undefined ? all : all.filter(name => name === topic || name === deadLetterTopic(topic))
  const letters: Letter[] = []
  for await (const record of readRaw(broker, await partitionsOf(broker, topics))) {
    const letter = letterOf(record)
    if (letter && isMeant(letter, filter)) letters.push(letter)
  }
  return letters.sort(
    ({ record: a }, { record: b }) =>
      a.topic.localeCompare(b.topic) || a.partition - b.partition || a.offset - b.offset,
  )
}

function isMeant({ code, processor, place }: Letter, filter: LetterFilter): boolean {
  return (
    (filter.code === undefined || filter.code === code) &&
    (filter.processor === undefined || filter.processor === processor) &&
    (filter.places === undefined || filter.places.includes(place))
  )
}
