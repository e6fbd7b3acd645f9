import { partitionsOf, readRaw } from '../../topology/app/topics/read-raw.ts'
import type { Broker, OutgoingRecord, TopicPartition } from '../../topology/broker/port.ts'
import type { Letter } from './letter.ts'

/** The states that are written. A letter without a written state is open. */
type WrittenState = 'retried' | 'dropped'

/** The state of a letter as it stands in the state topic, which is compacted: the key is the letter's place. */
export interface LetterState {
  readonly state: WrittenState
  /** When it was written. ISO text. */
  readonly at: string
  /** The last failure of the letter: a topic that was made anew has other letters at the same places. */
  readonly lastFailure: string
  /** Of a retried letter: the record went to this partition of its source, at this offset or later. */
  readonly from?: TopicPartition & { readonly offset: number }
  /** Of a dropped letter: why. */
  readonly reason?: string
}

/** The topic with the states of the letters of a dead-letter topic. Shape: `'orders.fills.dlq.state'`. */
export function stateTopic(deadLetters: string): string {
  return `${deadLetters}.state`
}

/** The written states of the letters of these topics, by place. */
export async function readStates(broker: Broker, topics: readonly string[]): Promise<ReadonlyMap<string, LetterState>> {
  const states = new Map<string, LetterState>()
  for await (const { key, value } of readRaw(broker, await partitionsOf(broker, topics.map(stateTopic)))) {
    const place = Buffer.from(key ?? []).toString()
    if (value === null) states.delete(place)
    else states.set(place, JSON.parse(Buffer.from(value).toString()))
  }
  return states
}

/** The written state of a letter; undefined: it is open. */
export function stateOf(letter: Letter, states: ReadonlyMap<string, LetterState>): LetterState | undefined {
  const state = states.get(letter.place)
  return state?.lastFailure === letter.lastFailure ? state : undefined
}

/** The record that writes a state. */
export function stateRecord(
  { place, record, lastFailure }: Letter,
  state: Omit<LetterState, 'lastFailure'>,
): OutgoingRecord {
  return ofState(record.topic, place, Date.parse(state.at), Buffer.from(JSON.stringify({ ...state, lastFailure })))
}

/** The records that forget the states of letters that have left their topic. */
export async function forgottenStates(
  broker: Broker,
  topic: string,
  states: ReadonlyMap<string, LetterState>,
  now: number,
): Promise<readonly OutgoingRecord[]> {
  const partitions = await partitionsOf(broker, [topic])
  const starts = await broker.admin.listOffsets(partitions, 'earliest')
  const first = new Map(partitions.map(({ partition }, index) => [partition, starts[index] as number]))
  const gone = [...states.keys()].filter(place => {
    const [partition, offset] = place.slice(topic.length + 1).split('/')
    return place.startsWith(`${topic}/`) && Number(offset) < (first.get(Number(partition)) ?? 0)
  })
  return gone.map(place => ofState(topic, place, now, null))
}

/** Makes the topic for the states of a dead-letter topic, if there is none. */
export async function ensureStateTopic(broker: Broker, topic: string): Promise<void> {
  await broker.admin.createTopics([{ name: stateTopic(topic), partitions: 1, config: { 'cleanup.policy': 'compact' } }])
}

function ofState(topic: string, place: string, timestamp: number, value: Uint8Array | null): OutgoingRecord {
  return { topic: stateTopic(topic), partition: 0, timestamp, key: Buffer.from(place), value, headers: [] }
}
