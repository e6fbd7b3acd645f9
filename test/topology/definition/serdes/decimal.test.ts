import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { formatDecimal, parseDecimal } from '../../../../topology/definition/serdes/decimal.ts'
import { fromTwosComplement, twosComplement } from '../../../../topology/definition/serdes/twos-complement.ts'
import { suite } from '../../../support/suite.ts'

suite('decimals', test => {
  test('are written plainly, without trailing zeros', () => {
    assert.is(formatDecimal(1_500_000_000_000_000_000n), '1.5')
    assert.is(formatDecimal(-25n, 2), '-0.25')
    assert.is(formatDecimal(100n, 2), '1')
    assert.is(formatDecimal(0n), '0')
    assert.is(formatDecimal(1n), '0.000000000000000001')
    assert.is(formatDecimal(-7n, 0), '-7')
  })

  test('are read exactly or not at all', () => {
    assert.is(parseDecimal('1.50', 2), 150n)
    assert.is(parseDecimal('-0.25', 2), -25n)
    assert.is(parseDecimal('+3', 1), 30n)
    assert.is(parseDecimal('1.500', 2), 150n)
    for (const text of ['1.005', '', '.', '1.', '.5', '1e3', 'NaN', ' 1', '1,5', '--1']) {
      assert.is(parseDecimal(text, 2), undefined, text)
    }
  })

  test('survive text and bytes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat({ max: 30 }), (value, scale) => {
        assert.is(parseDecimal(formatDecimal(value, scale), scale), value)
        assert.is(fromTwosComplement(twosComplement(value)), value)
      }),
    )
  })

  test('take the fewest bytes that hold their sign', () => {
    // java.math.BigInteger.toByteArray: ceil((bitLength + 1) / 8) bytes.
    const edges = [7n, 8n, 15n, 16n, 23n, 24n, 31n, 32n, 39n, 40n, 47n, 48n, 55n, 63n, 64n, 127n].map(
      bits => 2n ** bits,
    )
    for (const edge of edges) {
      for (const value of [edge - 1n, edge, -edge, -edge - 1n]) {
        const bits = (value < 0n ? ~value : value).toString(2).length
        assert.is(twosComplement(value).length, Math.ceil((bits + 1) / 8), String(value))
        assert.is(fromTwosComplement(twosComplement(value)), value)
        // With sign bytes in front, as a fixed has them.
        for (const fill of [1, 3, 9]) {
          const sign = Buffer.alloc(fill, value < 0n ? 0xff : 0)
          assert.is(fromTwosComplement(Buffer.concat([sign, twosComplement(value)])), value, `${value} with ${fill}`)
        }
      }
    }
  })
})
