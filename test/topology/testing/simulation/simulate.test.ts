import * as assert from 'uvu/assert'
import { int64, simulate, string, topic, topology } from '../../../../topology/index.ts'
import { seededRandom } from '../../../../topology/testing/random.ts'
import { suite } from '../../../support/suite.ts'

const lines = topic('lines', { key: string, value: string, partitions: 2 })
const counts = topic('counts', { key: string, value: int64, partitions: 2 })

const wordCount = topology('word-count', t => {
  t.stream(lines)
    .flatMapValues(line => line.split(' '))
    .groupBy(word => word, { name: 'by-word', key: string })
    .count('word-counts')
    .toStream()
    .to(counts)
})

const words = ['to', 'be', 'or', 'not']
const input = Array.from({ length: 30 }, (_, index) => ({
  topic: 'lines',
  key: `line-${index % 5}`,
  value: `${words[index % 4]} ${words[(index * 7) % 3]}`,
  at: 1_700_000_000_000 + index,
}))

/** Worked out here, from the input alone. */
function expected(): Record<string, bigint> {
  const totals: Record<string, bigint> = {}
  for (const { value } of input) for (const word of value.split(' ')) totals[word] = (totals[word] ?? 0n) + 1n
  return totals
}

suite(
  'simulate',
  test => {
    test("a user's word count survives crashes, zombies and lost replies", async () => {
      let checked = 0
      const report = await simulate(wordCount, {
        seeds: 12,
        input,
        spanMs: 2_000,
        check({ stores }) {
          checked++
          assert.equal(Object.fromEntries(stores['word-counts']!.map(({ key, value }) => [key, value])), expected())
        },
      })
      assert.is(report.failure, undefined)
      assert.equal([report.seeds, checked], [12, 12])
      assert.ok(Object.values(report.faults).reduce((sum, times) => sum + times, 0) > 12)
    })

    test('a seed is the same run twice, bit for bit; another seed is another run', async () => {
      const digests = async (firstSeed: number) => {
        const found: string[] = []
        await simulate(wordCount, {
          seeds: 2,
          firstSeed,
          input,
          spanMs: 2_000,
          onSeed: (_, { digest, events }) => found.push(`${digest} ${events}`),
        })
        return found
      }
      const [first, again, other] = [await digests(5), await digests(5), await digests(7)]
      assert.equal(first, again)
      assert.is.not(first[0], other[0])
    })

    test('a failure names its seed, the fewest faults and records that still fail, and how to run it again', async () => {
      const report = await simulate(wordCount, {
        seeds: 5,
        firstSeed: 3,
        input: () => input,
        spanMs: 2_000,
        // fails from the third line on, whatever happens: no fault is needed, and no more than three records
        check: ({ topics }) => (topics.lines!.length >= 3 ? 'three lines' : undefined),
      })
      const failure = report.failure!
      assert.equal([failure.seed, failure.records, failure.problems], [3, 3, ['three lines']])
      assert.equal(failure.fired, [])
      assert.match(failure.command, '--seed=3 --trace')
      assert.ok(failure.trace.some(line => line.includes('EndTxn')))
    })

    test('input for a topic that is not declared is refused', async () => {
      const report = await simulate(wordCount, { seeds: 1, input: [{ topic: 'nowhere', key: 'k', value: 'v', at: 1 }] })
      assert.match(report.failure!.problems[0]!, "topic 'nowhere', which 'word-count' does not declare")
      assert.is(seededRandom(1)(), seededRandom(1)())
    })
  },
  { timeoutMs: 60_000 },
)
