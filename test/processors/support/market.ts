import { commandEvent } from '../../../processors/domain/execution/command-event.ts'
import { parseExecutionConfig } from '../../../processors/domain/execution/execution-config.ts'
import { priceEvent } from '../../../processors/domain/market/price-event.ts'
import { parseLimits } from '../../../processors/domain/risk/limits.ts'
import { decimalOf } from '../../../processors/domain/shared/decimal.ts'
import { decisionIdOf } from '../../../processors/domain/shared/ids.ts'
import { registrationEvent } from '../../../processors/domain/shared/registration.ts'
import * as topics from '../../../processors/topics.ts'
import { trading } from '../../../processors/trading.ts'
import type { OrderCommand, OrderCommandEvent } from '../../../schemas/trading/generated/order-command.ts'
import type { TradingSignal } from '../../../schemas/trading/generated/trading-signal.ts'
import { type TestDriver, testDriver } from '../../../topology/testing/driver.ts'
import { instrument } from './arbitraries.ts'
import { marketSignal } from './signal.ts'

/** The pipeline with a market: portfolios p and q; instruments a, b, split and no, by their way of filling. */
export const topology = trading({
  limits: parseLimits(`
version: 1
slippageTicks: 1
priceBands: { 'X:b': '0.1' }
defaults: { currency: USD, exposureCap: '100000' }
portfolios: { p: {}, q: {} }
`),
  execution: parseExecutionConfig(`
defaults: { profile: FULL, slippageTicks: 0, minDelayMs: 10, maxDelayMs: 10 }
instruments: { 'X:split': { profile: SPLIT(3) }, 'X:no': { profile: REJECT } }
`),
})

/** The instruments. */
export const registrations = ['a', 'b', 'split', 'no'].map(id => registrationEvent(instrument(id), 0, 'test'))

/** A driver that has the instruments. */
export async function openDriver(): Promise<TestDriver> {
  const driver = await testDriver(topology)
  for (const event of registrations) await driver.pipe(topics.instrumentRegistered, event.key, event, { at: 0 })
  return driver
}

interface PriceOptions {
  readonly id?: string
  readonly bid?: string
  readonly ask?: string
  /** Units at bid and ask; unset: any number. */
  readonly size?: string
}

/** A price of both sides and the last trade. */
export function price(value: string, at: number, { id = 'a', bid = value, ask = value, size }: PriceOptions = {}) {
  const [last, buys, sells] = [value, bid, ask].map(decimalOf) as [bigint, bigint, bigint]
  const units = size === undefined ? null : decimalOf(size)
  const sizes = { bidSize: units, askSize: units }
  const payload = { exchange: 'X', instrumentId: id, bid: buys, ask: sells, last, source: 'test', ...sizes }
  return priceEvent(payload, at, 'test')
}

/** A limit buy of 10 of instrument a at 10, unless it is changed. */
export function signal(idempotencyKey: string, changes: Partial<TradingSignal> = {}, at?: number) {
  return marketSignal(idempotencyKey, { orderType: 'LIMIT', limitPrice: decimalOf('10'), ...changes }, at)
}

/** A command to the order of a signal of portfolio p. */
export function command(
  idempotencyKey: string,
  at: number,
  { commandId = `c-${idempotencyKey}-${at}`, ...changes }: Partial<OrderCommand> = {},
) {
  const payload: OrderCommand = {
    commandId,
    portfolioId: 'p',
    tradeId: decisionIdOf(changes.portfolioId ?? 'p', idempotencyKey),
    action: 'CANCEL',
    quantity: null,
    limitPrice: null,
    actor: null,
    reason: null,
    ...changes,
  }
  return commandEvent(payload, at, 'test')
}

/** The wall clock of a driver, which begins at 0. Units: ms. */
const walls = new WeakMap<TestDriver, number>()

/** Lets the wall clock go on to a moment of event time, which is of the present for a driver, and past a look at it. Units: ms. */
export async function passTo(driver: TestDriver, until: number): Promise<void> {
  const wall = walls.get(driver) ?? 0
  const next = Math.max(until, wall + 60)
  walls.set(driver, next)
  await driver.advanceWallClock(next - wall)
}

type Piped = ReturnType<typeof signal> | ReturnType<typeof price> | OrderCommandEvent

/** Pipes prices, signals and commands, each at its own time and at once after the one before. */
export async function flow(driver: TestDriver, ...events: readonly Piped[]): Promise<void> {
  for (const event of events) {
    const at = event.occurredAt
    if (event.eventType === 'MarketPrice')
      await driver.pipe(topics.marketPrices, event.key, event as ReturnType<typeof price>, { at })
    else if (event.eventType === 'OrderCommand')
      await driver.pipe(topics.ordersCommands, event.key, event as OrderCommandEvent, { at })
    else await driver.pipe(topics.tradingSignals, event.key, event as ReturnType<typeof signal>, { at })
  }
}

/** The same, and after each of them time for all that it brings about. */
export async function pipe(driver: TestDriver, ...events: readonly Piped[]): Promise<void> {
  for (const event of events) {
    await flow(driver, event)
    await passTo(driver, event.occurredAt + 90)
  }
}

/** Reports since the last look. Shape: `['FILL 10 at 10']`. */
export function reports(driver: TestDriver): readonly string[] {
  const text = (value: bigint | null) => (value === null ? 'no price' : String(Number(value) / 1e18))
  return driver
    .read(topics.ordersFills)
    .map(({ value: { payload } }) => `${payload.execType} ${text(payload.lastQty)} at ${text(payload.lastPrice)}`)
}
