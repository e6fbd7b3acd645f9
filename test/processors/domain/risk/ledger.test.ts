import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { flat } from '../../../../processors/domain/books/books.ts'
import {
  emptyLedger,
  exposureOf,
  fillLedger,
  type InstrumentLedger,
  release,
  reserve,
  reservedOf,
  worstQuantity,
} from '../../../../processors/domain/risk/ledger.ts'
import { formatLevels, parseLevels } from '../../../../processors/domain/risk/risk-state.ts'
import { decimalOf } from '../../../../processors/domain/shared/decimal.ts'
import { suite } from '../../../support/suite.ts'

const held = (quantity: string, cost: string): InstrumentLedger => ({
  ...emptyLedger,
  books: { ...flat, quantity: decimalOf(quantity), cost: decimalOf(cost) },
})
const pending = (side: 'BUY' | 'SELL', units: string, boundPrice: string) => ({
  side,
  units: decimalOf(units),
  boundPrice: decimalOf(boundPrice),
})

suite('Exposure ledger', test => {
  test('long side: cost and pending buys; short side: the dearest sells beyond the position', () => {
    // 10 held for 900; sells of 10 at 100 and 5 at 120: 5 units exceed, the dearest are those at 120: 600 < 900
    let ledger = held('10', '900')
    ledger = reserve(ledger, pending('SELL', '10', '100'))
    ledger = reserve(ledger, pending('SELL', '5', '120'))
    assert.is(exposureOf(ledger), decimalOf('900'))
    // 8 more at 110: 13 exceed: 5 at 120 and 8 at 110 = 1480
    ledger = reserve(ledger, pending('SELL', '8', '110'))
    assert.is(exposureOf(ledger), decimalOf('1480'))
    // buys of 6 at 101: long side 900 + 606 = 1506
    ledger = reserve(ledger, pending('BUY', '6', '101'))
    assert.is(exposureOf(ledger), decimalOf('1506'))
    assert.is(reservedOf(ledger), decimalOf('3086'))
  })

  test('mirrored when short', () => {
    // 10 short for 900; buys of 12 at 95 and 3 at 97: 5 exceed: 3 at 97 and 2 at 95 = 481; short side 900 + 4 x 90
    let ledger = held('-10', '900')
    ledger = reserve(ledger, pending('BUY', '12', '95'))
    ledger = reserve(ledger, pending('BUY', '3', '97'))
    assert.is(exposureOf(ledger), decimalOf('900'))
    ledger = reserve(ledger, pending('SELL', '4', '90'))
    assert.is(exposureOf(ledger), decimalOf('1260'))
    // 10 buys at 100 more: 15 exceed: 10 at 100, 3 at 97 and 2 at 95 = 1481
    assert.is(exposureOf(reserve(ledger, pending('BUY', '10', '100'))), decimalOf('1481'))
  })

  test('the worst position looks at pending orders of the own side only', () => {
    let ledger = held('10', '900')
    ledger = reserve(ledger, pending('SELL', '4', '100'))
    ledger = reserve(ledger, pending('BUY', '7', '100'))
    assert.is(worstQuantity(ledger, 'SELL', decimalOf('6')), 0n)
    assert.is(worstQuantity(ledger, 'BUY', decimalOf('1')), decimalOf('18'))
  })

  test('more than is reserved is not released', () => {
    const ledger = reserve(emptyLedger, pending('BUY', '4', '100'))
    assert.throws(() => release(ledger, pending('BUY', '5', '100')), 'released more')
    assert.throws(() => release(ledger, pending('BUY', '1', '99')), 'released more')
    assert.equal(release(ledger, pending('BUY', '4', '100')), emptyLedger)
  })

  test('no report ever raises the exposure: fills at or below the bound, in any order, in any parts', () => {
    const order = fc.record({
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      units: fc.integer({ min: 1, max: 40 }),
      bound: fc.integer({ min: 1, max: 50 }),
    })
    const report = fc.record({ order: fc.nat(), units: fc.nat({ max: 40 }), discount: fc.nat({ max: 49 }) })
    fc.assert(
      fc.property(
        fc.array(order, { minLength: 1, maxLength: 8 }),
        fc.array(report, { maxLength: 20 }),
        (orders, reports) => {
          const open = orders.map(each => ({ ...each, leaves: each.units }))
          const whole = (value: number) => decimalOf(String(value))
          let ledger = orders.reduce(
            (before, { side, units, bound }) =>
              reserve(before, { side, units: whole(units), boundPrice: whole(bound) }),
            emptyLedger,
          )
          for (const { order: index, units, discount } of reports) {
            const target = open[index % open.length]!
            const filled = Math.min(units, target.leaves)
            if (filled === 0) continue
            const before = exposureOf(ledger)
            const price = Math.max(1, target.bound - discount)
            target.leaves -= filled
            const released = { side: target.side, units: whole(filled), boundPrice: whole(target.bound) }
            const fill = { side: target.side, quantity: whole(filled), price: whole(price), fee: 0n }
            ledger = fillLedger(release(ledger, released), fill)
            assert.ok(exposureOf(ledger) <= before)
          }
        },
      ),
      { numRuns: 3_000 },
    )
  })

  test('levels are kept as text and read again', () => {
    const levels = [pending('BUY', '30', '101.5'), pending('BUY', '0.25', '100')].map(({ boundPrice, units }) => ({
      boundPrice,
      leaves: units,
    }))
    assert.is(formatLevels(levels), '30@101.5 0.25@100')
    assert.equal(parseLevels(formatLevels(levels)), levels)
    assert.equal(parseLevels(''), [])
  })
})
