import * as assert from 'uvu/assert'
import { suite } from '../support/suite.ts'
import { checkFound, keptValues } from './kept-values.ts'

suite(
  'values after a restart',
  test => {
    test('every value of every serde is what it was, in key-value, window and session stores restored from their changelogs', async () => {
      const kept = await keptValues()
      const before = await kept.run('put', 'memory')
      checkFound(before)
      assert.is(await kept.run('ask', 'memory'), before, 'from the changelogs: each run has a storage of its own')
      await kept.close()
    })
  },
  { timeoutMs: 60_000 },
)
