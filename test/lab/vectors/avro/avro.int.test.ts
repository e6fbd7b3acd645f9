// budget: 300 s
import * as assert from 'uvu/assert'
import { messageOf } from '../../../../topology/definition/errors.ts'
import { skipFile, suite } from '../../../support/suite.ts'
import { avroCases, compareAvro } from './compare.ts'
import { handMadeCases } from './hand-made-cases.ts'
import { avroOracle } from './oracle.ts'

const oracle = await avroOracle().catch((error: unknown) => skipFile(messageOf(error)))

suite(
  'Avro beside its Java implementation',
  test => {
    test.after(() => oracle.close())

    test('schemas, values and what newer schemas read of them come out alike', async () => {
      const { values, unreadable, meant, differences } = await compareAvro(avroCases(400, 12), oracle)
      assert.equal(differences, [])
      assert.ok(unreadable > values / 50 && unreadable < values / 4, `${unreadable} of ${values} values are unreadable`)
      const sum = [...meant.values()].reduce((total, count) => total + count, 0)
      assert.ok(sum < 4, `${sum} of 400 cases differ as it is meant`)
    })

    test('cases made by hand come out alike', async () => {
      const { differences, meant } = await compareAvro(handMadeCases, oracle)
      assert.equal(differences, [])
      assert.equal([...meant], [['a record of another name is read by its structure in Java', 2]])
    })

    test('a difference is found: a value of another schema is not agreed on', async () => {
      const [first] = avroCases(1, 12)
      const wrong = { ...first!, values: ['a'], writer: 'string', reader: 'bytes' } as const
      const { differences } = await compareAvro([wrong], {
        answer: async () => [{ values: [{ written: 'b', body: '0262', read: '62' }] }],
        close: async () => {},
      })
      assert.is(differences.length, 1)
    })
  },
  { timeoutMs: 250_000 },
)
