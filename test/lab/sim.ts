import { Command, InvalidArgumentError } from 'commander'
import { runPlanted } from './planted/run.ts'
import type { SimSource } from './sim/source.ts'
import type { PrintedFailure, SeedsTask } from './sim/thread.ts'
import { onThreads } from './sim/threads.ts'
import { SimTotals } from './sim/totals.ts'

interface SimOptions extends SimSource {
  readonly seeds: number
  readonly seed: number
  readonly threads: number
  readonly trace?: boolean
  readonly planted?: string | boolean
}

/** Seeds that a thread takes at a time. */
const stretch = 25
/** Lines of a trace that are printed without `--trace`. */
const traceTail = 40

/** `millrace sim --seeds=3000`: the engine under seeded faults, on memory parts and a simulated clock. */
export function simCommand(): Command {
  return new Command('sim')
    .option('--seeds <n>', 'how many seeds to run', count, 1_000)
    .option('--seed <n>', 'the first seed', count, 1)
    .option('--threads <n>', 'how many threads', count, 2)
    .option('--trace', 'print what happened, one line an event')
    .option('--scenario <name>', 'one scenario of the default mix')
    .option('--topology <file>', 'a topology of your own, whose module exports `simulation`')
    .option('--input <module>', 'the module that exports `simulation`, where the topology does not')
    .option(
      '--planted [name]',
      'plant faults in copies of the sources, one at a time, and show that the checkers see each: those of engine and store; or of one floor (engine, store, adapter), or one fault by name',
    )
    .action(async (options: SimOptions) => {
      const { planted, seeds, threads } = options
      const name = typeof planted === 'string' ? planted : undefined
      const source = sourceOf(options)
      process.exitCode = await (planted ? runPlanted({ name, seeds, threads, source }) : runSeeds(options))
    })
}

/** Prints rate, events, faults and digest; of a failure the seed, the shortest run that still fails, and how to replay it. */
async function runSeeds(options: SimOptions): Promise<0 | 1> {
  const { seeds, seed: first, threads, trace = false } = options
  const totals = new SimTotals()
  let failure: PrintedFailure | undefined
  await onThreads(
    sourceOf(options),
    Math.min(threads, Math.ceil(seeds / stretch)),
    stretches(first, seeds, trace),
    answer => {
      totals.add(answer)
      if (answer.failure && (failure === undefined || answer.failure.seed < failure.seed)) failure = answer.failure
      else if (trace && !answer.failure) console.log(answer.trace!.join('\n'))
      return failure === undefined
    },
  )
  console.log(totals.text())
  if (failure === undefined) return 0
  printFailure(failure, trace)
  return 1
}

function* stretches(first: number, seeds: number, trace: boolean): Generator<SeedsTask> {
  for (let at = first; at < first + seeds; at += stretch)
    yield { kind: 'seeds', first: at, count: Math.min(stretch, first + seeds - at), trace }
}

function printFailure({ seed, problems, faults, records, trace, options }: PrintedFailure, whole: boolean): void {
  console.log(`seed ${seed} fails:`)
  for (const problem of problems.slice(0, 10)) console.log(`  ${problem}`)
  console.log(`with the first ${records} records and ${faults.length} faults:`)
  for (const fault of faults) console.log(`  ${fault}`)
  if (!whole && trace.length > traceTail) console.log(`the last ${traceTail} of ${trace.length} events:`)
  console.log((whole ? trace : trace.slice(-traceTail)).join('\n'))
  console.log(`replay it: npm run sim -- ${options} --seeds=1 --seed=${seed} --trace`)
}

function sourceOf({ scenario, topology, input }: SimOptions): SimSource {
  return { ...(scenario && { scenario }), ...(topology && { topology }), ...(input && { input }) }
}

function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('give a whole number above 0')
}
