// budget: 900 s
import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { messageOf } from '../../../topology/definition/errors.ts'
import { skipFile, suite } from '../../support/suite.ts'
import { agreementOn } from './agreement.ts'
import type { VectorCase, VectorStep } from './case.ts'
import { type VectorOracle, vectorOracle } from './oracle.ts'
import { randomCases } from './random-cases.ts'
import { randomCompositions } from './random-compositions.ts'
import { runVector } from './run.ts'

const otherOutput = (step: VectorStep): VectorStep => ({ ...step, out: [...step.out, ['out', 'other', 'value', 0]] })
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

    test('operators on top of each other agree, but for the differences that are meant', async () => {
      const cases = randomCompositions(60, 20)
      const { agreeing, meant, differing } = await agreementOn(cases, oracle)
      assert.equal(
        differing.map(({ vector, found }) => `${vector.name}: ${found}`),
        [],
      )
      const listed = [...meant.values()].reduce((sum, count) => sum + count, 0)
      assert.is(agreeing + listed, cases.length)
      assert.ok(listed < cases.length / 5, `${listed} cases differ as listed`)
    })

    test('a difference that is not meant is none that is listed', async () => {
      const [vector] = randomCompositions(1, 20)
      const lying: VectorOracle = {
        ...oracle,
        answer: async open =>
          (await oracle.answer(open)).map(each => ({ ...each, steps: each.steps.map(otherOutput) })),
      }
      const { agreeing, meant, differing } = await agreementOn([vector!], lying)
      assert.equal([agreeing, meant.size, differing.length], [0, 0, 1])
    })
  },
  { timeoutMs },
)
