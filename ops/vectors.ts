import { readFile } from 'node:fs/promises'
import { messageOf } from '../topology/definition/errors.ts'
import type { VectorCase } from './vectors/case.ts'
import { runVector } from './vectors/run.ts'

/**
 * `npm run vectors -- <file.json>`: runs the cases of a file that Kafka Streams' own test driver has written, and prints
 * `N passed, N failed` with the first difference of each failure.
 *
 * Exit codes: 0 all passed; 1 a case differs; 2 the file cannot be read.
 */
async function main(file: string | undefined): Promise<number> {
  if (file === undefined) {
    console.error('which file? npm run vectors -- <file.json>')
    return 2
  }
  let cases: readonly VectorCase[]
  try {
    cases = JSON.parse(await readFile(file, 'utf8')) as readonly VectorCase[]
  } catch (error) {
    console.error(`cannot read '${file}': ${messageOf(error)}`)
    return 2
  }
  let failed = 0
  for (const vector of cases) {
    const found = await runVector(vector).catch(messageOf)
    if (found === undefined) continue
    failed++
    console.log(`${vector.name}: ${found}`)
  }
  console.log(`${cases.length - failed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

process.exitCode = await main(process.argv[2])
