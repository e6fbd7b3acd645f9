import { Command, InvalidArgumentError } from 'commander'
import { type Checker, modelChecker, type Verdict } from './model/checker.ts'
import { plantedSteps } from './model/faults.ts'
import { checkTraces } from './model/traces.ts'

interface ModelOptions {
  readonly jar?: string
  readonly workers: number
  readonly records: number
  readonly batch: number
  readonly opens: number
  readonly storeFaults: number
  readonly cuts: number
  readonly fault?: string
  readonly traces?: number
  readonly seed: number
}

/** `npm run model`: the commit protocol's specification in TLA+, checked with all its planted faults. */
export function modelCommand(): Command {
  return new Command('model')
    .option('--jar <file>', 'tla2tools.jar; unset: fetched by Maven')
    .option('--workers <n>', 'threads of the checker', count, 2)
    .option('--records <n>', 'records of the input', count, 2)
    .option('--batch <n>', 'at most so many records a transaction', count, 2)
    .option('--opens <n>', 'the task is opened at most so often', count, 2)
    .option('--store-faults <n>', 'Postgres is lost or restored at most so often', count, 1)
    .option('--cuts <n>', 'a broker is cut off at most so often', count, 0)
    .option('--fault <name>', 'one planted fault alone')
    .option('--traces <n>', 'instead: whether the protocol explains so many simulated runs of the engine', count)
    .option('--seed <n>', 'the seed of the first of these runs', count, 1)
    .action(async ({ jar, workers, fault, traces, seed, ...bound }: ModelOptions) => {
      const checker = await modelChecker(jar, workers)
      if (traces !== undefined) {
        process.exitCode = (await checkTraces(checker, traces, seed)) > 0 ? 1 : 0
        return
      }
      const wrong = fault === undefined ? await checkProtocol(checker, bound) : 0
      const missed = await checkFaults(checker, fault)
      process.exitCode = wrong + missed > 0 ? 1 : 0
    })
}

/** Checks the protocol as it is, and that the model gets somewhere. Returns the number of problems. */
async function checkProtocol(checker: Checker, bound: Omit<ModelOptions, 'workers' | 'seed'>): Promise<number> {
  const sound = await checker.check({ ...bound, fault: 'none' })
  const { records, batch, opens, storeFaults, cuts } = bound
  const limits = `${records} records, up to ${batch} a transaction; 2 workers, ${opens} openings, ${storeFaults} replaced stores, ${cuts} cut-off brokers`
  console.log(
    `protocol  ${sound.violated === undefined ? 'holds' : `BROKEN: ${sound.violated}`}  ${text(sound)}  (${limits})`,
  )
  const goal = await checker.check({ ...bound, fault: 'none' }, 'Unfinished')
  const reached = goal.violated === 'Unfinished'
  console.log(`goal  ${reached ? `all records processed and applied after ${goal.depth - 1} steps` : 'NEVER REACHED'}`)
  return Number(sound.violated !== undefined) + Number(!reached)
}

/** Plants the faults one at a time. Returns the number of those that no state refutes. */
async function checkFaults(checker: Checker, name: string | undefined): Promise<number> {
  const chosen = plantedSteps.filter(step => name === undefined || step.name === name)
  if (chosen.length === 0)
    throw new Error(`no planted fault is named '${name}': ${plantedSteps.map(step => step.name).join(', ')}`)
  let missed = 0
  for (const { name: fault, rule, ...bound } of chosen) {
    const found = await checker.check({ records: 2, batch: 2, ...bound, fault })
    if (found.violated === undefined) missed++
    const outcome = found.violated === undefined ? 'NOT REFUTED' : `refuted by ${found.violated}`
    console.log(`${fault}  ${outcome}  ${text(found)}  (${rule})`)
  }
  console.log(`${chosen.length - missed} of ${chosen.length} planted faults refuted`)
  return missed
}

function text({ generated, distinct, depth, seconds }: Verdict): string {
  return `${generated.toLocaleString('en')} states, ${distinct.toLocaleString('en')} distinct, ${depth} deep, ${seconds.toFixed(1)} s`
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number')
  return value
}
