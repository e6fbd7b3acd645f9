import fc from 'fast-check'
import * as assert from 'uvu/assert'
import {
  type ExecutionSettings,
  parseExecutionConfig,
  parseProfile,
} from '../../../../processors/domain/execution/execution-config.ts'
import {
  type ApprovedTrade,
  feeOf,
  placedAtOf,
  planExecution,
} from '../../../../processors/domain/execution/execution-plan.ts'
import { decimalOf, format } from '../../../../processors/domain/shared/decimal.ts'
import { suite } from '../../../support/suite.ts'

const trade: ApprovedTrade = {
  side: 'BUY',
  quantity: decimalOf('10'),
  limitPrice: null,
  referencePrice: decimalOf('100'),
  boundPrice: decimalOf('100.03'),
  validUntil: null,
  tickSize: decimalOf('0.01'),
  lotSize: decimalOf('1'),
  takerFeeRate: decimalOf('0.001'),
  feePrecision: 2,
}
const settings: ExecutionSettings = { profile: { kind: 'FULL' }, slippageTicks: 0, minDelayMs: 5, maxDelayMs: 5 }

const settingsOf = (profile: string, slippageTicks = 5): ExecutionSettings => ({
  profile: parseProfile(profile),
  slippageTicks,
  minDelayMs: 0,
  maxDelayMs: 250,
})

/** The placement and the reports of a trade that was approved at a time. */
function planned(own: ApprovedTrade, orderId: string, approvedAt: number, by: ExecutionSettings) {
  const placedAt = placedAtOf(orderId, approvedAt, by)
  return { placedAt, reports: planExecution(own, orderId, placedAt, by) }
}

