import { setTimeout as sleep } from 'node:timers/promises'
import type { Desk } from '../../../ops/trading/demo/desk.ts'
import type { TimedSignal } from '../../../ops/trading/demo/strategy.ts'
import { portfolioSignals, tradingSignals } from '../../../processors/topics.ts'
import type { Broker, RecordWriter } from '../../../topology/broker/port.ts'

const everyMs = 500

/** Marks a record that was poisoned on purpose. */
export const poisonHeader = 'chaos-poison'

/** Signals with this before their id ask for something else under a key that is taken. */
export const conflictMark = 'conflict-'

/** The signals that were fed. */
export interface Fed {
  readonly signals: number
  readonly conflicts: number
  readonly undecodable: number
}

/** Sends signals at a steady rate, and poison when told. Signals that were refused by a broker that is away are sent again. */
export class Feeder {
  readonly #desk: Desk
  readonly #writer: RecordWriter
  readonly #random: () => number
  readonly #partitions: number
  readonly #sent: TimedSignal[] = []
  #signals = 0
  #conflicts = 0
  #undecodable = 0
  #stopping = false
  #loop: Promise<void> = Promise.resolve()

  private constructor(desk: Desk, writer: RecordWriter, partitions: number, random: () => number) {
    this.#desk = desk
    this.#writer = writer
    this.#partitions = partitions
    this.#random = random
  }

  static async open(desk: Desk, broker: Broker, random: () => number): Promise<Feeder> {
    const [spec] = await broker.admin.describeTopics([tradingSignals.name])
    return new Feeder(desk, await broker.writer(), spec!.partitions, random)
  }

  /** Begins to send the mix. Units: signals a second. */
  start(mix: readonly TimedSignal[], rate: number): void {
    this.#loop = this.#feed(mix, Math.max(1, Math.round((rate * everyMs) / 1_000)))
  }

  /** One conflict and `undecodable` records that no serde takes, on the two topics of signals. */
  async poison(undecodable: number): Promise<void> {
    while (this.#sent.length === 0) await sleep(everyMs)
    const { at, signal } = this.#sent[Math.floor(this.#random() * this.#sent.length)]!
    const signalId = `${conflictMark}${++this.#conflicts}-${signal.signalId}`
    const conflict = { at, signal: { ...signal, signalId, quantity: signal.quantity + 10n ** 18n } }
    await this.#persist(() => this.#desk.send([conflict]))
    const records = Array.from({ length: undecodable }, () => this.#rubbish())
    await this.#persist(() => this.#writer.send(records))
    this.#undecodable += undecodable
  }

  /** Sends no more. Resolves with what was sent. */
  async stop(): Promise<Fed> {
    this.#stopping = true
    await this.#loop
    await this.#writer.close()
    return { signals: this.#signals, conflicts: this.#conflicts, undecodable: this.#undecodable }
  }

  async #feed(mix: readonly TimedSignal[], burst: number): Promise<void> {
    for (let from = 0; from < mix.length && !this.#stopping; from += burst) {
      const signals = mix.slice(from, from + burst)
      await this.#persist(() => this.#desk.send(signals))
      this.#signals += signals.length
      this.#sent.push(...signals)
      await sleep(everyMs)
    }
  }

  /** Bytes without the serde's magic, or with the id of no schema. */
  #rubbish() {
    const topic = this.#random() < 0.5 ? tradingSignals.name : portfolioSignals.name
    const length = 6 + Math.floor(this.#random() * 60)
    const value = Buffer.from(Array.from({ length }, () => Math.floor(this.#random() * 256)))
    if (this.#random() < 0.5) value.fill(0, 0, 1).fill(0x7f, 1, 5)
    else value[0] = 0xff
    return {
      topic,
      partition: Math.floor(this.#random() * this.#partitions),
      timestamp: Date.now(),
      key: Buffer.from('poison'),
      value,
      headers: [{ key: poisonHeader, value: Buffer.from('1') }],
    }
  }

  async #persist(send: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await send()
      } catch {
        // A broker that is away: nobody knows how much of it was stored, and the pipeline must cope with duplicates.
        await sleep(everyMs)
      }
    }
  }
}
