import fc from 'fast-check'
import { parseExecutionConfig } from '../../../processors/domain/execution/execution-config.ts'
import { parseLimits } from '../../../processors/domain/risk/limits.ts'
import { decimalOf } from '../../../processors/domain/shared/decimal.ts'
import { signalEvent } from '../../../processors/domain/shared/signal-event.ts'
import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'
import type { TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import { Pipeline } from './pipeline.ts'

const limits = parseLimits(`
version: 7
slippageTicks: 3
maxNotionalPerOrder: '6000'
defaults: { currency: USD, exposureCap: '10000' }
portfolios:
  p1: { maxOrderRate: 3/1s }
  p2: { exposureCap: '4000.5', maxPositionQty: '60' }
  p3: { tradingState: REDUCING }
`)

const execution = parseExecutionConfig(`
defaults: { profile: FULL, slippageTicks: 4, minDelayMs: 0, maxDelayMs: 300 }
instruments:
  X:split: { profile: SPLIT(4) }
  X:part: { profile: PARTIAL_EXPIRE }
  X:reject: { profile: REJECT }
`)

/** An instrument of exchange X; tick 0.05, lot 0.5. */
export function instrument(instrumentId: string, changes: Partial<InstrumentRegistered> = {}): InstrumentRegistered {
  return {
    exchange: 'X',
    instrumentId,
    baseCurrency: instrumentId,
    quoteCurrency: 'USD',
    pricePrecision: 2,
    sizePrecision: 1,
    tickSize: decimalOf('0.05'),
    lotSize: decimalOf('0.5'),
    minQty: null,
    maxTradeQty: null,
    maxPositionQty: null,
    minNotional: null,
    maxNotional: null,
    takerFeeRate: decimalOf('0.00075'),
    feePrecision: 4,
    shortable: true,
    enabled: true,
    sessionClose: null,
    instrumentVersion: 1n,
    ...changes,
  }
}

const instruments = [
  instrument('full'),
  instrument('split'),
  instrument('part'),
  instrument('reject'),
  instrument('long-only', { shortable: false }),
  instrument('off', { enabled: false }),
]

/** The pipeline that the properties are about. */
export function newPipeline(): Pipeline {
  return new Pipeline({ limits, execution, instruments })
}

/** Caps by portfolio, as in the limits above. */
export const caps: Readonly<Record<string, bigint>> = {
  p1: decimalOf('10000'),
  p2: decimalOf('4000.5'),
  p3: decimalOf('10000'),
}

const prices = fc.integer({ min: 180, max: 220 }).map(ticks => decimalOf('0.05') * BigInt(ticks * 10))

/** A signal: mostly sound, sometimes not; few idempotency keys, so that some come twice and some contradict. */
const signal: fc.Arbitrary<TradingSignalEvent> = fc
  .record({
    portfolioId: fc.constantFrom('p1', 'p1', 'p1', 'p2', 'p2', 'p2', 'p3', 'nobody'),
    instrumentId: fc.constantFrom('full', 'full', 'split', 'split', 'part', 'reject', 'long-only', 'off', 'unknown'),
    idempotencyKey: fc.integer({ min: 0, max: 60 }).map(key => `k${key}`),
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    quantity: fc.integer({ min: 0, max: 120 }).map(halves => decimalOf('0.5') * BigInt(halves)),
    limitPrice: fc.option(prices, { freq: 2 }),
    referencePrice: fc.option(prices, { freq: 9 }),
    reduceOnly: fc.integer({ min: 0, max: 9 }).map(chance => chance === 0),
    time: fc.integer({ min: 0, max: 2_000 }),
    validFor: fc.option(fc.integer({ min: 0, max: 900 }), { freq: 1 }),
  })
  .map(({ time, validFor, ...fields }) =>
    signalEvent(
      {
        ...fields,
        signalId: `s-${fields.idempotencyKey}-${time}`,
        strategyId: 'random',
        exchange: 'X',
        orderType: fields.limitPrice === null ? 'MARKET' : 'LIMIT',
        validUntil: validFor === null ? null : time + validFor,
        timeInForce: null,
      },
      time,
      'test',
    ),
  )

/** Signals in the order they are posted. */
export const signals = fc.array(signal, { minLength: 1, maxLength: 14 })

/** Which delivery is next, and which come twice: numbers that are used in a round. */
export const schedule = fc.array(fc.nat({ max: 9_999 }), { minLength: 1, maxLength: 40 })

/** Walks through a schedule. */
export class Chooser {
  readonly #numbers: readonly number[]
  #at = 0
  #twice = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  readonly choose = (among: number): number => this.#next() % among

  /** One delivery in eight comes twice, at most 50 of them. */
  readonly again = (): boolean => this.#next() % 8 === 0 && this.#twice++ < 50

  #next(): number {
    const number = this.#numbers[this.#at % this.#numbers.length]! + this.#at * 7_919
    this.#at++
    return number
  }
}

/** A pipeline that has taken the signals along a schedule. */
export async function played(posted: readonly TradingSignalEvent[], numbers: readonly number[]): Promise<Pipeline> {
  const pipeline = newPipeline()
  for (const event of posted) pipeline.post(event)
  const { choose, again } = new Chooser(numbers)
  await pipeline.run(choose, again)
  return pipeline
}
