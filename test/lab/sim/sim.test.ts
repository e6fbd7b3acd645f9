import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { scenarios } from './scenarios/all.ts'
import { openSource } from './source.ts'

suite(
  'sim',
  test => {
    test('two seeds of every scenario are clean', async () => {
      const source = await openSource({})
      const count = Object.keys(scenarios).length
      for (let seed = 1; seed <= 2 * count; seed++) {
        const { problems, events } = await source.runnerOf(seed).run(seed)
        assert.equal(problems, [], `seed ${seed} ${source.optionsOf(seed)}`)
        assert.ok(events > 100)
      }
    })

    test('an unknown scenario, and a topology without input, are refused with what to do', async () => {
      const refused = async (source: Parameters<typeof openSource>[0]) => {
        try {
          await openSource(source)
        } catch (error) {
          return String(error)
        }
        return 'not refused'
      }
      assert.match(await refused({ scenario: 'nothing' }), "no scenario 'nothing': choose among counters")
      assert.match(await refused({ topology: 'examples/word-count.ts' }), 'export const simulation')
    })
  },
  { timeoutMs: 90_000 },
)
