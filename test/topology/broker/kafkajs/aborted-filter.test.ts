import * as assert from 'uvu/assert'
import { AbortedFilter } from '../../../../topology/broker/kafkajs/record-batch/aborted-filter.ts'
import { suite } from '../../../support/suite.ts'

type Step = readonly [offset: number, what: 'data' | 'plain' | 'abort' | 'commit', producerId: bigint, key?: Buffer]

/** Control record keys: version INT16, then 0 abort, 1 commit. */
const markerKey = { abort: Buffer.from([0, 0, 0, 0]), commit: Buffer.from([0, 0, 0, 1]) }

/** The offsets of the batches admitted. Each batch holds one record. */
function admitted(steps: readonly Step[], aborted: readonly (readonly [bigint, number])[]): number[] {
  const filter = new AbortedFilter(aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset })))
  return steps
    .filter(([lastOffset, what, producerId, key = Buffer.from('k')]) => {
      const control = what === 'abort' || what === 'commit'
      const firstKey = () => (control ? markerKey[what] : key)
      return filter.admits({ lastOffset, producerId, transactional: what !== 'plain', control, firstKey })
    })
    .map(([offset]) => offset)
}

suite('aborted filter', test => {
  test('records of an aborted transaction and every marker are hidden', () => {
    const steps: Step[] = [
      [0, 'data', 1n],
      [1, 'abort', 1n],
      [2, 'data', 2n],
      [3, 'commit', 2n],
      [4, 'plain', -1n],
    ]
    assert.equal(admitted(steps, [[1n, 0]]), [2, 4])
  })

  test('a list in the order of the markers, not of the beginnings, is sorted first', () => {
    // Producer 1 began first and aborted last: a broker lists it second.
    const steps: Step[] = [
      [0, 'data', 1n],
      [1, 'data', 2n],
      [2, 'data', 1n],
      [3, 'abort', 2n],
      [4, 'data', 1n],
      [5, 'abort', 1n],
      [6, 'data', 2n],
      [7, 'commit', 2n],
    ]
    assert.equal(
      admitted(steps, [
        [2n, 1],
        [1n, 0],
      ]),
      [6],
    )
  })

  test('a fetch that begins inside several aborted transactions knows all of them at its first batch', () => {
    const steps: Step[] = [
      [10, 'data', 3n],
      [11, 'data', 2n],
      [12, 'data', 1n],
      [13, 'abort', 3n],
    ]
    assert.equal(
      admitted(steps, [
        [1n, 0],
        [2n, 1],
        [3n, 2],
      ]),
      [],
    )
  })

  test('a data record with the key of an abort marker ends nothing', () => {
    const steps: Step[] = [
      [0, 'data', 1n, Buffer.alloc(4)],
      [1, 'data', 1n],
      [2, 'abort', 1n],
    ]
    assert.equal(admitted(steps, [[1n, 0]]), [])
    // Nor is it hidden when its transaction commits.
    assert.equal(
      admitted(
        [
          [0, 'data', 1n, Buffer.alloc(4)],
          [1, 'commit', 1n],
        ],
        [],
      ),
      [0],
    )
  })

  test('a producer that aborts twice with a commit between shows the commit', () => {
    const steps: Step[] = [
      [0, 'data', 1n],
      [1, 'abort', 1n],
      [2, 'data', 1n],
      [3, 'commit', 1n],
      [4, 'data', 1n],
      [5, 'abort', 1n],
      [6, 'data', 1n],
    ]
    assert.equal(
      admitted(steps, [
        [1n, 0],
        [1n, 4],
      ]),
      [2, 6],
    )
  })

  test('without the marker in the range everything of the transaction stays hidden', () => {
    const steps: Step[] = [
      [0, 'data', 1n],
      [1, 'plain', -1n],
      [2, 'data', 1n],
    ]
    assert.equal(admitted(steps, [[1n, 0]]), [1])
  })
})
