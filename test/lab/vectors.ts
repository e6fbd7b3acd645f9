import { readFile, writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { messageOf, TopologyError } from '../../topology/definition/errors.ts'
import { avroCases, compareAvro } from './vectors/avro/compare.ts'
import { avroOracle } from './vectors/avro/oracle.ts'
import type { VectorCase } from './vectors/case.ts'
import { vectorOracle } from './vectors/oracle.ts'
import { randomCases } from './vectors/random-cases.ts'
import { randomCompositions } from './vectors/random-compositions.ts'
import { runVector } from './vectors/run.ts'

interface VectorsOptions {
  readonly generate?: number
  readonly avro?: number
  readonly seed: number
  readonly out?: string
}

/**
 * `millrace vectors <file.json>`: compares streams and tables with the records that Kafka Streams emitted for the same input.
 * `millrace vectors --generate=<n>`: asks Kafka Streams for new cases first, `n` of each kind,
 * and ten times as many of operators on top of each other.
 * `millrace vectors --avro=<n>`: Avro against its Java implementation, on `n` new pairs of schemas with values.
 */
export function vectorsCommand(): Command {
  return new Command('vectors')
    .argument('[file]', "cases that Kafka Streams' own test driver has written, as JSON")
    .option(
      '--generate <n>',
      'make so many cases of each kind and have Kafka Streams answer them (needs a JDK and Maven)',
      count,
    )
    .option('--avro <n>', 'compare Avro with its Java implementation on so many schemas (needs a JDK and Maven)', count)
    .option('--seed <n>', 'of the cases to make', count, 1)
    .option('--out <file>', 'where to write the cases that were made')
    .action(async (file: string | undefined, options: VectorsOptions) => {
      const { avro, seed } = options
      process.exitCode = avro === undefined ? await runVectors(await casesOf(file, options)) : await runAvro(avro, seed)
    })
}

async function casesOf(file: string | undefined, options: VectorsOptions): Promise<readonly VectorCase[]> {
  const { generate, seed, out } = options
  if ((file === undefined) === (generate === undefined))
    throw new TopologyError(
      'CONFIG_INVALID',
      'what to run is not clear, in vectors: name a file of cases or give --generate=<n>',
    )
  if (file !== undefined) return readCases(file)
  const oracle = await vectorOracle()
  try {
    const [alone, together] = [
      randomCases(generate as number, seed),
      randomCompositions(10 * (generate as number), seed),
    ]
    const cases = await oracle.answer([...alone, ...together])
    if (out !== undefined) await writeFile(out, `${JSON.stringify(cases)}\n`)
    return cases
  } finally {
    await oracle.close()
  }
}

function count(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError('It must be a whole number above 0.')
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

/** Prints the differences and how many cases agree. Returns the exit code. */
async function runAvro(cases: number, seed: number): Promise<0 | 1> {
  const oracle = await avroOracle()
  try {
    const { values, unreadable, meant, differences } = await compareAvro(avroCases(cases, seed), oracle)
    for (const difference of differences) console.log(difference)
    let differing = differences.length
    for (const [reason, count] of meant) {
      differing += count
      console.log(`${count} differ as it is meant: ${reason}`)
    }
    console.log(
      `${cases - differing} of ${cases} pairs of schemas agree with Java on ${values} values, ${unreadable} of which neither reads; ${differences.length} differ otherwise than it is meant`,
    )
    return differences.length > 0 ? 1 : 0
  } finally {
    await oracle.close()
  }
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
