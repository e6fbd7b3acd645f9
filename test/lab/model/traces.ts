import type { Checker } from './checker.ts'
import { type Observation, observeRun } from './observe.ts'

/** The traces that one start of the checker takes. */
const batch = 250

/**
 * Runs the engine under seeds 1 to `count` and asks the checker whether the protocol explains each run; beside them it asks about
 * each tenth run with a lie told in it, which it must not. Returns the number of problems.
 */
export async function checkTraces(checker: Checker, count: number): Promise<number> {
  let problems = 0
  let states = 0
  let observations = 0
  let lies = 0
  for (let first = 1; first <= count; first += batch) {
    const runs = []
    for (let seed = first; seed < Math.min(first + batch, count + 1); seed++) runs.push(await observeRun(seed))
    for (const { seed, failure } of runs) if (failure !== undefined) throw new Error(`seed ${seed}: ${failure}`)
    const told = runs.filter(({ seed, observations: seen }) => seed % 10 === 0 && twoCommits(seen) >= 0)
    const untrue = told.map(({ seed, observations: seen }) => lie(seen, seed))
    const answer = await checker.accept([...runs.map(run => run.observations), ...untrue])
    for (const [index, { seed, observations: seen }] of runs.entries()) {
      observations += seen.length
      if (answer.accepted.has(index)) continue
      problems++
      console.log(`seed ${seed}: the protocol has no such run`)
    }
    for (const [index, { seed }] of told.entries()) {
      if (!answer.accepted.has(runs.length + index)) continue
      problems++
      console.log(`a lie about seed ${seed} was believed`)
    }
    lies += told.length
    states += answer.states
    const done = first + runs.length - 1
    console.log(`${done} of ${count} traces, ${states.toLocaleString('en')} states, ${problems} problems`)
  }
  console.log(
    `${count} traces of ${observations.toLocaleString('en')} observations, ${lies} lies: ${problems} problems`,
  )
  return problems
}

/** The run, but for one observation from which on something else is seen. */
function lie(seen: readonly Observation[], seed: number): readonly Observation[] {
  const at = twoCommits(seen)
  return seen.map((observation, index) => (index < at ? observation : lies[seed % lies.length]!(observation)))
}

/** The first place at which two transactions are committed and nothing else is in the log; -1: nowhere. */
function twoCommits(seen: readonly Observation[]): number {
  return seen.findIndex(({ log }) => log.length >= 2 && log.every(({ kept }) => kept))
}

const lies: readonly ((observation: Observation) => Observation)[] = [
  // A record's outputs are lost.
  seen => ({ ...seen, log: seen.log.map((entry, index) => (index === 1 ? { ...entry, kept: false } : entry)) }),
  // A record is counted twice.
  seen => ({
    ...seen,
    log: seen.log.map((entry, index) => (index >= 1 ? { ...entry, value: entry.value + 1 } : entry)),
  }),
  // The table has a row that its checkpoint does not explain.
  seen => ({ ...seen, value: seen.value + 1 }),
]
