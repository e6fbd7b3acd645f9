// budget: 300 s
import * as assert from 'uvu/assert'
import { messageOf } from '../../../../topology/definition/errors.ts'
import { skipFile, suite } from '../../../support/suite.ts'
import { compareNexmark, firstDifference } from './comparison.ts'
import { nexmarkProgram } from './java-results.ts'
import { nexmarkQueries } from './query.ts'

const program = await nexmarkProgram().catch((error: unknown) => skipFile(messageOf(error)))

suite('Nexmark beside Kafka Streams', test => {
  test.after(() => program.close())

  test('every query gives equal results in both test drivers', async () => {
    const workload = { events: 500, seed: 7, eventsPerSecond: 20 }
    const compared = await compareNexmark(program, Object.keys(nexmarkQueries), workload)
    assert.equal(
      compared.filter(({ difference }) => difference !== undefined),
      [],
    )
    // So few events may have no auction that q2 selects, and no seller near by for q3.
    for (const { query, results } of compared) assert.ok(results > 0 || ['q2', 'q3'].includes(query), query)
  })

  test('a result that differs is found, and one that is missing', () => {
    assert.match(
      firstDifference([['a', { n: 1 }, 5]], [['a', { n: 1 }, 6]]) ?? '',
      /result 1 is .*5\], in Kafka Streams .*6\]/,
    )
    assert.is(firstDifference([], [['a', {}, 5]]), '0 results, 1 in Kafka Streams')
    assert.is(firstDifference([['a', {}, 5]], [['a', {}, 5]]), undefined)
  })
})
