import * as assert from 'uvu/assert'
import { type Backoff, backoffMs, backoffs } from '../../../topology/definition/backoff.ts'
import { suite } from '../../support/suite.ts'

const from = (backoff: Backoff, random: number) =>
  [1, 2, 3, 4, 60].map(failures => backoffMs(backoff, failures, { random: () => random }))

suite('back-off', test => {
  test('waits double from the first to the longest; chance takes at most half of one away', () => {
    assert.equal(from({ firstMs: 50, longestMs: 300 }, 0.999_999), [50, 100, 200, 300, 300])
    assert.equal(from({ firstMs: 50, longestMs: 300 }, 0), [25, 50, 100, 150, 150])
  })

  test('a policy without a wait has none; every named one waits at least 1 ms', () => {
    assert.equal(from({ firstMs: 0, longestMs: 0 }, 0.5), [0, 0, 0, 0, 0])
    for (const backoff of Object.values(backoffs)) assert.ok(from(backoff, 0).every(ms => ms >= 1))
  })
})
