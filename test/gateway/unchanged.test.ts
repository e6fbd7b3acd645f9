import * as assert from 'uvu/assert'
import type { Snapshot, Snapshots } from '../../gateway/reads/snapshot-pool.ts'
import { unchanged } from '../../gateway/reads/unchanged.ts'
import { suite } from '../support/suite.ts'
import { wordCounts } from './support/stub-app.ts'

/** Snapshots of a row whose version the test sets, and the number of times that each kind of read was made. */
function versionedRow() {
  const row = { version: '0 7 (0,1)', whole: true }
  const made = { statements: 0, reads: 0 }
  const sql = { unsafe: () => ({ values: async () => [[row.whole, row.version]] }) }
  const snapshot = { sql } as unknown as Snapshot
  const snapshots: Snapshots = {
    read: work => work(snapshot),
    statement: work => {
      made.statements++
      return work(snapshot)
    },
  }
  const answers = unchanged({
    snapshots,
    location: { application: 'word-count', schema: 'public' },
    rows: [wordCounts],
    stores: [wordCounts],
    limit: 2,
    read: async (_, key) => {
      made.reads++
      return { kind: 'found', value: { key, version: row.version } }
    },
  })
  return { row, made, answers }
}

suite('unchanged answers', test => {
  test('an answer is read once while its row has the same version, and again when the row was written', async () => {
    const { row, made, answers } = versionedRow()
    const first = await answers.read('be')
    const again = await answers.read('be')
    assert.is(made.reads, 1)
    if (first.kind !== 'found' || again.kind !== 'found') throw new Error('both are found')
    assert.is(again.value, first.value, 'the same object')
    row.version = '0 8 (0,2)'
    assert.equal(await answers.read('be'), { kind: 'found', value: { key: 'be', version: '0 8 (0,2)' } })
    assert.is(made.reads, 2)
  })

  test('nothing is remembered while a store is being rebuilt', async () => {
    const { row, made, answers } = versionedRow()
    row.whole = false
    await answers.read('be')
    await answers.read('be')
    assert.is(made.reads, 2)
    row.whole = true
    await answers.read('be')
    await answers.read('be')
    assert.is(made.reads, 3)
  })

  test('the answer that was asked for longest ago is forgotten first', async () => {
    const { made, answers } = versionedRow()
    for (const key of ['a', 'b', 'a', 'c', 'a']) await answers.read(key)
    assert.is(made.reads, 3, 'a, b, c')
    await answers.read('b')
    assert.is(made.reads, 4)
  })

  test('requests that come while a read runs share the next one, and never take the answer of the running one', async () => {
    const { row, made, answers } = versionedRow()
    await answers.read('be')
    const running = answers.read('be')
    const later = [answers.read('be'), answers.read('be'), answers.read('be')]
    row.version = '0 9 (0,3)'
    await running
    for (const reading of await Promise.all(later))
      assert.equal(reading, { kind: 'found', value: { key: 'be', version: '0 9 (0,3)' } })
    assert.is(made.statements, 2, 'one for the running read, one for the three')
    assert.is((await answers.read('be')).kind, 'found')
  })

  test('a read that fails is no answer: the next one is made', async () => {
    let reads = 0
    const snapshots: Snapshots = {
      read: () => (reads++ === 0 ? Promise.reject(new Error('away')) : Promise.resolve({ kind: 'absent' } as never)),
      statement: () => Promise.reject(new Error('away')),
    }
    const location = { application: 'word-count', schema: 'public' }
    const read = () => Promise.reject(new Error('is not called'))
    const answers = unchanged({ snapshots, location, rows: [wordCounts], stores: [wordCounts], limit: 2, read })
    const failed = answers.read('be')
    const next = answers.read('be')
    assert.match(String(await failed.catch(String)), 'away')
    assert.equal(await next, { kind: 'absent' })
  })
})
