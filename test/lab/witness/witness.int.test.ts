// budget: 300 s
import * as assert from 'uvu/assert'
import { messageOf } from '../../../topology/definition/errors.ts'
import { skipFile, suite } from '../../support/suite.ts'
import { compareOutputs } from './comparison.ts'
import { witnessProgram } from './java-run.ts'
import { compareRandom } from './witness.ts'

const program = await witnessProgram().catch((error: unknown) => skipFile(messageOf(error)))

suite(
  'The second witness',
  test => {
    test.after(() => program.close())

    test('an independent pipeline in Kafka Streams decides, executes and keeps the books alike', async () => {
      const { counts, differences } = await compareRandom(program, 1, 300)
      assert.equal(differences.slice(0, 10), [])
      const kinds = [...counts.keys()]
      assert.ok(counts.get('trades.approved')! > 60, 'signals of most instruments are approved at times')
      assert.ok(counts.get('portfolio.updated')! > 120, 'fills change the books')
      assert.ok(kinds.filter(kind => kind.startsWith('trades.rejected')).length > 15, kinds.join(', '))
    })

    test('a difference is found: another value, an event that one alone has, another dead letter', () => {
      const event = (price: bigint) => ({ eventId: 'e', occurredAt: 1, key: 'k', payload: { price } })
      const outputs = (price: bigint, placed: boolean, deadLetters: readonly string[]) => ({
        events: new Map([
          ['trades.approved', [event(price)]],
          ['trades.rejected', []],
          ['orders.placed', placed ? [event(1n)] : []],
          ['orders.fills', []],
          ['portfolio.updated', []],
        ]),
        deadLetters,
      })
      const { differences } = compareOutputs(outputs(1n, true, ['t k 1 A']), outputs(2n, false, ['t k 1 B']))
      assert.equal(
        differences.map(line => line.split(':')[0]),
        ['trades.approved e', 'orders.placed e', 'dead letter t k 1 A', 'dead letter t k 1 B'],
      )
      assert.match(differences[0]!, 'payload.price is 1 here and 2 there')
    })
  },
  { timeoutMs: 250_000 },
)
