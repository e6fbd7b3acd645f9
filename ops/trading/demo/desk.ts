import { registrationEvent } from '../../../processors/domain/shared/registration.ts'
import { signalEvent } from '../../../processors/domain/shared/signal-event.ts'
import { instrumentRisk } from '../../../processors/instrument-risk.ts'
import { portfolioRisk } from '../../../processors/portfolio-risk.ts'
import { reconciler } from '../../../processors/reconciler.ts'
import {
  instrumentRegistered,
  ordersFills,
  tradesApproved,
  tradesRejected,
  tradingSignals,
} from '../../../processors/topics.ts'
import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'
import type { AnyTopic, SchemaRegistry } from '../../../topology/index.ts'
import {
  type Broker,
  type Codec,
  consumerGroup,
  type OutgoingRecord,
  partitionOf,
  type RecordWriter,
  type TopicPartition,
  TopicTail,
} from '../../commands.ts'
import type { TimedSignal } from './strategy.ts'

/** The producer named in the desk's events. */
const producer = 'demo'

/** The fields that the desk reads in the events it follows. */
interface Watched {
  readonly payload: {
    readonly portfolioId: string
    readonly idempotencyKey?: string
    readonly tradeId?: string
    readonly isTerminal?: boolean
  }
}

/** The topics it writes. */
type Bound = ReadonlyMap<
  string,
  { readonly key: Codec<unknown>; readonly value: Codec<unknown>; readonly partitions: number }
>

type Place = TopicPartition & { readonly offset: number }

/** The event that a portfolio's last signal waits for. */
type Waiting =
  | { readonly for: 'decision'; readonly key: string }
  | { readonly for: 'terminal report'; readonly tradeId: string }

/**
 * The bots' desk: registers instruments and sends signals, paced, so that two runs of one input decide alike. A portfolio's
 * next signal waits until its last one has settled: decided and, if approved, its terminal report applied by portfolio-risk
 * and the reconciler. Signals start once instrument-risk holds every registration.
 */
export class Desk {
  readonly #application: string
  readonly #broker: Broker
  readonly #writer: RecordWriter
  readonly #codecs: Bound
  readonly #tail: TopicTail
  readonly #waiting = new Map<string, Waiting>()
  readonly #decided = new Set<string>()
  readonly #terminal = new Map<string, Place>()

  private constructor(application: string, broker: Broker, writer: RecordWriter, codecs: Bound, tail: TopicTail) {
    this.#application = application
    this.#broker = broker
    this.#writer = writer
    this.#codecs = codecs
    this.#tail = tail
  }

  static async open(application: string, broker: Broker, registry: SchemaRegistry): Promise<Desk> {
    const codecs = new Map()
    for (const topic of [instrumentRegistered, tradingSignals] as readonly AnyTopic[]) {
      const [spec] = await broker.admin.describeTopics([topic.name])
      const binding = { topic: topic.name, registry }
      const key = await topic.key.bind({ ...binding, part: 'key' })
      const value = await topic.value.bind({ ...binding, part: 'value' })
      codecs.set(topic.name, { key, value, partitions: spec!.partitions })
    }
    const tail = await TopicTail.open([tradesApproved, tradesRejected, ordersFills], broker, registry)
    return new Desk(application, broker, await broker.writer(), codecs, tail)
  }

