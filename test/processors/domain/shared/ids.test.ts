import fc from 'fast-check'
import { v5 } from 'uuid'
import * as assert from 'uvu/assert'
import { decisionIdOf, fillIdOf } from '../../../../processors/domain/shared/ids.ts'
import { suite } from '../../../support/suite.ts'

const namespace = 'f1a7a8b2-6c39-5d0e-9b64-3f0f3f6f2a11'

suite('ids', test => {
  test('are uuid v5 as the uuid package makes them, of whatever length and letters', () => {
    const encoded = (text: string) => (/^[\w.-]*$/.test(text) ? text : encodeURIComponent(text))
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.nat({ max: 2_000 }).map(n => '漢'.repeat(n)),
    )
    fc.assert(
      fc.property(text, text, (portfolioId, key) => {
        assert.is(decisionIdOf(portfolioId, key), v5(`decision|${encoded(portfolioId)}|${encoded(key)}`, namespace))
      }),
    )
    assert.is(fillIdOf('o', 3), v5('fill|o|3', namespace))
  })
})
