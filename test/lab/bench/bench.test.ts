import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import type { Pair } from './count.ts'
import { countTables, profileText, spreadOf } from './count-report.ts'
import { summed } from './memory.ts'
import { selfTimes } from './profile.ts'

const run = { seconds: 2, recordsPerSecond: 500_000, cpuSeconds: 1.5, rssBytes: 200e6, outputs: 10 }
const pairOf = (ratio: number): Pair => ({ runs: { millrace: run, 'kafka-streams': run }, ratio })

suite('bench reports', test => {
  test('the spread is the median of the ratios, with the lowest and the highest', () => {
    assert.equal(spreadOf([0.9, 0.5, 0.7].map(pairOf)), { median: 0.7, lowest: 0.5, highest: 0.9 })
    // Of an even number the mean of the two in the middle: (0.5 + 0.75) / 2.
    assert.equal(spreadOf([1, 0.5, 0.25, 0.75].map(pairOf)), { median: 0.625, lowest: 0.25, highest: 1 })
  })

  test('one contender alone has no ratio', () => {
    const alone: Pair = { runs: { millrace: run }, ratio: undefined }
    assert.is(spreadOf([alone]), undefined)
    assert.match(countTables([{ variant: 'coalesced', pairs: [alone] }]), /coalesced: no ratio/)
  })

  test('memory is compared by the means of its second and its last quarter', () => {
    const samples = [9, 9, 1, 3, 9, 9, 5, 7].map(bytes => {
      return { reading: 'memory' as const, at: 0, cpuMs: 0, rssBytes: bytes * 10, heapBytes: bytes }
    })
    const { early, late } = summed(samples)
    assert.equal(
      [early, late],
      [
        { rssBytes: 20, heapBytes: 2 },
        { rssBytes: 60, heapBytes: 6 },
      ],
    )
  })

  test("a profile's times are each function's own, idle time left out", () => {
    const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 9 })
    const lines = selfTimes({
      nodes: [
        { id: 1, callFrame: frame('put', 'file:///x/store/table.js') },
        { id: 2, callFrame: frame('(idle)', '') },
        // The same function, called from elsewhere.
        { id: 3, callFrame: frame('put', 'file:///x/store/table.js') },
        { id: 4, callFrame: frame('(garbage collector)', '') },
      ],
      samples: [1, 2, 3, 4],
      timeDeltas: [1_000, 50_000, 2_000, 1_000],
    })
    assert.equal(lines, [
      { share: 0.75, milliseconds: 3, name: 'put', place: 'store/table.js:10' },
      { share: 0.25, milliseconds: 1, name: '(garbage collector)', place: '' },
    ])
    assert.match(profileText(lines), /75\.0 % +3 ms {2}put {2}store\/table\.js:10/)
  })
})