  /** Sends the registrations and waits until instrument-risk holds them. */
  async register(instruments: readonly InstrumentRegistered[], at: number): Promise<void> {
    await this.#writer.send(
      instruments.map(instrument =>
        this.#encode(instrumentRegistered.name, registrationEvent(instrument, at, producer)),
      ),
    )
    const partitions = Array.from(
      { length: this.#codecs.get(instrumentRegistered.name)!.partitions },
      (_, partition) => ({
        topic: instrumentRegistered.name,
        partition,
      }),
    )
    const ends = await this.#broker.admin.listOffsets(partitions, 'latest')
    const group = consumerGroup(this.#application, instrumentRisk.name)
    for (;;) {
      const offsets = await this.#broker.admin.committedOffsets(group, partitions)
      if (offsets.every((committed, index) => ends[index] === 0 || (committed?.offset ?? 0) >= ends[index]!)) return
      await this.#tailed()
    }
  }

  /** Sends signals as they come, unpaced. Resolves when the broker has them. */
  async send(signals: readonly TimedSignal[]): Promise<void> {
    await this.#writer.send(
      signals.map(signal => this.#encode(tradingSignals.name, signalEvent(signal.signal, signal.at, producer))),
    )
  }

  /** Sends all signals, paced, and resolves when the last has settled. `settled` is called with the number that have. */
  async run(signals: readonly TimedSignal[], settled: (count: number) => void): Promise<void> {
    const queues = new Map<string, TimedSignal[]>()
    for (const signal of signals) {
      const queue = queues.get(signal.signal.portfolioId)
      if (queue) queue.push(signal)
      else queues.set(signal.signal.portfolioId, [signal])
    }
    let done = 0
    const next = (portfolioId: string): TimedSignal[] => {
      const signal = queues.get(portfolioId)?.shift()
      if (signal === undefined) {
        this.#waiting.delete(portfolioId)
        return []
      }
      this.#waiting.set(portfolioId, { for: 'decision', key: decisionKey(portfolioId, signal.signal.idempotencyKey) })
      return [signal]
    }
    let sending = [...queues.keys()].flatMap(next)
    while (sending.length > 0 || this.#waiting.size > 0) {
      await this.send(sending)
      await this.#tailed()
      const free = await this.#settled()
      done += free.length
      settled(done)
      sending = free.flatMap(next)
    }
  }

  async close(): Promise<void> {
    await this.#tail.close()
    await this.#writer.close()
  }

  /** Takes in what the pipeline has written since. */
  async #tailed(): Promise<void> {
    for (const { topic, partition, offset, value } of await this.#tail.next()) {
      const { payload } = value as Watched
      if (topic === ordersFills.name) {
        if (payload.isTerminal) this.#terminal.set(payload.tradeId!, { topic, partition, offset })
        continue
      }
      const key = decisionKey(payload.portfolioId, payload.idempotencyKey!)
      this.#decided.add(key)
      const waiting = this.#waiting.get(payload.portfolioId)
      if (topic === tradesApproved.name && waiting?.for === 'decision' && waiting.key === key)
        this.#waiting.set(payload.portfolioId, { for: 'terminal report', tradeId: payload.tradeId! })
    }
  }

  /** Portfolios whose last signal has settled. */
  async #settled(): Promise<readonly string[]> {
    const free: string[] = []
    const applying: [string, Place][] = []
    for (const [portfolioId, waiting] of this.#waiting) {
      if (waiting.for === 'decision' && this.#decided.has(waiting.key)) free.push(portfolioId)
      if (waiting.for !== 'terminal report') continue
      const report = this.#terminal.get(waiting.tradeId)
      if (report) applying.push([portfolioId, report])
    }
    if (applying.length === 0) return free
    const at = [...new Map(applying.map(([, report]) => [report.partition, report])).values()]
    const [risk, books] = await Promise.all(
      [portfolioRisk.name, reconciler.name].map(name =>
        this.#broker.admin.committedOffsets(consumerGroup(this.#application, name), at),
      ),
    )
    const reached = new Map(
      at.map(({ partition }, index) => [partition, Math.min(risk![index]?.offset ?? 0, books![index]?.offset ?? 0)]),
    )
    for (const [portfolioId, { partition, offset }] of applying)
      if (reached.get(partition)! > offset) free.push(portfolioId)
    return free
  }

  #encode(topic: string, event: { readonly key: string; readonly occurredAt: number }): OutgoingRecord {
    const codec = this.#codecs.get(topic)!
    const key = codec.key.encode(event.key)!
    const partition = partitionOf(key, codec.partitions)
    return { topic, partition, timestamp: event.occurredAt, key, value: codec.value.encode(event), headers: [] }
  }
}

function decisionKey(portfolioId: string, idempotencyKey: string): string {
  return JSON.stringify([portfolioId, idempotencyKey])
}
