import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker, RecordWriter } from '../../../../topology/broker/port.ts'
import { seededRandom } from '../../../../topology/testing/random.ts'
import { lines } from './tally.ts'

const everyMs = 50
/** So many lines come at each turn at least, for a commit to have something in it, and at most. */
const least = 20
const most = 2_000
const vocabulary = 500

/** Sends lines of words, no faster than it is allowed. */
export class WordFeed {
  readonly #writer: RecordWriter
  readonly #partitions: number
  readonly #random: () => number
  #allowed = 0
  #sent = 0
  #running = false
  #loop: Promise<void> = Promise.resolve()

  private constructor(writer: RecordWriter, partitions: number, random: () => number) {
    this.#writer = writer
    this.#partitions = partitions
    this.#random = random
  }

  static async open(broker: Broker, partitions: number, seed: number): Promise<WordFeed> {
    return new WordFeed(await broker.writer(), partitions, seededRandom(seed ^ 0x5eed))
  }

  /** Lines that were acknowledged. */
  get sent(): number {
    return this.#sent
  }

  /** So many lines in all may be sent by now. */
  allow(lines: number): void {
    this.#allowed = Math.max(this.#allowed, lines)
  }

  start(): void {
    this.#running = true
    this.#loop = this.#feed()
  }

  /** Sends what is left of so many lines. Resolves with the number that was sent in all. */
  async finish(inputs: number): Promise<number> {
    this.#running = false
    await this.#loop
    while (this.#sent < inputs) await this.#send(Math.min(most, inputs - this.#sent))
    await this.#writer.close()
    return this.#sent
  }

  async #feed(): Promise<void> {
    while (this.#running) {
      await this.#send(Math.min(most, Math.max(least, this.#allowed - this.#sent)))
      await sleep(everyMs)
    }
  }

  async #send(count: number): Promise<void> {
    const records = Array.from({ length: count }, () => {
      const number = Math.floor(this.#random() * 1_000_000)
      return {
        topic: lines.name,
        partition: number % this.#partitions,
        timestamp: Date.now(),
        key: Buffer.from(String(number)),
        value: Buffer.from(`${this.#word()} ${this.#word()}`),
        headers: [],
      }
    })
    await this.#writer.send(records)
    this.#sent += count
  }

  #word(): string {
    return `w${Math.floor(this.#random() * vocabulary)}`
  }
}
