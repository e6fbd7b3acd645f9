import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { messageOf, TopologyError } from '../topology/definition/errors.ts'
import type { VectorCase } from './vectors/case.ts'
import { runVector } from './vectors/run.ts'

/** `millrace vectors <file.json>`: streams and tables against what Kafka Streams emitted for the same records. */
export function vectorsCommand(): Command {
  return new Command('vectors')
    .argument('<file>', "cases that Kafka Streams' own test driver has written, as JSON")
    .action(async (file: string) => {
      process.exitCode = await runVectors(await readCases(file))
    })
}

/** Prints `N passed, N failed` after the first difference of each failure. Returns the exit code. */
async function runVectors(cases: readonly VectorCase[]): Promise<0 | 1> {
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

async function readCases(file: string): Promise<readonly VectorCase[]> {
  const remedy = 'name a JSON file with a list of cases'
  let cases: unknown
  try {
    cases = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new TopologyError('CONFIG_INVALID', `cases cannot be read, ${messageOf(cause)}: ${remedy}`, { cause })
  }
  if (Array.isArray(cases)) return cases as readonly VectorCase[]
  throw new TopologyError('CONFIG_INVALID', `there is no list of cases, in '${file}': ${remedy}`)
}
