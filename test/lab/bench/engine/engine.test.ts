import * as assert from 'uvu/assert'
import { suite, tell } from '../../../support/suite.ts'
import {
  type EngineFigure,
  engineBench,
  engineTable,
  incomparable,
  lostCases,
  median,
  readBaseline,
} from './engine-bench.ts'

const figure = (loops: number, userPerMillion = 5): EngineFigure => {
  return { name: 'count', userPerMillion, loops, written: 1, rows: 1 }
}
const before = { commit: 'abc1234', date: '2026-01-01', node: 'v20.19.0', processor: 'one', figures: [figure(20)] }

suite(
  'engine bench',
  test => {
    test('a case is lost when it costs over a quarter more beside the plain loop', () => {
      // 20 loops: 25 may be, 25.5 not.
      assert.equal(lostCases([figure(25)], before), [])
      assert.equal(lostCases([figure(25.5)], before), ['count'])
      // Twice the time on a machine of half the speed is the same.
      assert.equal(lostCases([figure(20, 10)], before), [])
      assert.match(engineTable([figure(25)], before), /count +│ +5\.00 │ +25 │ +20 │ +\+25 %/)
      assert.is(median([3, 1, 2, 9]), 2)
    })

    test('a case without figures to compare it with is refused', () => {
      assert.throws(() => lostCases([figure(1)], { ...before, figures: [] }), /no case 'count'/)
    })

    test('figures of another processor, or another Node, are not compared', () => {
      assert.is(incomparable(before, { processor: 'one', node: 'v20.20.2' }), undefined)
      assert.match(String(incomparable(before, { processor: 'two', node: 'v20.20.2' })), 'taken on one')
      assert.match(String(incomparable(before, { processor: 'one', node: 'v22.1.0' })), 'v22.1.0')
    })

    test('no case of the engine costs over a quarter more than it did', async () => {
      const known = await readBaseline()
      let figures = await engineBench()
      const reason = incomparable(known)
      if (reason !== undefined) {
        tell(`${engineTable(figures, known)}\n${reason}`)
        assert.ok(figures.every(({ written, rows }) => written > 0 && rows > 0))
        return
      }
      // A machine that was busy in just these seconds is asked once more, for those cases alone.
      const again = lostCases(figures, known)
      if (again.length > 0) {
        const better = await engineBench({ rounds: 8, cases: again })
        figures = figures.map(one => better.find(two => two.name === one.name && two.loops < one.loops) ?? one)
      }
      tell(engineTable(figures, known))
      assert.equal(lostCases(figures, known), [])
    })
  },
  { timeoutMs: 120_000 },
)
