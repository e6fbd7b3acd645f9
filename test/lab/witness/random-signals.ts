import { instrumentKey } from '../../../processors/domain/shared/keys.ts'
import { signalEvent } from '../../../processors/domain/shared/signal-event.ts'
import { tradingSignals } from '../../../processors/topics.ts'
import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'
import type { TradingSignal, TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import { seededRandom } from '../../../topology/testing/random.ts'
import { decimal, randomInstruments } from './random-instruments.ts'
import { recordOf, registrationStep, type Step } from './step.ts'

/** The options of a random run. */
export interface RandomOptions {
  readonly seed: number
  readonly signals: number
  readonly portfolioIds: readonly string[]
}

const one = 10n ** 18n
const from = Date.UTC(2024, 0, 2)
/** The most event time between two rounds. Units: ms. */
const roundMs = 90_000

/**
 * Steps of a random run, in rounds: in each, some portfolios send one to three signals about one instrument at one moment, so that later ones
 * are decided while the earlier orders are open; then the pipeline comes to rest. So both programs must decide alike: Kafka has one
 * order for them. The same options give the same steps.
 */
export function randomSteps(options: RandomOptions): readonly Step[] {
  return new RandomRun(options).steps()
}

class RandomRun {
  readonly #random: () => number
  readonly #options: RandomOptions
  readonly #steps: Step[] = []
  readonly #sent: TradingSignalEvent[] = []
  readonly #versions = new Map<string, bigint>()
  #signals = 0

  constructor(options: RandomOptions) {
    this.#options = options
    this.#random = seededRandom(options.seed)
  }

  steps(): readonly Step[] {
    const { signals, portfolioIds } = this.#options
    for (const instrument of randomInstruments) this.#register(instrument, from)
    this.#steps.push('pause')
    for (let at = from; this.#signals < signals; at += 1_000 + this.#below(roundMs)) {
      for (const portfolioId of [...portfolioIds, 'nobody'])
        if (this.#signals < signals && this.#below(3) > 0) this.#burst(portfolioId, at)
      this.#steps.push('pause')
      if (this.#below(20) === 0) this.#change(at)
    }
    return this.#steps
  }

  #burst(portfolioId: string, at: number): void {
    const instrument = this.#one(randomInstruments)
    for (let left = 1 + this.#below(3); left > 0 && this.#signals < this.#options.signals; left--) {
      this.#signals++
      const again = this.#below(25) === 0 ? this.#earlier(portfolioId, instrument) : undefined
      const event = again ?? signalEvent(this.#signal(portfolioId, instrument, at), at, 'witness')
      this.#sent.push(event)
      this.#steps.push(this.#below(100) === 0 ? this.#underWrongKey(event) : recordOf(tradingSignals, event))
    }
  }

  /** An earlier signal of the portfolio about the instrument: the same, sent again by another event, or another request under its key. */
  #earlier(portfolioId: string, { instrumentId }: InstrumentRegistered): TradingSignalEvent | undefined {
    const found = this.#sent.findLast(
      ({ payload }) => payload.portfolioId === portfolioId && payload.instrumentId === instrumentId,
    )
    if (found === undefined) return undefined
    const { payload, occurredAt } = found
    const kind = this.#below(3)
    if (kind === 0) return found
    const signalId = `${payload.signalId}-again-${this.#signals}`
    const quantity = kind === 1 ? payload.quantity : payload.quantity + one
    return signalEvent({ ...payload, signalId, quantity }, occurredAt, 'witness')
  }

  #underWrongKey(event: TradingSignalEvent): Step {
    const key = instrumentKey('XT', 'other')
    if (this.#below(2) === 0) return { topic: tradingSignals.name, key, event }
    return { topic: tradingSignals.name, key: event.key, event: { ...event, key } }
  }

  #signal(
    portfolioId: string,
    { exchange, instrumentId, lotSize, tickSize }: InstrumentRegistered,
    at: number,
  ): TradingSignal {
    const id = `w-${this.#options.seed}-${this.#signals}`
    const isLimit = this.#below(3) === 0
    const price = ((BigInt(40 + this.#below(40)) * one) / tickSize) * tickSize
    const signal: TradingSignal = {
      signalId: id,
      idempotencyKey: id,
      strategyId: 'witness',
      portfolioId,
      exchange,
      instrumentId: this.#below(60) === 0 ? 'unknown' : instrumentId,
      side: this.#below(2) === 0 ? 'BUY' : 'SELL',
      quantity: ((BigInt(1 + this.#below(this.#below(4) === 0 ? 130 : 30)) * one) / lotSize) * lotSize,
      orderType: isLimit ? 'LIMIT' : 'MARKET',
      limitPrice: isLimit ? price + tickSize * BigInt(this.#below(40) - 20) : null,
      referencePrice: isLimit && this.#below(3) === 0 ? null : price,
      reduceOnly: this.#below(6) === 0,
      validUntil: null,
      timeInForce: this.#below(10) === 0 ? this.#one(['DAY', 'GTC', 'IOC', 'FOK']) : null,
    }
    return this.#below(8) === 0 ? { ...signal, ...this.#oddity(signal, lotSize, at) } : signal
  }

  /** A change that a check of an instrument refuses, most times. */
  #oddity({ quantity, referencePrice }: TradingSignal, lotSize: bigint, at: number): Partial<TradingSignal> {
    const price = referencePrice ?? one
    return this.#one<Partial<TradingSignal>>([
      { quantity: 0n },
      { quantity: -quantity },
      { quantity: quantity + 1n },
      { quantity: quantity + lotSize / 5n },
      { quantity: lotSize },
      { orderType: 'MARKET', limitPrice: price },
      { orderType: 'MARKET', limitPrice: null, referencePrice: null },
      { orderType: 'LIMIT', limitPrice: 0n },
      { orderType: 'LIMIT', limitPrice: -price },
      { orderType: 'LIMIT', limitPrice: price + 1n },
      { orderType: 'LIMIT', limitPrice: price + decimal('0.01') },
      { orderType: 'MARKET', limitPrice: null, referencePrice: price + decimal('0.01') },
      { orderType: 'LIMIT', limitPrice: decimal('0.05') },
      { orderType: 'LIMIT', limitPrice: decimal('5000') },
      { timeInForce: 'SOON' },
      { validUntil: at },
      { validUntil: at - 1 },
      { validUntil: at + 1 + this.#below(400) },
      { validUntil: at + 1 + this.#below(400) },
    ])
  }

  /** An instrument is registered again: enabled or not, with another lot, or late, under an older version. */
  #change(at: number): void {
    const instrument = this.#one(randomInstruments)
    const known = this.#versions.get(instrument.instrumentId)!
    const enabled = this.#below(3) > 0 ? instrument.enabled : !instrument.enabled
    const lotSize = this.#below(4) === 0 ? instrument.lotSize * 2n : instrument.lotSize
    const instrumentVersion = this.#below(5) === 0 && known > 1n ? known - 1n : known + 1n
    this.#register({ ...instrument, enabled, lotSize, instrumentVersion }, at)
    this.#steps.push('pause')
  }

  #register(instrument: InstrumentRegistered, at: number): void {
    const known = this.#versions.get(instrument.instrumentId) ?? 0n
    if (instrument.instrumentVersion > known) this.#versions.set(instrument.instrumentId, instrument.instrumentVersion)
    this.#steps.push(registrationStep(instrument, at))
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #one<T>(of: readonly T[]): T {
    return of[this.#below(of.length)]!
  }
}
