import * as assert from 'uvu/assert'
import { RowBuckets } from '../../store/row-buckets.ts'
import { string, timeSerde } from '../../topology/definition/serdes/primitives.ts'
import { seededRandom } from '../../topology/testing/random.ts'
import { suite } from '../support/suite.ts'

const columns = [
  { name: 'key', sql: string.sql },
  { name: 'time', sql: timeSerde.sql },
  { name: 'number', sql: timeSerde.sql },
]
const text = (rows: Iterable<{ readonly parts: readonly unknown[] }>) => [...rows].map(({ parts }) => parts.join('/'))

suite('rows in buckets', test => {
  test('a range within one first part is given in either direction, its bounds included', () => {
    const buckets = new RowBuckets<{ readonly parts: readonly unknown[] }>(columns)
    for (const parts of [
      ['a', 5, 0],
      ['b', 2, 0],
      ['a', 5, 1],
      ['a', 3, 0],
      ['a', 9, 0],
    ])
      buckets.set({ parts })
    assert.equal(text(buckets.range({ from: ['a', 3], to: ['a', 5] })), ['a/3/0', 'a/5/0', 'a/5/1'])
    assert.equal(text(buckets.range({ from: ['a', 5], to: ['a', 5], reverse: true })), ['a/5/1', 'a/5/0'])
    assert.equal(text(buckets.range({ from: ['a'], to: ['a', 4] })), ['a/3/0'])
    assert.equal(text(buckets.range({ from: ['c'], to: ['c'] })), [])
  })

  test('whatever is set and deleted, a bucket gives what a sorted list gives', () => {
    const random = seededRandom(7)
    const buckets = new RowBuckets<{ readonly parts: readonly unknown[] }>(columns)
    let all: { readonly parts: readonly [string, number, number] }[] = []
    for (let step = 0; step < 3_000; step++) {
      const parts = [random() < 0.5 ? 'a' : 'b', Math.floor(random() * 300), Math.floor(random() * 2)] as const
      // Mostly the oldest goes, as retention takes it.
      const gone =
        random() < 0.5 ? all.sort((x, y) => x.parts[1] - y.parts[1])[0] : all[Math.floor(random() * all.length)]
      if (random() < 0.45 && gone !== undefined) {
        buckets.delete(gone)
        all = all.filter(row => row !== gone)
        continue
      }
      all = [...all.filter(row => String(row.parts) !== String(parts)), { parts }]
      buckets.set({ parts })
      if (step % 50 !== 0) continue
      const [from, to] = [Math.floor(random() * 300), Math.floor(random() * 300)]
      const right = all
        .filter(row => row.parts[0] === 'a' && row.parts[1] >= from && row.parts[1] <= to)
        .sort((x, y) => x.parts[1] - y.parts[1] || x.parts[2] - y.parts[2])
      assert.equal(text(buckets.range({ from: ['a', from], to: ['a', to] })), text(right))
    }
    assert.ok(all.length > 20)
  })
})
