import * as assert from 'uvu/assert'
import { chain, ensuring, isPromise, recovering, together, untilResult } from '../../../topology/definition/record.ts'
import { suite } from '../../support/suite.ts'

const later = async <T>(value: T): Promise<T> => value
const failLater = async (): Promise<never> => {
  throw new Error('boom')
}
const fail = (): never => {
  throw new Error('boom')
}

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

  test('turns are taken until one gives a result, synchronous and asynchronous ones alike', async () => {
    let turns = 0
    const countTo = (last: number) => () => (++turns >= last ? turns : undefined)
    // far more than a call stack could hold
    assert.is(untilResult(countTo(200_000)), 200_000)
    turns = 0
    const every = countTo(5)
    const pending = untilResult(() => (turns === 2 ? later(every()) : every()))
    assert.ok(isPromise(pending))
    assert.is(await pending, 5)
    assert.throws(() => untilResult(fail), /boom/)
  })

  test('a failure is replaced, whether it is thrown or rejected', async () => {
    const text = (error: unknown) => (error as Error).message
    assert.is(recovering<string>(fail, text), 'boom')
    assert.is(await recovering<string>(failLater, text), 'boom')
    assert.is(
      recovering(() => 'fine', text),
      'fine',
    )
    assert.throws(() => recovering(fail, fail), /boom/)
  })

  test('the last thing is done once, after whatever comes of the work', async () => {
    const done: string[] = []
    const last = (what: string) => () => done.push(what)
    assert.is(
      ensuring(() => 1, last('value')),
      1,
    )
    assert.throws(() => ensuring(fail, last('throw')), /boom/)
    const pending = ensuring(() => later(2), last('promise'))
    assert.equal(done, ['value', 'throw'])
    assert.is(await pending, 2)
    await Promise.resolve(ensuring(failLater, last('rejection'))).catch(() => {})
    assert.equal(done, ['value', 'throw', 'promise', 'rejection'])
  })
})
