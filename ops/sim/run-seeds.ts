import { type Command, InvalidArgumentError } from 'commander'
import { type JsonFlag, jsonOption, printJson } from '../command-line/json-output.ts'
import type { PrintedFailure, SeedsTask } from './thread.ts'
import { onThreads } from './threads.ts'
import { SimTotals } from './totals.ts'

/** The options of every command that runs seeds. */
export interface SeedOptions extends JsonFlag {
  readonly seeds: number
  readonly seed: number
  readonly threads: number
  readonly trace?: boolean
}

/** A run of seeds: the threads that it goes on, and the words in which a failure is told. */
export interface SeedRun extends SeedOptions {
  /** The entry of a thread, a module that calls `simThread`. */
  readonly entry: URL
  /** Plain data that tells the thread what to simulate. */
  readonly source: unknown
  /** The command that runs a seed again, without its options. Shape: `'npx millrace sim'`. */
  readonly command: string
}

/** Seeds that a thread takes at a time. */
const stretch = 25
/** Lines of a trace that are printed without `--trace`. */
const traceTail = 40

/** Adds the options of `SeedOptions` to a command. */
export function withSeedOptions(command: Command): Command {
  return command
    .option('--seeds <n>', 'how many seeds to run', count, 1_000)
    .option('--seed <n>', 'the first seed', count, 1)
    .option('--threads <n>', 'how many threads', count, 2)
    .option('--trace', 'print what happened, one line an event')
    .addOption(jsonOption())
}

/**
 * Runs seeds and prints rate, events, faults and digest; of a failure the seed, the shortest run that still fails, and how to
 * replay it. Returns the exit code: 1 when a seed fails.
 */
export async function runSeeds({ entry, source, command, ...options }: SeedRun): Promise<0 | 1> {
  const { seeds, seed: first, threads, trace = false } = options
  const totals = new SimTotals()
  let failure: PrintedFailure | undefined
  const width = Math.min(threads, Math.ceil(seeds / stretch))
  await onThreads({ entry, source }, width, stretches(first, seeds, trace), answer => {
    totals.add(answer)
    if (answer.failure && (failure === undefined || answer.failure.seed < failure.seed)) failure = answer.failure
    else if (trace && !options.json && !answer.failure) console.log(answer.trace!.join('\n'))
    return failure === undefined
  })
  if (options.json) {
    printJson({ ...totals.counts(), failure: failure ?? null })
    return failure === undefined ? 0 : 1
  }
  console.log(totals.text())
  if (failure === undefined) return 0
  printFailure(failure, command, trace)
  return 1
}

function* stretches(first: number, seeds: number, trace: boolean): Generator<SeedsTask> {
  for (let at = first; at < first + seeds; at += stretch)
    yield { kind: 'seeds', first: at, count: Math.min(stretch, first + seeds - at), trace }
}

function printFailure(failure: PrintedFailure, command: string, whole: boolean): void {
  const { seed, problems, faults, records, trace, options } = failure
  console.log(`seed ${seed} fails:`)
  for (const problem of problems.slice(0, 10)) console.log(`  ${problem}`)
  console.log(`with the first ${records} records and ${faults.length} faults:`)
  for (const fault of faults) console.log(`  ${fault}`)
  if (!whole && trace.length > traceTail) console.log(`the last ${traceTail} of ${trace.length} events:`)
  console.log((whole ? trace : trace.slice(-traceTail)).join('\n'))
  console.log(`replay it: ${command} ${options} --seeds=1 --seed=${seed} --trace`)
}

function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('give a whole number above 0')
}
