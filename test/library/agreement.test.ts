// budget: 240 s
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { suite } from '../support/suite.ts'
import { disagreement, type Outcome, withoutTtl } from './outcome.ts'
import { isCalm, type RandomCase, randomCases } from './random-case.ts'
import { buildTopology } from './random-topology.ts'
import { runEmbedded, runInDriver, runKilled, runSimulated } from './runs.ts'

// More than the usual: npx tsx test/library/agreement.test.ts --topologies=5000 --seed=7. With --first-failure it ends with the
// first that disagrees, and looks for no smaller one.
const {
  topologies,
  seed,
  'first-failure': endOnFailure,
} = parseArgs({
  options: {
    topologies: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    'first-failure': { type: 'boolean', default: false },
  },
}).values

/** The totals over all cases: they show that there was anything to agree on. */
const seen = {
  killed: 0,
  outputs: 0,
  rows: 0,
  letters: 0,
  skipped: 0,
  stopped: 0,
  before1970: 0,
  ttl: 0,
  streamTime: 0,
}
const sizeOf = (lists: Readonly<Record<string, readonly string[]>>) => Object.values(lists).flat().length

function note({ extraction, left, right, after, records }: RandomCase, { outputs, stores, ...driven }: Outcome): void {
  seen.outputs += sizeOf(outputs)
  seen.rows += sizeOf(stores)
  seen.letters += sizeOf(driven.deadLetters)
  seen.skipped += Object.values(driven.skipped ?? {}).reduce((sum, count) => sum + count, 0)
  if (driven.stopped !== '') seen.stopped++
  if (records.some(({ at }) => at < 0)) seen.before1970++
  if (extraction === 'stream-time') seen.streamTime++
  if ([...left, ...right, ...after].some(({ kind }) => kind === 'remember-a-while')) seen.ttl++
}

/** The difference between the runs of a case; undefined: none. */
async function disagreementOf(spec: RandomCase): Promise<string | undefined> {
  const built = buildTopology(spec)
  const driven = await runInDriver(built, spec)
  const runs: Record<string, Outcome> = { embedded: await runEmbedded(built, spec) }
  // A worker that is killed after it has stopped need not come to rest.
  if (spec.gate !== 'stop') {
    const { outcome, killed } = await runKilled(built, spec, 2)
    runs['killed and restored'] = outcome
    seen.killed += killed
  }
  const simulated = spec.feed === 'free' && isCalm(spec) ? await runSimulated(built, spec) : undefined
  note(spec, driven)
  for (const [name, found] of Object.entries(runs)) {
    const where = disagreement(driven, found)
    if (where) return `${name}, ${where}`
  }
  const where = simulated && disagreement(withoutTtl(driven, built.graph), withoutTtl(simulated, built.graph))
  return where && `simulated, ${where}`
}

const agreement = fc.asyncProperty(randomCases, async spec => assert.is(await disagreementOf(spec), undefined))

suite(
  'random topologies',
  test => {
    test(`test driver, embedded run and restored runs agree on ${topologies} of them`, async () => {
      const { errorInstance, counterexample } = await fc.check(agreement, {
        numRuns: Number(topologies),
        seed: Number(seed),
        endOnFailure,
      })
      if (errorInstance) console.error(errorInstance, JSON.stringify(counterexample))
      assert.is(errorInstance, null)
    })

    test('records of one time that wait for a match are told apart after the first has left its window', async () => {
      // A window of no length: retention takes the first record's row, while its unmatched row still waits.
      const record = (at: number) => ({ topic: 'left' as const, key: 'A', value: `a${at}`, at })
      const spec: RandomCase = {
        feed: 'quiet',
        partitions: 1,
        extraction: 'record',
        gate: undefined,
        left: [],
        right: [],
        meeting: { kind: 'streams', how: 'left', beforeMs: 0, afterMs: 0, graceMs: 0 },
        after: [],
        records: [record(40), record(17), record(31), record(40), record(40), record(40), record(50)],
        seed: 0,
      }
      assert.is(await disagreementOf(spec), undefined)
    })

    test('they wrote much, and the killed runs were killed', () => {
      assert.ok(seen.killed > Number(topologies), `${seen.killed} kills`)
      assert.ok(seen.outputs > 5 * Number(topologies), `${seen.outputs} outputs`)
      assert.ok(seen.rows > 2 * Number(topologies), `${seen.rows} rows`)
    })

    test('all that a driver could get wrong was among them', () => {
      const { letters, skipped, ...cases } = seen
      assert.ok(letters > Number(topologies), `${letters} dead letters`)
      assert.ok(skipped > Number(topologies) / 4, `${skipped} records left out`)
      for (const what of ['stopped', 'before1970', 'ttl', 'streamTime'] as const)
        assert.ok(cases[what] > Number(topologies) / 50, `${what}: ${cases[what]} of ${topologies}`)
    })

    test('a difference is seen', () => {
      const one: Outcome = {
        outputs: { 'out A': ['"x" 1', '"y" 2'] },
        stores: { sums: ['A 1'] },
        deadLetters: { 'in A': ['boom'] },
        skipped: { late: 1 },
        stopped: '',
      }
      assert.is(disagreement(one, structuredClone(one)), undefined)
      const swapped = { ...one, outputs: { 'out A': ['"y" 2', '"x" 1'] } }
      assert.match(disagreement(one, swapped) ?? '', 'out A: expected')
      assert.match(disagreement(one, { ...one, stores: {} }) ?? '', 'sums: expected')
      assert.match(disagreement(one, { ...one, deadLetters: {} }) ?? '', 'in A: expected')
      assert.match(disagreement(one, { ...one, skipped: { late: 2 } }) ?? '', 'skipped: expected')
      assert.match(disagreement(one, { ...one, stopped: 'boom' }) ?? '', "stopped by '', got 'boom'")
    })
  },
  { timeoutMs: 3_600_000 },
)
