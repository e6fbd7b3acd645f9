import fc from 'fast-check'
import * as assert from 'uvu/assert'
import {
  decimalOf,
  divideHalfEven,
  format,
  multiply,
  one,
  roundDownTo,
  roundHalfEven,
  roundUpTo,
} from '../../../../processors/domain/shared/decimal.ts'
import { suite } from '../../../support/suite.ts'

suite('Decimals', test => {
  test('half-even, for all signs', () => {
    // 2.5 -> 2, 3.5 -> 4, 2.4 -> 2, 2.6 -> 3: IEEE 754 roundTiesToEven
    const cases: [bigint, bigint, bigint][] = [
      [5n, 2n, 2n],
      [7n, 2n, 4n],
      [12n, 5n, 2n],
      [13n, 5n, 3n],
      [-5n, 2n, -2n],
      [7n, -2n, -4n],
      [-13n, -5n, 3n],
      [0n, -5n, 0n],
    ]
    for (const [numerator, denominator, expected] of cases) {
      assert.is(divideHalfEven(numerator, denominator), expected, `${numerator}/${denominator}`)
    }
  })

  test('the remainder is never more than half, and a tie ends even', () => {
    const numbers = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n })
    fc.assert(
      fc.property(numbers, numbers, (numerator, denominator) => {
        fc.pre(denominator !== 0n)
        const quotient = divideHalfEven(numerator, denominator)
        const rest = 2n * (numerator - quotient * denominator)
        const [size, whole] = [rest < 0n ? -rest : rest, denominator < 0n ? -denominator : denominator]
        assert.ok(size < whole || (size === whole && quotient % 2n === 0n))
      }),
      { numRuns: 2_000 },
    )
  })

  test('a product is exact as long as the digits add up to 18', () => {
    assert.is(multiply(decimalOf('0.00000001'), decimalOf('43210.1234567891')), decimalOf('0.000432101234567891'))
    assert.is(multiply(decimalOf('-3'), decimalOf('1.5')), decimalOf('-4.5'))
    // 1e-18 x 0.5 and 3e-18 x 0.5 are ties: to 0 and to 2e-18
    assert.is(multiply(1n, one / 2n), 0n)
    assert.is(multiply(3n, one / 2n), 2n)
  })

  test('rounding to digits and to steps', () => {
    assert.is(format(roundHalfEven(decimalOf('0.12345'), 4)), '0.1234')
    assert.is(format(roundHalfEven(decimalOf('-0.12355'), 4)), '-0.1236')
    assert.is(format(roundUpTo(decimalOf('0.05'), decimalOf('1.01'))), '1.05')
    assert.is(format(roundUpTo(decimalOf('0.05'), decimalOf('1.05'))), '1.05')
    assert.is(format(roundDownTo(decimalOf('0.05'), decimalOf('1.09'))), '1.05')
  })

  test('what is no decimal is refused', () => {
    for (const text of ['', '1,5', '1e3', 'NaN', '0.0000000000000000001']) assert.throws(() => decimalOf(text), text)
  })
})
