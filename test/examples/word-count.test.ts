import * as assert from 'uvu/assert'
import { counts, lines, wordCount } from '../../examples/word-count.ts'
import { testDriver } from '../../topology/testing/driver.ts'
import { suite } from '../support/suite.ts'

suite('example: word count', test => {
  test('counts every word, whatever its case and line', async () => {
    const driver = await testDriver(wordCount)
    await driver.pipe(lines, 'k', 'To be or not to be', { at: 0 })
    // Each word in the order of the line, with how often it was said up to there.
    assert.equal(driver.read(counts), [
      { key: 'to', value: 1n, timestamp: 0 },
      { key: 'be', value: 1n, timestamp: 0 },
      { key: 'or', value: 1n, timestamp: 0 },
      { key: 'not', value: 1n, timestamp: 0 },
      { key: 'to', value: 2n, timestamp: 0 },
      { key: 'be', value: 2n, timestamp: 0 },
    ])
    await driver.pipe(lines, 'other', 'be', { at: 5 })
    assert.equal(driver.read(counts), [{ key: 'be', value: 3n, timestamp: 5 }])
    assert.is(driver.store('word-counts').get('be'), 3n)
    assert.is(driver.store('word-counts').get('hamlet'), undefined)
  })

  test('a line without words counts nothing', async () => {
    const driver = await testDriver(wordCount)
    await driver.pipe(lines, 'k', '...')
    assert.equal(driver.read(counts), [])
    assert.equal(driver.store('word-counts').all(), [])
  })

  test('words of one kind meet in one task, however many there are', async () => {
    const driver = await testDriver(wordCount, { partitions: 4 })
    for (const key of ['a', 'b', 'c', 'd']) await driver.pipe(lines, key, 'to be')
    assert.is(driver.store('word-counts').get('to'), 4n)
    assert.is(driver.store('word-counts').all().length, 2)
  })
})
