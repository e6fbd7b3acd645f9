import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { difference, type VectorCase } from '../../lab/vectors/case.ts'
import { runVector } from '../../lab/vectors/run.ts'
import { ownKinds, vectorKinds } from '../../lab/vectors/topologies.ts'
import { suite } from '../../support/suite.ts'

const casesOf = (name: string): readonly VectorCase[] =>
  JSON.parse(readFileSync(new URL(`../../data/${name}`, import.meta.url), 'utf8'))
// Written by Kafka Streams 4.1's own test driver on seeded random inputs.
const cases = casesOf('kafka-streams-4.1.json')
// The smallest cases of those generated later that once came out differently.
const foundLater = casesOf('kafka-streams-found.json')
// Of kinds that the published file does not have.
const ofOwnKinds = casesOf('kafka-streams-own-kinds.json')
// Operators on top of each other: public bug reports and their neighbours.
const compositions = casesOf('kafka-streams-compositions.json')

suite('vectors of Kafka Streams 4.1', test => {
  test('the file holds 112 cases of 28 kinds, and every kind has a topology', () => {
    assert.is(cases.length, 112)
    assert.equal([...new Set(cases.map(vector => vector.kind))].sort(), vectorKinds())
    assert.equal([...new Set(ofOwnKinds.map(vector => vector.kind))].sort(), ownKinds())
  })

  for (const vector of [...cases, ...foundLater, ...ofOwnKinds, ...compositions]) {
    test(vector.name, async () => {
      assert.is(await runVector(vector), undefined)
    })
  }

  test('a differing output is seen', () => {
    const [a, b] = [['out', 'A', 1, 5] as const, ['out', 'B', 1, 5] as const]
    assert.is(difference([a, b], [b, a]), undefined)
    assert.match(difference([a, b], [a]) ?? '', 'expected [["out","B",1,5]], got []')
    assert.match(difference([['out', 'A', 1, 4], a], [a, ['out', 'A', 1, 4]]) ?? '', 'expected')
  })

  test('a case with another output fails, naming its step', async () => {
    const vector = cases.find(({ name }) => name === 'count-1') as VectorCase
    const steps = vector.steps.map((step, index) =>
      index === 3 ? { ...step, out: [['out', 'Z', 9, 9] as const] } : step,
    )
    assert.match((await runVector({ ...vector, steps })) ?? '', 'step 4, ')
  })
})
