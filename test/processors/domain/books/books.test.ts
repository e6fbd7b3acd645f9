import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { applyFill, averagePrice, balances, type Fill, flat } from '../../../../processors/domain/books/books.ts'
import { absolute, decimalOf } from '../../../../processors/domain/shared/decimal.ts'
import { suite } from '../../../support/suite.ts'

const fill = (side: 'BUY' | 'SELL', quantity: string, price: string, fee = '0'): Fill => ({
  side,
  quantity: decimalOf(quantity),
  price: decimalOf(price),
  fee: decimalOf(fee),
})

const anyFill: fc.Arbitrary<Fill> = fc.record({
  side: fc.constantFrom('BUY' as const, 'SELL' as const),
  quantity: fc.bigInt({ min: 1n, max: 10n ** 24n }),
  price: fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }),
  fee: fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
})

suite('Books', test => {
  test('a flip closes at the average and opens at the price', () => {
    // 10 at 100, then 15 sold at 110 with a fee of 1: realised (110 - 100) x 10 - 1, short 5 at 110
    const books = [fill('BUY', '10', '100'), fill('SELL', '15', '110', '1')].reduce(applyFill, flat)
    assert.equal(books, {
      quantity: decimalOf('-5'),
      cost: decimalOf('550'),
      realisedPnl: decimalOf('99'),
      fees: decimalOf('1'),
      cash: decimalOf('649'),
    })
    assert.is(averagePrice(books), decimalOf('110'))
  })

  test('the average is null when flat and half-even at 12 places', () => {
    assert.is(averagePrice(flat), null)
    assert.is(averagePrice({ quantity: decimalOf('3'), cost: decimalOf('10') }), decimalOf('3.333333333333'))
    assert.is(
      averagePrice({ quantity: decimalOf('2'), cost: decimalOf('0.000000000003') }),
      decimalOf('0.000000000002'),
    )
    assert.is(averagePrice({ quantity: decimalOf('-2'), cost: decimalOf('-0.000000000001') }), 0n)
  })

  test('realisedPnl == cash + sign(q) x cost after every step, whatever the digits; flat has no cost', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 30 }), fills => {
        let books = flat
        for (const next of fills) {
          books = applyFill(books, next)
          assert.ok(balances(books))
          if (books.quantity === 0n) assert.is(books.cost, 0n)
        }
        assert.is(
          books.fees,
          fills.reduce((sum, { fee }) => sum + fee, 0n),
        )
      }),
      { numRuns: 2_000 },
    )
  })

  test('cost is not negative for positive prices, and a reduction never raises it', () => {
    const positive = anyFill.map(next => ({ ...next, price: absolute(next.price) + 1n }))
    fc.assert(
      fc.property(fc.array(positive, { maxLength: 30 }), fills => {
        let books = flat
        for (const next of fills) {
          const after = applyFill(books, next)
          assert.ok(after.cost >= 0n)
          const reduces = absolute(after.quantity) < absolute(books.quantity) && after.quantity * books.quantity >= 0n
          if (reduces) assert.ok(after.cost <= books.cost)
          books = after
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
