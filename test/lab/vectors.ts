import { readFile, writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { messageOf, TopologyError } from '../../topology/definition/errors.ts'
import { nexmarkVectorsCommand } from './bench/nexmark/command.ts'
import { agreementOn } from './vectors/agreement.ts'
import { avroCases, compareAvro } from './vectors/avro/compare.ts'
import { avroOracle } from './vectors/avro/oracle.ts'
import type { VectorCase } from './vectors/case.ts'
import { vectorOracle } from './vectors/oracle.ts'
import { randomCases } from './vectors/random-cases.ts'
import { randomCompositions } from './vectors/random-compositions.ts'
import { runVector } from './vectors/run.ts'
import { witnessCommand } from './witness/command.ts'

interface VectorsOptions {
  readonly generate?: number
  readonly compositions?: number
  readonly avro?: number
  readonly seed: number
  readonly out?: string
}

/**
 * `millrace vectors <file.json>`: compares streams and tables with the records that Kafka Streams emitted for the same input.
 * `millrace vectors --generate=<n>`: asks Kafka Streams for new cases first, `n` of each kind,
 * and ten times as many of operators on top of each other.
 * `millrace vectors --compositions=<n>`: `n` new cases of operators on top of each other, asked in chunks; differences that are
 * meant are told apart.
 * `millrace vectors witness`: the decisions of the trading pipeline against an independent program.
 * `millrace vectors nexmark`: the results of the Nexmark queries against Kafka Streams.
 * `millrace vectors --avro=<n>`: Avro against its Java implementation, on `n` new pairs of schemas with values.
 */
export function vectorsCommand(): Command {
  return new Command('vectors')
    .addCommand(witnessCommand())
    .addCommand(nexmarkVectorsCommand())
    .argument('[file]', "cases that Kafka Streams' own test driver has written, as JSON")
    .option(
      '--generate <n>',
      'make so many cases of each kind and have Kafka Streams answer them (needs a JDK and Maven)',
      count,
    )
    .option(
      '--compositions <n>',
      'compare so many cases of operators on top of each other with Kafka Streams (needs a JDK and Maven)',
      count,
    )
    .option('--avro <n>', 'compare Avro with its Java implementation on so many schemas (needs a JDK and Maven)', count)
    .option('--seed <n>', 'of the cases to make', count, 1)
    .option('--out <file>', 'where to write the cases that were made')
    .action(async (file: string | undefined, options: VectorsOptions) => {
      const { avro, compositions, seed, out } = options
      if (avro !== undefined) process.exitCode = await runAvro(avro, seed)
      else if (compositions !== undefined) process.exitCode = await runCompositions(compositions, seed, out)
      else process.exitCode = await runVectors(await casesOf(file, options))
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

/** The cases that one run of Kafka Streams answers. */
const chunkSize = 250

/** Prints each difference that is not meant, and `N of N agree, M differ as listed`. Returns the exit code. */
async function runCompositions(cases: number, seed: number, out: string | undefined): Promise<0 | 1> {
  const oracle = await vectorOracle()
  const meant = new Map<string, number>()
  const differing: VectorCase[] = []
  let agreeing = 0
  try {
    const all = randomCompositions(cases, seed)
    for (let start = 0; start < cases; start += chunkSize) {
      const found = await agreementOn(all.slice(start, start + chunkSize), oracle)
      agreeing += found.agreeing
      for (const [reason, count] of found.meant) meant.set(reason, (meant.get(reason) ?? 0) + count)
      for (const { vector, found: difference } of found.differing) {
        differing.push(vector)
        console.log(`${vector.name}: ${difference}`)
      }
      console.log(
        `${Math.min(start + chunkSize, cases)} compared, ${differing.length} differ otherwise than it is meant`,
      )
    }
  } finally {
    await oracle.close()
    if (out !== undefined) await writeFile(out, `${JSON.stringify(differing)}\n`)
  }
  for (const [reason, count] of meant) console.log(`${count} differ as listed: ${reason}`)
  const listed = cases - agreeing - differing.length
  console.log(
    `${agreeing} of ${cases} agree, ${listed} differ as listed, ${differing.length} differ otherwise than it is meant`,
  )
  return differing.length > 0 ? 1 : 0
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
