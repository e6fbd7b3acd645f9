/*
 * A topology inside a program: it sends records, reads the tables, and stops when it is told.
 *
 *   npx tsx examples/in-app.ts    shows it, on parts in memory
 */
import { run } from 'millrace'
import { runsDirectly } from './runs-directly.ts'
import { lines, wordCount } from './word-count.ts'

/** Counts the words of a line, and gives the counts of those words once they are committed. */
export async function countWords(text: string): Promise<readonly (readonly [string, unknown])[]> {
  const app = await run(wordCount)
  app.onState(state => console.log(`word-count is ${state}`))
  await app.send(lines, 'a-line', text)
  const counts = app.store('word-counts')
  const all = text.toLowerCase().match(/\w+/g) ?? []
  const counted = async () => (await counts.all()).reduce((sum, { value }) => sum + Number(value), 0)
  while ((await counted()) < all.length) await new Promise(resolve => setTimeout(resolve, 20))
  const words = [...new Set(all)]
  const found = await Promise.all(words.map(async word => [word, await counts.get(word)] as const))
  await app.stop()
  return found
}

if (runsDirectly(import.meta.url)) console.table(await countWords('To be, or not to be'))
