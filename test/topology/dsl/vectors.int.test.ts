import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import type { VectorCase } from '../../lab/vectors/case.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { VectorWorker } from './vector-worker.ts'

const { kafka, prefix, database } = await realParts({ kafka: true, postgres: true })

const file = new URL('../../data/kafka-streams-4.1.json', import.meta.url)
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly VectorCase[]
const oneOfEachKind = cases.filter(({ name }) => name.endsWith('-2'))
const atOnce = 7

suite('vectors on a real Kafka and Postgres', test => {
  for (let first = 0; first < oneOfEachKind.length; first += atOnce) {
    const group = oneOfEachKind.slice(first, first + atOnce)
    test(group.map(({ name }) => name).join(', '), async () => {
      const found = await Promise.all(
        group.map(async (vector, index) => {
          const postgres = await database()
          const difference = await VectorWorker.run(vector, `${prefix}${first + index}-`, {
            kafka: kafka.url,
            postgres,
          })
          return difference === undefined ? [] : [`${vector.name}: ${difference}`]
        }),
      )
      assert.equal(found.flat(), [])
    })
  }
})
