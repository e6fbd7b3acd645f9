// budget: 240 s
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { suite } from '../support/suite.ts'
import { disagreement } from './outcome.ts'
import { type RandomCase, randomCases } from './random-case.ts'
import { buildTopology } from './random-topology.ts'
import { runEmbedded, runInDriver, runSimulated } from './runs.ts'

// More than the usual: npx tsx test/library/agreement.test.ts --topologies=5000 --seed=7
const { topologies, seed } = parseArgs({
  options: { topologies: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
}).values

/** Where the runs of a case disagree; undefined: nowhere. */
async function disagreementOf(spec: RandomCase): Promise<string | undefined> {
  const built = buildTopology(spec)
  const driven = await runInDriver(built, spec)
  const runs = {
    embedded: () => runEmbedded(built, spec, 0),
    'killed and restored': () => runEmbedded(built, spec, 2),
    ...(spec.feed === 'free' && { simulated: () => runSimulated(built, spec) }),
  }
  for (const [name, run] of Object.entries(runs)) {
    const found = disagreement(driven, await run())
    if (found) return `${name}, ${found}`
  }
  return undefined
}

suite(
  'random topologies',
  test => {
    test(`test driver, embedded run and restored run agree on ${topologies} of them`, async () => {
      const agreement = fc.asyncProperty(randomCases, async spec => assert.is(await disagreementOf(spec), undefined))
      const { errorInstance, counterexample } = await fc.check(agreement, {
        numRuns: Number(topologies),
        seed: Number(seed),
      })
      if (errorInstance) console.error(errorInstance, JSON.stringify(counterexample))
      assert.is(errorInstance, null)
    })
  },
  { timeoutMs: 3_600_000 },
)
