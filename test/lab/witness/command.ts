import { Command, InvalidArgumentError } from 'commander'
import type { Comparison } from './comparison.ts'
import { witnessProgram } from './java-run.ts'
import { compareDemo, compareRandom } from './witness.ts'

interface WitnessOptions {
  readonly signals: number
  readonly seed: number
}

/** The signals of one comparison: state stays small, and a difference is near its cause. */
const chunkSignals = 5_000
const shownDifferences = 10

/**
 * `millrace vectors witness`: an independent pipeline in Kafka Streams decides the demo's signals and random ones; ids, outcomes, reasons,
 * orders, reports and books must be equal to the last digit. Both pipelines run in their test drivers.
 */
export function witnessCommand(): Command {
  return new Command('witness')
    .description('decide the same signals by an independent program in Kafka Streams (needs a JDK and Maven)')
    .option('--signals <n>', 'random signals', count, 2_000)
    .option('--seed <n>', 'of the random signals', count, 1)
    .action(async ({ signals, seed }: WitnessOptions) => {
      const program = await witnessProgram()
      try {
        let differences = report('the demo', await compareDemo(program))
        const counts = new Map<string, number>()
        for (let done = 0; done < signals; done += chunkSignals) {
          const size = Math.min(chunkSignals, signals - done)
          const chunkSeed = seed + done / chunkSignals
          const found = await compareRandom(program, chunkSeed, size)
          for (const [name, more] of found.counts) counts.set(name, (counts.get(name) ?? 0) + more)
          differences += found.differences.length
          for (const line of found.differences.slice(0, shownDifferences)) console.log(line)
          console.log(`${done + size} random signals (seed ${chunkSeed}), ${found.differences.length} differences`)
        }
        differences += report(`${signals} random signals`, { counts, differences: [] })
        console.log(`${differences} differences`)
        process.exitCode = differences > 0 ? 1 : 0
      } finally {
        await program.close()
      }
    })
}

/** Prints the counts and the first differences. Returns the number of differences. */
function report(name: string, { counts, differences }: Comparison): number {
  console.log(`${name}:`)
  for (const [kind, count] of [...counts].sort()) console.log(`  ${count} ${kind}`)
  for (const line of differences.slice(0, shownDifferences)) console.log(line)
  return differences.length
}

function count(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError('It must be a whole number above 0.')
}
