import * as assert from 'uvu/assert'
import { KnownTexts } from '../../../../processors/domain/shared/known-texts.ts'
import { suite } from '../../../support/suite.ts'

suite('known texts', test => {
  test('a text is computed once, and not at all when its value was noted', () => {
    let computed = 0
    const lengths = new KnownTexts(text => {
      computed++
      return text.length
    })
    assert.is(lengths.valueOf('abc'), 3)
    assert.is(lengths.valueOf('abc'), 3)
    lengths.note('de', 2)
    assert.is(lengths.valueOf('de'), 2)
    assert.is(computed, 1)
  })

  test('texts that were not used for long are forgotten, and computed again', () => {
    let computed = 0
    const lengths = new KnownTexts(text => {
      computed++
      return text.length
    })
    lengths.valueOf('seldom')
    for (let n = 0; n < 5_000; n++) {
      lengths.valueOf(`text-${n}`)
      assert.is(lengths.valueOf('often'), 5)
    }
    assert.is(computed, 5_002, 'the one in use is never computed again')
    assert.is(lengths.valueOf('seldom'), 6)
    assert.is(computed, 5_003)
  })

  test('a text that cannot be read is refused each time', () => {
    const numbers = new KnownTexts<bigint>(BigInt)
    assert.throws(() => numbers.valueOf('x'))
    assert.throws(() => numbers.valueOf('x'))
  })
})
