import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { assignTasks, readAssignment, writeMemberState } from '../../../topology/runtime/assignment.ts'
import { suite } from '../../support/suite.ts'

const member = (memberId: string, tasks: readonly number[] = [], generation = 1) => ({
  memberId,
  userData: writeMemberState({ tasks, generation, owner: '', topology: '' }),
})
const given = (members: Parameters<typeof assignTasks>[0], partitions: number) =>
  Object.fromEntries([...assignTasks(members, partitions)].map(([id, text]) => [id, readAssignment(text)]))

suite('assignment', test => {
  test('spreads tasks to within one', () => {
    assert.equal(given([member('a'), member('b')], 5), { a: [0, 2, 4], b: [1, 3] })
  })

  test('leaves a member what it had as far as balance allows', () => {
    assert.equal(given([member('a', [0, 1, 2, 3]), member('b')], 4), { a: [0, 1], b: [2, 3] })
    assert.equal(given([member('a', [2, 3]), member('b', [0, 1])], 4), { a: [2, 3], b: [0, 1] })
  })

  test('believes the later generation where two claim one task', () => {
    assert.equal(given([member('a', [0], 3), member('b', [0], 4)], 2), { a: [1], b: [0] })
  })

  test('takes a member that says nothing it understands as one without tasks', () => {
    assert.equal(given([{ memberId: 'a', userData: '' }, member('b', [1])], 2), { a: [0], b: [1] })
  })

  test('gives every task to exactly one member, balanced, whatever they claim', () => {
    const claims = fc.array(fc.record({ tasks: fc.array(fc.nat(12)), generation: fc.nat(5) }), {
      minLength: 1,
      maxLength: 7,
    })
    fc.assert(
      fc.property(claims, fc.integer({ min: 1, max: 12 }), (states, partitions) => {
        const members = states.map((state, index) => member(`m${index}`, state.tasks, state.generation))
        const shares = Object.values(given(members, partitions))
        assert.equal(
          shares.flat().sort((a, b) => a - b),
          Array.from({ length: partitions }, (_, index) => index),
        )
        const sizes = shares.map(share => share.length)
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1)
      }),
    )
  })
})
