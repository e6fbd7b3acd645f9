/*
 * One-minute candlestick bars from ticks. A bar is final five seconds after its minute; later ticks go to a topic of their own,
 * so that none is lost unnoticed. Every bar is a row of the table bars_1m, open ones too.
 *
 *   npx tsx examples/candlesticks.ts
 */

import { json, string, topic, topology, tumbling, windowed } from 'millrace'
import { testDriver } from 'millrace/testing'
import { runsDirectly } from './runs-directly.ts'

export interface Tick {
  readonly price: number
  readonly quantity: number
}

export interface Bar {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  /** Event times of the first and the last tick: ticks may arrive out of order. Units: ms. */
  readonly openedAt: number
  readonly closedAt: number
}

/** By symbol. */
export const ticks = topic('ticks', { key: string, value: json<Tick>() })
export const lateTicks = topic('late-ticks', { key: string, value: json<Tick>() })
/** By symbol and minute. */
export const bars = topic('bars-1m', { key: windowed(string), value: json<Bar>() })

export const candlesticks = topology('candlesticks', t => {
  t.stream(ticks)
    .mapValues((tick, _, { timestamp }) => ({ ...tick, at: timestamp }), { value: json<Tick & { at: number }>() })
    .groupByKey()
    .windowed(tumbling('1m', { grace: '5s', late: lateTicks }))
    .aggregate('bars-1m', { init: () => empty, add: withTick, value: json<Bar>() })
    .onClose({ idle: '2m' })
    .to(bars)
})

export default candlesticks

const empty: Bar = { open: 0, high: 0, low: 0, close: 0, volume: 0, openedAt: -1, closedAt: -1 }

function withTick(bar: Bar, { price, quantity, at }: Tick & { readonly at: number }): Bar {
  if (bar.volume === 0) {
    return { open: price, high: price, low: price, close: price, volume: quantity, openedAt: at, closedAt: at }
  }
  const first = at < bar.openedAt
  const last = at >= bar.closedAt
  return {
    open: first ? price : bar.open,
    high: Math.max(bar.high, price),
    low: Math.min(bar.low, price),
    close: last ? price : bar.close,
    volume: bar.volume + quantity,
    openedAt: first ? at : bar.openedAt,
    closedAt: last ? at : bar.closedAt,
  }
}

if (runsDirectly(import.meta.url)) {
  const driver = await testDriver(candlesticks)
  await driver.pipe(ticks, 'ACME', { price: 10, quantity: 1 }, { at: 1_000 })
  await driver.pipe(ticks, 'ACME', { price: 12, quantity: 2 }, { at: 62_000 })
  await driver.pipe(ticks, 'ACME', { price: 9, quantity: 1 }, { at: 59_000 })
  await driver.pipe(ticks, 'ACME', { price: 13, quantity: 1 }, { at: 66_000 })
  await driver.pipe(ticks, 'ACME', { price: 8, quantity: 1 }, { at: 30_000 })
  console.table(driver.read(bars).map(({ key, value }) => ({ ...key, ...value })))
  console.log('late', driver.read(lateTicks))
}
