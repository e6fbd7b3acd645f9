/*
 * Counts the words of lines. The count of a word is a row of the table word_counts.
 *
 *   npx tsx examples/word-count.ts                        shows it on three lines
 *   npm run worker -- --topology=examples/word-count.ts   runs it
 */
import { int64, string, topic, topology } from 'millrace'
import { testDriver } from 'millrace/testing'
import { runsDirectly } from './runs-directly.ts'

export const lines = topic('lines', { key: string, value: string })
export const counts = topic('counts', { key: string, value: int64 })

export const wordCount = topology('word-count', t => {
  t.stream(lines)
    .flatMapValues(line => line.toLowerCase().match(/\w+/g) ?? [])
    .groupBy(word => word, { name: 'by-word', key: string })
    .count('word-counts')
    .toStream()
    .to(counts)
})

export default wordCount

if (runsDirectly(import.meta.url)) {
  const driver = await testDriver(wordCount)
  await driver.pipe(lines, 'hamlet', 'To be, or not to be: that is the question')
  await driver.pipe(lines, 'juliet', 'What is in a name')
  console.table(driver.store('word-counts').all())
}
