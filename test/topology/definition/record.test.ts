import * as assert from 'uvu/assert'
import { chain, together } from '../../../topology/definition/record.ts'
import { suite } from '../../support/suite.ts'

suite('values now or later', test => {
  test('chain hands a value on at once, and a promise when it is there', async () => {
    assert.is(
      chain(2, value => value + 1),
      3,
    )
    const later = chain(Promise.resolve(2), value => value + 1)
    assert.instance(later, Promise)
    assert.is(await later, 3)
  })

  test('any thenable counts as a promise: drivers have classes of their own', async () => {
    const query = { then: (next: (value: number) => unknown) => Promise.resolve(next(2)) } as Promise<number>
    assert.is(await chain(query, value => value + 1), 3)
    assert.equal(await together([query, 'b']), [2, 'b'])
  })

  test('together gives a list at once when every value is there, else a promise of it', async () => {
    const values = [1, 'b'] as const
    assert.is(together(values) as unknown, values)
    assert.equal(await together([1, Promise.resolve('b')]), [1, 'b'])
  })
})
