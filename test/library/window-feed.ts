import type { OutgoingRecord } from '../../topology/broker/port.ts'
import type { Topic } from '../../topology/definition/topic.ts'
import { seededRandom } from '../../topology/testing/random.ts'

type TextTopic = Topic<string, string, string>

/** A record of the feed. Units: ms of event time. */
export interface FedRecord {
  readonly topic: TextTopic
  readonly key: string
  readonly value: string
  readonly at: number
}

/** Event time that a batch covers. Units: ms. */
const batchMs = 70

/** A seeded feed of `events`, `left` and `right`, batch after batch; it remembers what it has given. */
export class WindowFeed {
  readonly given: FedRecord[] = []
  readonly #topics: Readonly<Record<'events' | 'left' | 'right', TextTopic>>
  readonly #random = seededRandom(11)
  #batches = 0

  constructor(topics: Readonly<Record<'events' | 'left' | 'right', TextTopic>>) {
    this.#topics = topics
  }

  /** The next records, ready to be written: of each topic some, now and then one that is too late for its window. */
  next(): OutgoingRecord[] {
    const from = 1_000 + this.#batches++ * batchMs
    const { events, left, right } = this.#topics
    const some = (topic: TextTopic, keys: string, spreadMs: number): FedRecord[] =>
      Array.from({ length: 6 }, (_, index) => ({
        topic,
        key: keys.charAt(Math.floor(this.#random() * keys.length)),
        value: `${topic === events ? 'e' : topic === left ? 'l' : 'r'}${this.#batches}.${index}`,
        at: Math.floor(from + this.#random() * batchMs - (this.#random() < 0.1 ? spreadMs : 0)),
      }))
    const join = [...some(left, 'ABCDEFGH', 0), ...some(right, 'ABCDEFGH', 0)].sort((a, b) => a.at - b.at)
    return this.#give([...some(events, 'ABC', 90), ...join])
  }

  /** Records so much later that every window before them closes. */
  last(): OutgoingRecord[] {
    const at = 1_000 + this.#batches * batchMs + 100_000
    const { events, left, right } = this.#topics
    return this.#give([events, left, right].map(topic => ({ topic, key: 'end', value: 'end', at })))
  }

  #give(records: readonly FedRecord[]): OutgoingRecord[] {
    this.given.push(...records)
    return records.map(({ topic, key, value, at }) => ({
      topic: topic.name,
      partition: 0,
      timestamp: at,
      key: Buffer.from(key),
      value: Buffer.from(value),
      headers: [],
    }))
  }
}