suite('Execution plan', test => {
  test('FULL: one fill at the reference price, with its fee, after two delays', () => {
    assert.equal(planned(trade, 'order', 1_000, settings), {
      placedAt: 1_005,
      reports: [
        {
          execType: 'FILL',
          fillSeq: 1,
          lastQty: decimalOf('10'),
          lastPrice: decimalOf('100'),
          cumQty: decimalOf('10'),
          leavesQty: 0n,
          fee: decimalOf('1'),
          isTerminal: true,
          executedAt: 1_010,
        },
      ],
    })
  })

  test('REJECT: one terminal report without quantity', () => {
    const { reports } = planned(trade, 'order', 0, { ...settings, profile: { kind: 'REJECT' } })
    assert.equal(
      reports.map(({ execType, lastQty, lastPrice, leavesQty, isTerminal }) => [
        execType,
        lastQty,
        lastPrice,
        leavesQty,
        isTerminal,
      ]),
      [['REJECTED', 0n, null, 0n, true]],
    )
  })

  test('PARTIAL_EXPIRE: a part fills, the rest expires', () => {
    const { reports } = planned(trade, 'order', 0, settingsOf('PARTIAL_EXPIRE'))
    assert.equal(
      reports.map(report => report.execType),
      ['PARTIAL_FILL', 'EXPIRED'],
    )
    assert.ok(reports[1]!.cumQty > 0n && reports[1]!.cumQty < trade.quantity)
  })

  test('SPLIT: so many parts, none empty; fewer when there are fewer lots', () => {
    const parts = (quantity: string) =>
      planned({ ...trade, quantity: decimalOf(quantity) }, 'order', 0, settingsOf('SPLIT(4)')).reports.length
    assert.is(parts('10'), 4)
    assert.is(parts('3'), 3)
    assert.is(parts('1'), 1)
  })

  test('an order expires at validUntil, and what would fill then or later does not', () => {
    const expired = planned({ ...trade, validUntil: 1_010 }, 'order', 1_000, settings).reports
    assert.equal(
      expired.map(({ execType, executedAt }) => [execType, executedAt]),
      [['EXPIRED', 1_010]],
    )
    const filled = planned({ ...trade, validUntil: 1_011 }, 'order', 1_000, settings).reports
    assert.equal(
      filled.map(report => report.execType),
      ['FILL'],
    )
  })

  test('fees are half-even at the fee precision, rounded once', () => {
    const rate = { takerFeeRate: decimalOf('0.0025'), feePrecision: 2 }
    // 1 x 2 x 0.0025 = 0.005 -> 0.00; 1 x 6 x 0.0025 = 0.015 -> 0.02; 3 x 1.6667 x 0.0025 = 0.01250025 -> 0.01
    assert.is(format(feeOf(decimalOf('1'), decimalOf('2'), rate)), '0')
    assert.is(format(feeOf(decimalOf('1'), decimalOf('6'), rate)), '0.02')
    assert.is(format(feeOf(decimalOf('3'), decimalOf('1.6667'), rate)), '0.01')
  })

  test('a sell limit is a floor and the bound a ceiling', () => {
    const sell = { ...trade, side: 'SELL' as const, limitPrice: decimalOf('100'), referencePrice: decimalOf('99') }
    const bounded = { ...sell, boundPrice: decimalOf('100') }
    assert.is(planned(bounded, 'order', 0, settingsOf('FULL')).reports[0]!.lastPrice, decimalOf('100'))
  })

  test('for any trade: sums, bounds, ticks, times, and the same plan twice', () => {
    const anyTrade = fc.record({
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      quantity: fc.integer({ min: 1, max: 500 }).map(lots => decimalOf('0.5') * BigInt(lots)),
      ticks: fc.integer({ min: 1, max: 4_000 }),
      limit: fc.option(fc.integer({ min: 1, max: 4_000 })),
      slack: fc.nat({ max: 6 }),
      profile: fc.constantFrom('FULL', 'SPLIT(2)', 'SPLIT(7)', 'PARTIAL_EXPIRE', 'REJECT'),
      orderId: fc.uuid(),
    })
    fc.assert(
      fc.property(anyTrade, ({ side, quantity, ticks, limit, slack, profile, orderId }) => {
        const tick = decimalOf('0.05')
        const [referencePrice, limitPrice] = [tick * BigInt(ticks), limit === null ? null : tick * BigInt(limit)]
        const slipped = referencePrice + tick * BigInt(slack)
        const bounds =
          side === 'BUY' ? [slipped, limitPrice ?? slipped] : [referencePrice, limitPrice ?? referencePrice]
        const boundPrice = bounds.reduce((a, b) => (a < b === (side === 'BUY') ? a : b))
        const own = {
          ...trade,
          side,
          quantity,
          referencePrice,
          limitPrice,
          boundPrice,
          tickSize: tick,
          lotSize: decimalOf('0.5'),
        }
        const plan = planned(own, orderId, 77, settingsOf(profile))
        assert.equal(planned(own, orderId, 77, settingsOf(profile)), plan)
        let [filled, time] = [0n, plan.placedAt]
        plan.reports.forEach((report, index) => {
          filled += report.lastQty
          assert.is(report.fillSeq, index + 1)
          assert.is(report.cumQty, filled)
          assert.is(report.isTerminal, index === plan.reports.length - 1)
          assert.ok(report.executedAt >= time)
          time = report.executedAt
          if (report.lastPrice === null) return
          assert.ok(report.lastQty > 0n && report.lastQty % own.lotSize === 0n)
          assert.ok(report.lastPrice > 0n && report.lastPrice <= boundPrice && report.lastPrice % tick === 0n)
        })
        assert.ok(filled <= quantity)
      }),
      { numRuns: 2_000 },
    )
  })

  test('the execution file: defaults, own settings, every problem at once', () => {
    const config = parseExecutionConfig(`
defaults: { profile: FULL, slippageTicks: 1, minDelayMs: 0, maxDelayMs: 10 }
instruments: { 'X:a': { profile: SPLIT(3) } }`)
    assert.equal(config.instruments.get('X:a'), { ...config.defaults, profile: { kind: 'SPLIT', parts: 3 } })
    try {
      parseExecutionConfig('defaults: { profile: HALF, slippageTicks: -1, minDelayMs: 5, maxDelayMs: 1 }', 'e.yaml')
      assert.unreachable()
    } catch (error) {
      const { message } = error as Error
      for (const part of ['e.yaml', 'defaults.profile', 'defaults.slippageTicks']) assert.match(message, part)
    }
  })
})
