import * as assert from 'uvu/assert'
import { closest, didYouMean, editDistance } from '../../../topology/definition/suggestion.ts'
import { suite } from '../../support/suite.ts'

suite('suggestion', test => {
  // Textbook pairs: kitten -> sitting is 3 (Wagner-Fischer), flaw -> lawn is 2.
  test('edit distance', () => {
    assert.is(editDistance('kitten', 'sitting'), 3)
    assert.is(editDistance('flaw', 'lawn'), 2)
    assert.is(editDistance('int46', 'int64'), 1)
    // The definition of the optimal string alignment: no part is changed twice, so this is not 2.
    assert.is(editDistance('ca', 'abc'), 3)
    assert.is(editDistance('', 'abc'), 3)
    assert.is(editDistance('same', 'same'), 0)
  })

  test('the nearest candidate, if one is near', () => {
    assert.is(closest('signals.cheked', ['orders.fills', 'signals.checked', 'signals']), 'signals.checked')
    assert.is(closest('signals.cheked', ['orders.fills']), undefined)
    assert.is(closest('Streams', ['stores', 'streams']), 'streams')
    assert.is(closest('ab', ['cd']), undefined)
  })

  test('reads as the end of a message', () => {
    assert.is(didYouMean('lnes', ['lines']), "; did you mean 'lines'?")
    assert.is(didYouMean('lnes', ['counts']), '')
  })
})
