import * as assert from 'uvu/assert'
import { Punctuations } from '../../../topology/runtime/punctuation.ts'
import { suite } from '../../support/suite.ts'

const every = (on: 'stream-time' | 'wall-clock', ms: number) => ({ name: 'p', every: ms, on, run() {} })

suite('punctuations', test => {
  test('a stream-time punctuator is due with the first record, then at multiples of its interval', () => {
    const punctuations = new Punctuations()
    punctuations.add('n', every('stream-time', 10), -1, 1_000)
    assert.not.ok(punctuations.streamDue(-1))
    assert.is(punctuations.takeStreamDue(3).length, 1)
    assert.not.ok(punctuations.streamDue(9))
    assert.ok(punctuations.streamDue(10))
  })

  test('a gap is one call, and the next is due at the following multiple', () => {
    const punctuations = new Punctuations()
    punctuations.add('n', every('stream-time', 10), -1, 0)
    punctuations.takeStreamDue(0)
    assert.is(punctuations.takeStreamDue(57).length, 1)
    assert.not.ok(punctuations.streamDue(59))
    assert.ok(punctuations.streamDue(60))
  })

  test('stream time already seen before a restart is not due again', () => {
    const punctuations = new Punctuations()
    punctuations.add('n', every('stream-time', 10), 57, 0)
    punctuations.resumeAt(57)
    assert.not.ok(punctuations.streamDue(57))
    assert.ok(punctuations.streamDue(60))
  })

  test('a wall-clock punctuator is due an interval after it was scheduled', () => {
    const punctuations = new Punctuations()
    punctuations.add('n', every('wall-clock', 10), -1, 1_000)
    assert.is(punctuations.nextWallAt(), 1_010)
    assert.is(punctuations.takeWallDue(1_009).length, 0)
    assert.is(punctuations.takeWallDue(1_034).length, 1)
    assert.is(punctuations.nextWallAt(), 1_040)
  })
})
