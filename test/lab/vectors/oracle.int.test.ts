// budget: 900 s
import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { messageOf } from '../../../topology/definition/errors.ts'
import { skipFile, suite } from '../../support/suite.ts'
import type { VectorCase } from './case.ts'
import { vectorOracle } from './oracle.ts'
import { randomCases } from './random-cases.ts'
import { runVector } from './run.ts'

const file = new URL('../../data/kafka-streams-4.1.json', import.meta.url)
const published = JSON.parse(readFileSync(file, 'utf8')) as readonly VectorCase[]
const oracle = await vectorOracle().catch((error: unknown) => skipFile(messageOf(error)))

// Each case opens stores of RocksDB, which a busy disk makes slow.
const timeoutMs = 800_000

suite(
  'fresh cases from Kafka Streams',
  test => {
    test.after(() => oracle.close())

    test('asked for the published cases, it gives the published answers', async () => {
      const asked = published.map(vector => ({
        ...vector,
        steps: vector.steps.map(({ in: input }) => ({ in: input })),
      }))
      assert.equal(await oracle.answer(asked), published)
    })

    test('fresh cases of every kind come out as in Kafka Streams', async () => {
      const cases = await oracle.answer(randomCases(3, 20))
      const found: string[] = []
      for (const vector of cases) {
        const difference = await runVector(vector)
        if (difference !== undefined) found.push(`${vector.name}: ${difference}`)
      }
      assert.equal(found, [])
      const silent = cases.filter(({ steps }) => steps.every(({ out }) => out.length === 0))
      assert.ok(silent.length < cases.length / 10, `${silent.length} cases brought nothing out`)
    })
  },
  { timeoutMs },
)
