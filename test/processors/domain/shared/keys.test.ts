import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { decisionIdOf, fillIdOf, orderIdOf } from '../../../../processors/domain/shared/ids.ts'
import { identityOf, instrumentKey, instrumentOfKey, portfolioKey } from '../../../../processors/domain/shared/keys.ts'
import { suite } from '../../../support/suite.ts'

/** Text with many separators in it. */
const part = fc.string({ unit: fc.constantFrom('a', 'B', ':', '|', '%', '3', '/', 'é', ' ', '.'), maxLength: 6 })

suite('Keys', test => {
  test('their forms', () => {
    assert.is(instrumentKey('XNAS', 'MSFT'), 'XNAS:MSFT')
    assert.is(instrumentKey('X:Y', 'a|b'), 'X%3AY:a%7Cb')
    assert.is(portfolioKey('alpha/1'), 'alpha%2F1')
  })

  test('two lists of parts never give one key, and a key gives its parts back', () => {
    fc.assert(
      fc.property(part, part, part, part, (a, b, c, d) => {
        const same = a === c && b === d
        assert.is(instrumentKey(a, b) === instrumentKey(c, d), same)
        assert.is(identityOf(a, b) === identityOf(c, d), same)
        assert.equal(instrumentOfKey(instrumentKey(a, b)), { exchange: a, instrumentId: b })
      }),
      { numRuns: 3_000 },
    )
  })

  test('ids are the same everywhere and differ for different identities', () => {
    // RFC 9562 uuid v5; the expected value was made with Python's uuid.uuid5 from the same namespace and name.
    assert.is(decisionIdOf('p|1', 'k'), '27bfb901-63eb-512d-8fe0-fcdad22f4f34')
    const ids = [
      decisionIdOf('p', '1|k'),
      decisionIdOf('p|1', 'k'),
      orderIdOf('p'),
      fillIdOf('o', 1),
      fillIdOf('o', 11),
    ]
    assert.is(new Set(ids).size, ids.length)
    assert.match(ids[0]!, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
