import { registrationEvent } from '../../../processors/domain/shared/registration.ts'
import { signalEvent } from '../../../processors/domain/shared/signal-event.ts'
import { executionSim } from '../../../processors/execution-sim.ts'
import { instrumentRisk } from '../../../processors/instrument-risk.ts'
import { portfolioRisk } from '../../../processors/portfolio-risk.ts'
import { reconciler } from '../../../processors/reconciler.ts'
import {
  instrumentRegistered,
  marketPrices,
  ordersFills,
  portfolioPrices,
  tradesApproved,
  tradesRejected,
  tradingSignals,
} from '../../../processors/topics.ts'
import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'
import type { MarketPriceEvent } from '../../../schemas/trading/generated/market-price.ts'
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
 * The bots' desk: registers instruments, sends prices and signals, paced, so that two runs of one input decide alike. A portfolio's
 * next signal waits until its last one has settled: decided and, if approved, its terminal report applied by portfolio-risk
 * and the reconciler. Signals start once instrument-risk holds every registration. With prices the market has one clock for all:
 * signals of a moment wait until the signals before have settled and every processor has the prices until then.
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
    for (const topic of [instrumentRegistered, marketPrices, portfolioPrices, tradingSignals] as readonly AnyTopic[]) {
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
    await this.#read(instrumentRegistered, [instrumentRisk.name])
  }

  /** Sends prices and waits until the processors have them. */
  async price(prices: readonly MarketPriceEvent[]): Promise<void> {
    if (prices.length === 0) return
    await this.#writer.send(prices.map(price => this.#encode(marketPrices.name, price)))
    await this.#read(marketPrices, [instrumentRisk.name])
    await this.#read(portfolioPrices, [executionSim.name, portfolioRisk.name, reconciler.name])
  }

  /** Sends signals as they come, unpaced. Resolves when the broker has them. */
  async send(signals: readonly TimedSignal[]): Promise<void> {
    await this.#writer.send(
      signals.map(signal => this.#encode(tradingSignals.name, signalEvent(signal.signal, signal.at, producer))),
    )
  }

  /**
   * Sends all signals and prices, paced, oldest first, and resolves when the last has settled. `settled` is called with the number
   * of signals that have.
   */
  async run(
    signals: readonly TimedSignal[],
    settled: (count: number) => void,
    prices: readonly MarketPriceEvent[] = [],
  ): Promise<void> {
    if (prices.length === 0) return this.#settle(signals, settled)
    let done = 0
    let known = Number.NEGATIVE_INFINITY
    for (const at of [...new Set(signals.map(signal => signal.at))].sort((a, b) => a - b)) {
      await this.price(prices.filter(({ occurredAt }) => occurredAt > known && occurredAt <= at))
      known = at
      const now = signals.filter(signal => signal.at === at)
      await this.#settle(now, count => settled(done + count))
      done += now.length
    }
    await this.price(prices.filter(({ occurredAt }) => occurredAt > known))
  }

  async #settle(signals: readonly TimedSignal[], settled: (count: number) => void): Promise<void> {
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

  /** Waits until processors have read a topic to its end. */
  async #read(topic: AnyTopic, processors: readonly string[]): Promise<void> {
    const count = this.#codecs.get(topic.name)!.partitions
    const partitions = Array.from({ length: count }, (_, partition) => ({ topic: topic.name, partition }))
    const ends = await this.#broker.admin.listOffsets(partitions, 'latest')
    for (const name of processors) {
      const group = consumerGroup(this.#application, name)
      for (;;) {
        const offsets = await this.#broker.admin.committedOffsets(group, partitions)
        if (offsets.every((committed, index) => ends[index] === 0 || (committed?.offset ?? 0) >= ends[index]!)) break
        await this.#tailed()
      }
    }
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
