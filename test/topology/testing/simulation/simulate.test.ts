import * as assert from 'uvu/assert'
import { int64, simulate, store, string, topic, topology } from '../../../../topology/index.ts'
import { seededRandom } from '../../../../topology/testing/random.ts'
import { suite } from '../../../support/suite.ts'

const lines = topic('lines', { key: string, value: string, partitions: 2 })
const counts = topic('counts', { key: string, value: int64, partitions: 2 })

const tops = topic('tops', { key: string, value: string, partitions: 2 })

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

/** Of each word its count; of all words the three with most, ties in the order in which they came. */
const topThree = topology('top-three', t => {
  t.stream(lines)
    .flatMapValues(line => line.split(' '))
    .groupBy(word => word, { name: 'by-word', key: string })
    .count('word-counts')
    .groupBy((count, word) => ['all', `${word} ${count}`], { name: 'all', key: string, value: string })
    .aggregate('top', {
      init: () => '',
      add: (top, one) => [...top.split(',').filter(Boolean), one].sort(byCount).slice(0, 3).join(),
      subtract: (top, one) =>
        top
          .split(',')
          .filter(each => each !== one)
          .join(),
      value: string,
    })
    .toStream()
    .to(tops)
})

function byCount(a: string, b: string): number {
  return Number(b.split(' ')[1]) - Number(a.split(' ')[1])
}

/** Counts in memory beside the store, so that a record that is tried again counts twice; before or after a repartition. */
function forgetful(where: 'first' | 'second') {
  const counted = new Map<string, bigint>()
  const counting = {
    init: (key: string) => {
      counted.set(key, 0n)
      return 0n
    },
    add: (_: bigint, value: string, key: string) => {
      counted.set(key, (counted.get(key) ?? 0n) + BigInt(value.length > 0))
      return counted.get(key) ?? 0n
    },
    value: int64,
  }
  return topology(`forgetful-${where}`, t => {
    const stream = t.stream(lines)
    const grouped =
      where === 'first'
        ? stream.groupByKey()
        : stream
            .mapValues(line => line, { value: string })
            .groupBy(line => line.slice(0, 2), { name: 'by-start', key: string })
    grouped.aggregate('counted', counting).toStream().to(counts)
  })
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

    test('several topics, headers, partitioners and a table computed by code survive them, too', async () => {
      const more = topic('more', { key: string, value: string, partitions: 2 })
      const seen = store.keyValue('seen', { key: string, value: int64 })
      const mixed = topology('mixed', t => {
        t.stream([lines, more])
          .onError({ then: 'stop' })
          .mapHeaders((_, key) => [{ key: 'of', value: key }])
          .toTable('latest')
          .transformValues<bigint, { seen: typeof seen }>({
            name: 'updates',
            value: int64,
            stores: { seen },
            async transform(_, key, { stores }) {
              const updates = ((await stores.seen.get(key)) ?? 0n) + 1n
              stores.seen.put(key, updates)
              return updates
            },
          })
          .toStream()
          .filter((updates): updates is bigint => updates !== null)
          .to(counts, { partitioner: (_, __, partitions) => partitions - 1 })
      })
      const both = input.map((record, index) => (index % 3 === 0 ? { ...record, topic: 'more' } : record))
      const report = await simulate(mixed, {
        seeds: 6,
        input: both,
        spanMs: 2_000,
        check({ stores, topics }) {
          const updates = Object.fromEntries(stores.updates!.map(({ key, value }) => [key, value]))
          assert.equal(updates, Object.fromEntries([0, 1, 2, 3, 4].map(line => [`line-${line}`, 6n])))
          assert.is(topics.counts!.length, 30)
          for (const { key, partition, headers } of topics.counts!)
            assert.equal([partition, Buffer.from(headers[0]!.value!).toString()], [1, key])
        },
      })
      assert.is(report.failure?.problems.join('\n'), undefined)
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
      assert.is(failure.command, 'simulate(topology, { ...options, firstSeed: 3, seeds: 1, keepTrace: true })')
      assert.ok(failure.trace.some(line => line.includes('EndTxn')))
    })

    test('what Kafka does not order is not compared: a top three whose ties go by arrival is right', async () => {
      const report = await simulate(topThree, { seeds: 12, input, spanMs: 2_000 })
      assert.is(report.failure?.problems.join('\n'), undefined)
    })

    test('what is ordered is: a result that is wrong is told with decoded keys and values, in every sub-topology', async () => {
      for (const [name, wrong] of Object.entries({ first: forgetful('first'), second: forgetful('second') })) {
        const report = await simulate(wrong, { seeds: 40, input, spanMs: 2_000 })
        const told = report.failure?.problems.join('\n') ?? ''
        assert.match(told, /topic 'counts' key "[^"]+": .*\dn"?, without faults .*\dn/, name)
      }
    })

    test('input for a topic that is not declared is refused', async () => {
      const report = await simulate(wordCount, { seeds: 1, input: [{ topic: 'nowhere', key: 'k', value: 'v', at: 1 }] })
      assert.match(report.failure!.problems[0]!, "topic 'nowhere', which 'word-count' does not declare")
      assert.is(seededRandom(1)(), seededRandom(1)())
    })
  },
  { timeoutMs: 60_000 },
)
