import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { type StandstillKind, StandstillRecord } from './standstill-record.ts'

suite('record of standstills', test => {
  /** Observations of one partition, each `[at, committed, end, kind]`; the longest of each kind. */
  function longest(...seen: readonly (readonly [number, number, number, StandstillKind?])[]) {
    const record = new StandstillRecord()
    for (const [at, committed, end, kind = 'leader lives'] of seen)
      record.note({ where: 'group topic/0', at, committed, end, kind })
    return record.longest().map(({ kind, ms }) => [kind, ms])
  }

  test('a partition with records before it that are not committed stands still', () => {
    assert.equal(longest([0, 5, 9], [500, 5, 9], [7_000, 5, 12], [7_500, 12, 12]), [['leader lives', 7_500]])
  })

  test('commits, and nothing to read, end it', () => {
    assert.equal(longest([0, 5, 9], [500, 6, 9], [1_000, 9, 9], [60_000, 9, 9]), [['leader lives', 59_000]])
    assert.equal(longest([0, 9, 9], [500, 9, 9], [1_000, 9, 9], [1_500, 9, 10]), [['leader lives', 500]])
  })

  test('it counts under the fault that began as it did, though it was seen a little before, and under a state nobody could see', () => {
    const record = new StandstillRecord()
    const note = (at: number, committed: number) =>
      record.note({ where: 'group topic/0', at, committed, end: 99, kind: 'leader lives' })
    note(0, 1)
    record.begins('node-kill', 500)
    note(8_000, 2)
    record.begins('all-three', 9_000)
    record.strikeAll('too few brokers')
    note(60_000, 3)
    note(61_000, 4)
    assert.equal(
      record.longest().map(({ fault, kind, ms }) => [fault, kind, ms]),
      [
        ['all-three', 'leader lives', 1_000],
        ['all-three', 'too few brokers', 52_000],
        ['node-kill', 'leader lives', 8_000],
      ],
    )
  })

  test('it counts under the worst state of its leader meanwhile', () => {
    const broken = longest([0, 5, 9], [500, 5, 9, 'leader broken'], [9_000, 5, 9], [9_500, 9, 9], [10_000, 9, 9])
    assert.equal(broken, [
      ['leader lives', 500],
      ['leader broken', 9_500],
    ])
  })
})
