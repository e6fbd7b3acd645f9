// budget: 120 s
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { findBySeeds } from './by-seeds.ts'
import { findByTests } from './by-tests.ts'
import { editsOf, type PlantedFault } from './fault.ts'
import { chooseFaults } from './faults/all.ts'
import { SourceCopy } from './source-copy.ts'

// A short form: faults that are found soon. All of them: npm run sim -- --planted, and npm run sim -- --planted=adapter
const soon = [
  ['commitProcessed', 'counters'],
  ['undoWrites', 'poison'],
  ['moveCheckpoint', 'rows'],
  ['keepDrained', 'rows'],
] as const

const filterTests = ['test/topology/broker/kafkajs/aborted-filter.test.ts']

const harmless: PlantedFault = {
  name: 'harmless',
  breaks: 'Nothing: a comment is another one.',
  file: 'topology/runtime/commit.ts',
  anchor: '/** Everything of the commit that Kafka holds',
  replacement: '/** All of the commit that Kafka holds',
}

suite(
  'checkers of planted faults',
  test => {
    let copy: SourceCopy
    test.before(async () => {
      copy = await SourceCopy.open()
    })
    test.after(() => copy.close())

    for (const [name, scenario] of soon)
      test(`the simulation of '${scenario}' sees an engine without ${name}`, async () => {
        const { found, how } = await findBySeeds(only(name), 40, { scenario }, copy)
        assert.ok(found, how)
      })

    test('the simulation sees nothing in an engine that is whole', async () => {
      const { found, how } = await findBySeeds(harmless, 4, { scenario: 'counters' }, copy)
      assert.not.ok(found)
      assert.is(how, 'not found within 4 seeds')
    })

    test("the adapter's tests see a list of aborted transactions that is not sorted; a whole adapter passes", async () => {
      assert.equal(await findByTests(only('sortAborted'), filterTests, copy), {
        fault: 'sortAborted',
        found: true,
        how: `${filterTests[0]} fails`,
      })
      const { found } = await findByTests(harmless, filterTests, copy)
      assert.not.ok(found)
    })

    test('sources that do not load are no finding, neither of the simulation nor of the tests', async () => {
      const unfit = { ...harmless, replacement: 'throw new Error("unfit")\n  /** Everything' }
      const filter = 'topology/broker/kafkajs/record-batch/aborted-filter.ts'
      const unloaded = {
        ...harmless,
        file: filter,
        anchor: 'const abortMarker = 0',
        replacement: 'const abortMarker = nil',
      }
      const said = (finding: Promise<unknown>) => finding.then(() => 'found', String)
      assert.match(await said(findBySeeds(unfit, 1, {}, copy)), 'the simulation failed: ')
      assert.match(await said(findByTests(unloaded, filterTests, copy)), 'cannot be loaded, so it shows no fault')
    })

    test('random topologies do not agree when an engine restarts without its changelog', async () => {
      await copy.plant(editsOf(only('restoreFirst')))
      const agreement = ['--import', 'tsx', 'test/library/agreement.test.ts', '--topologies=100', '--first-failure']
      const { code, stderr } = await promisify(execFile)(process.execPath, agreement, { cwd: copy.root }).catch(
        error => error,
      )
      await copy.restore()
      assert.is(code, 1)
      assert.match(stderr, 'killed and restored')
    })
  },
  { timeoutMs: 120_000 },
)

function only(name: string): PlantedFault {
  const { bySeeds, byTests } = chooseFaults(name)
  return [...bySeeds, ...byTests][0]!
}
