import * as assert from 'uvu/assert'
import { executeTrade } from '../../../../processors/domain/execution/execute-trade.ts'
import { parseExecutionConfig } from '../../../../processors/domain/execution/execution-config.ts'
import type { ExecutionStores } from '../../../../processors/domain/execution/execution-stores.ts'
import { passQuietTime, passTime } from '../../../../processors/domain/execution/pass-time.ts'
import { decimalOf } from '../../../../processors/domain/shared/decimal.ts'
import type { TradeApproved } from '../../../../schemas/trading/generated/trade-approved.ts'
import { suite } from '../../../support/suite.ts'
import { newPipeline } from '../../support/arbitraries.ts'
import type { Pipeline } from '../../support/pipeline.ts'
import { marketSignal } from '../../support/signal.ts'

const config = parseExecutionConfig('defaults: { profile: FULL, slippageTicks: 0, minDelayMs: 10, maxDelayMs: 10 }')

/** Places an order of `portfolioId` in a market at 100: a limit of 10 rests, one of 100 fills in 20 ms. */
async function place(pipeline: Pipeline, key: string, changes: Partial<TradeApproved>, at = 1_000): Promise<void> {
  const signal = marketSignal(key, { orderType: 'LIMIT', limitPrice: decimalOf('10') }, at)
  const price = decimalOf('100')
  const payload = {
    ...signal.payload,
    tradeId: key,
    boundPrice: price,
    tickSize: decimalOf('0.01'),
    lotSize: decimalOf('1'),
    takerFeeRate: 0n,
    feePrecision: 2,
    marketBid: price,
    marketAsk: price,
    marketLast: price,
    marketAt: 900,
    ...changes,
  } as unknown as TradeApproved
  await executeTrade(pipeline.simStores, { ...signal, payload }, config)
}

/** The stores, with a count of the rows that they hand out. */
function counted(stores: ExecutionStores): { readonly stores: ExecutionStores; readonly rows: () => number } {
  let rows = 0
  const counting = <T extends object>(store: T): T =>
    new Proxy(store, {
      get:
        (target, name) =>
        (...of: unknown[]) => {
          const found = (target as Record<string | symbol, (...of: unknown[]) => unknown>)[name]!(...of)
          rows += Array.isArray(found) ? found.length : 1
          return found
        },
    })
  const all = Object.fromEntries(Object.entries(stores).map(([name, store]) => [name, counting(store)]))
  return { stores: all as unknown as ExecutionStores, rows: () => rows }
}

const ids = (reports: Awaited<ReturnType<typeof passTime>>) => reports.map(({ event }) => event.payload.tradeId)

suite('Passing time', test => {
  test('costs the orders that are due, not those that rest', async () => {
    const pipeline = newPipeline()
    for (let order = 0; order < 500; order++) await place(pipeline, `rests-${order}`, { validUntil: 50_000 + order })
    await place(pipeline, 'fills', { limitPrice: decimalOf('100') })
    const { stores, rows } = counted(pipeline.simStores)
    assert.equal(ids(await passTime(stores, { until: 1_019 })), [])
    assert.is(rows(), 0)
    assert.equal(ids(await passTime(stores, { until: 1_020 })), ['fills'])
    assert.ok(rows() < 10, `${rows()} rows`)
    assert.equal(ids(await passTime(stores, { until: 50_001 })), ['rests-0', 'rests-1'])
    assert.ok(rows() < 25, `${rows()} rows`)
    assert.is(pipeline.sim.due.all().length, 498)
  })

  test('orders of a version without due times get theirs at the first look at the clock', async () => {
    const pipeline = newPipeline()
    await place(pipeline, 'fills', { limitPrice: decimalOf('100') })
    await place(pipeline, 'rests', { validUntil: 3_000 })
    for (const row of pipeline.sim.due.entries()) pipeline.sim.due.delete(row.key)
    assert.equal(ids(await passTime(pipeline.simStores, { until: 5_000 })), [], 'nothing is known to be due')
    const look = { partition: 3, now: 5_000, streamTime: 1_000, caughtUp: true }
    assert.equal(ids(await passQuietTime(pipeline.simStores, look)), ['fills', 'rests'])
    assert.is(pipeline.sim.due.all().length, 0)
  })

  test('what is under way in the past happens at the second look at a quiet input, with or without a restart between', async () => {
    const looks = async (restart: boolean) => {
      const pipeline = newPipeline()
      await place(pipeline, 'fills', { limitPrice: decimalOf('100') })
      const look = { partition: 3, now: 10 * 86_400_000, streamTime: 1_000, caughtUp: true }
      const first = ids(await passQuietTime(pipeline.simStores, look))
      if (restart) pipeline.rebuild()
      return [first, ids(await passQuietTime(pipeline.simStores, look)), pipeline.dump()]
    }
    const through = await looks(false)
    assert.equal(through.slice(0, 2), [[], ['fills']])
    assert.equal(await looks(true), through)
  })

  test('an input that still holds records is not quiet', async () => {
    const pipeline = newPipeline()
    await place(pipeline, 'fills', { limitPrice: decimalOf('100') })
    const look = { partition: 3, now: 10 * 86_400_000, streamTime: 1_000, caughtUp: false }
    for (let count = 0; count < 3; count++) assert.equal(ids(await passQuietTime(pipeline.simStores, look)), [])
    assert.equal(ids(await passQuietTime(pipeline.simStores, { ...look, caughtUp: true })), ['fills'])
  })
})
