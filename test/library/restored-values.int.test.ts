import * as assert from 'uvu/assert'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { checkFound, keptValues } from './kept-values.ts'

const { database } = await realParts({ postgres: true })

suite(
  'values after a restart on Postgres',
  test => {
    test('every value of every serde is what it was, in rows that stayed and in a new database restored from the changelogs', async () => {
      const kept = await keptValues()
      const [old, fresh] = [await database(), await database()]
      const before = await kept.run('put', old)
      checkFound(before)
      assert.is(await kept.run('ask', old), before, 'from the rows')
      assert.is(await kept.run('ask', fresh), before, 'from the changelogs')
      assert.is(await kept.run('ask', fresh), before, 'from rows that a restore wrote')
      await kept.close()
    })
  },
  { timeoutMs: 120_000 },
)
