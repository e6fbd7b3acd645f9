import * as assert from 'uvu/assert'
import { Refusals } from '../../../topology/runtime/refusals.ts'
import { suite } from '../../support/suite.ts'

const at = (offset: number) => [{ topic: 'input', partition: 0, offset, metadata: '' }]

suite('refusals of a task', test => {
  test('a commit is narrowed to one record, also when punctuators made it larger than its limit', () => {
    const refusals = new Refusals()
    assert.ok(refusals.narrow(8, at(8)))
    assert.is(refusals.limit, 4)
    // Four records and six punctuators.
    assert.ok(refusals.narrow(10, at(4)))
    assert.is(refusals.limit, 2)
    assert.ok(refusals.narrow(5, at(2)))
    assert.is(refusals.limit, 1)
    assert.not(refusals.narrow(3, at(1)), 'one record and two punctuators cannot be parted')
    refusals.committed(at(8))
    assert.is(refusals.limit, undefined)
  })

  test('a commit that is being narrowed deletes no expired rows, nor do some after one that was refused for that', () => {
    const refusals = new Refusals()
    assert.ok(refusals.mayExpire)
    refusals.narrow(8, at(8))
    assert.not(refusals.mayExpire)
    refusals.committed(at(8))
    assert.ok(refusals.mayExpire)
    for (const without of [2, 4, 8]) {
      refusals.refuseExpiry()
      for (let commits = 0; commits < without; commits++) {
        assert.not(refusals.mayExpire)
        refusals.committed(at(9))
      }
      assert.ok(refusals.mayExpire)
    }
    refusals.committed(at(10), true)
    refusals.refuseExpiry()
    refusals.committed(at(11))
    refusals.committed(at(12))
    assert.ok(refusals.mayExpire, 'one that was taken ends the row')
  })
})
