import * as assert from 'uvu/assert'
import { expiryOf } from '../../../../processors/domain/shared/time-in-force.ts'
import { suite } from '../../../support/suite.ts'

const at = (text: string) => Date.parse(`2010-03-01T${text}Z`)

suite('time in force', test => {
  test('a DAY order expires at the next close of its session, or when it is valid no longer', () => {
    const day = { timeInForce: 'DAY', validUntil: null }
    assert.is(expiryOf(day, at('14:00:00'), '21:00'), at('21:00:00'))
    assert.is(expiryOf(day, at('21:00:00'), '21:00'), at('21:00:00') + 86_400_000, 'after the close: the next one')
    assert.is(expiryOf(day, at('22:00:00'), null), at('00:00:00') + 86_400_000, 'no session: midnight')
    assert.is(expiryOf({ ...day, validUntil: at('15:00:00') }, at('14:00:00'), '21:00'), at('15:00:00'))
    assert.is(expiryOf({ ...day, validUntil: at('23:00:00') }, at('14:00:00'), '21:00'), at('21:00:00'))
  })

  test('any other order expires when it is valid no longer, if ever', () => {
    for (const timeInForce of [null, 'GTC', 'IOC', 'FOK']) {
      assert.is(expiryOf({ timeInForce, validUntil: null }, 5, '21:00'), null)
      assert.is(expiryOf({ timeInForce, validUntil: 9 }, 5, '21:00'), 9)
    }
  })
})
