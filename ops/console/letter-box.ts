import type { LetterPage, LetterVerdict } from '../../gateway/console/console-data.ts'
import { partitionsOf } from '../../topology/app/topics/read-raw.ts'
import { partitionKey } from '../../topology/broker/port.ts'
import { deadLetterTopic } from '../../topology/definition/naming.ts'
import { letterDecoder } from '../dlq/decode-letters.ts'
import { letterJson } from '../dlq/describe-letter.ts'
import { letterStates } from '../dlq/letter-filter.ts'
import { stateTopic } from '../dlq/letter-states.ts'
import { type KnownLetter, readLetters } from '../dlq/read-letters.ts'
import { settleLetters } from '../dlq/settle-letters.ts'
import type { ConsoleSource } from './source.ts'

/** The newest letters that a page shows. */
const shownLetters = 200

/** The dead letters of one application, read anew only when something was written to their topics. */
export class LetterBox {
  readonly #source: ConsoleSource
  #letters: readonly KnownLetter[] = []
  #ends = ''

  constructor(source: ConsoleSource) {
    this.#source = source
  }

  /** Reads what is new. Errors: RetriableError BROKER_UNAVAILABLE. */
  async look(): Promise<void> {
    const { graph, parts } = this.#source
    if (parts === undefined) return
    const { broker } = await parts()
    const topics = [...new Set(graph.subtopologies.flatMap(({ inputs }) => inputs))].map(deadLetterTopic)
    const partitions = await partitionsOf(broker, [...topics, ...topics.map(stateTopic)])
    const ends = partitions.length === 0 ? [] : await broker.admin.listOffsets(partitions, 'committed')
    // A letter that was sent back is resolved when its group has come past it, which no dead-letter topic tells.
    const moving = this.#letters.some(({ state }) => state === 'retried')
    const now = JSON.stringify([partitions, ends])
    if (now === this.#ends && !moving) return
    const letters = ends.some(end => end > 0) ? await readLetters(broker) : []
    this.#letters = letters.filter(({ application }) => application === graph.definition.name)
    this.#ends = now
  }

  /** The newest letters, decoded, and the number of them in each state. */
  async page(): Promise<LetterPage> {
    await this.look()
    const counts = letterStates.map(state => [state, this.#letters.filter(one => one.state === state).length])
    const shown = [...this.#letters]
      .sort((one, other) => other.lastFailure.localeCompare(one.lastFailure) || other.record.offset - one.record.offset)
      .slice(0, shownLetters)
    if (shown.length === 0) return { letters: [], counts: Object.fromEntries(counts) }
    const decode = await letterDecoder(this.#source.graph, (await this.#source.parts!()).registry)
    const letters = await Promise.all(shown.map(async letter => letterJson(letter, await decode(letter))))
    return { letters, counts: Object.fromEntries(counts) }
  }

  /** Sends letters back or gives them up, as `dlq retry` and `dlq drop` do. Returns the places of those that were settled. */
  async settle(places: readonly string[], verdict: LetterVerdict): Promise<readonly string[]> {
    const { broker, clock } = await this.#source.parts!()
    const letters = (await readLetters(broker, { places })).filter(({ state }) => state === 'open')
    const { done } = await settleLetters(broker, clock, letters, verdict)
    return done.map(({ place }) => place)
  }

  /** Open letters of one partition of a dead-letter topic. */
  openOf(topic: string, partition: number): number {
    const key = partitionKey(topic, partition)
    return this.#open().filter(({ record }) => partitionKey(record.topic, record.partition) === key).length
  }

  /** Open letters by source topic. */
  openByTopic(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { source } of this.#open()) counts[source.topic] = (counts[source.topic] ?? 0) + 1
    return counts
  }

  #open(): readonly KnownLetter[] {
    return this.#letters.filter(({ state }) => state === 'open')
  }
}
