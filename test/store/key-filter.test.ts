import * as assert from 'uvu/assert'
import { KeyFilter } from '../../store/key-filter.ts'
import { suite } from '../support/suite.ts'

suite('key filter', test => {
  test('it never denies a key that is in it, through several layers, and takes one in some fifty that is not', () => {
    const filter = new KeyFilter(10_000_000)
    for (let n = 0; n < 60_000; n++) filter.add(`key-${n}`)
    for (let n = 0; n < 60_000; n++) assert.ok(filter.mayHold(`key-${n}`), `key-${n}`)
    let taken = 0
    for (let n = 60_000; n < 160_000; n++) if (filter.mayHold(`key-${n}`)) taken++
    assert.ok(taken < 2_000, `${taken} of 100,000 that are not in it`)
    assert.not(filter.full)
  })

  test('keys may be numbers', () => {
    const filter = new KeyFilter(10_000_000)
    for (let n = 0n; n < 1_000n; n++) filter.add(n)
    for (let n = 0n; n < 1_000n; n++) assert.ok(filter.mayHold(n))
    assert.not(filter.mayHold(5_000n))
  })

  test('one that would outgrow its bytes says so', () => {
    const filter = new KeyFilter(20_000)
    for (let n = 0; n < 6_000; n++) filter.add(n)
    assert.not(filter.full)
    for (let n = 6_000; n < 8_000; n++) filter.add(n)
    assert.ok(filter.full)
  })
})
