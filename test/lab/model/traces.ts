import type { Checker } from './checker.ts'
import { type Observation, observeRun } from './observe.ts'

/** The traces that one start of the checker takes. */
const batch = 250

/**
 * Runs the engine under `count` seeds from `from` on and asks the checker whether the protocol explains each run; beside them it asks about
 * each tenth run with a lie told in it, which it must not. Returns the number of problems.
 */
export async function checkTraces(checker: Checker, count: number, from = 1): Promise<number> {
  let problems = 0
  let states = 0
  let observations = 0
  let lies = 0
  for (let first = from; first < from + count; first += batch) {
    const runs = []
    for (let seed = first; seed < Math.min(first + batch, from + count); seed++) runs.push(await observeRun(seed))
    for (const { seed, failure } of runs) if (failure !== undefined) throw new Error(`seed ${seed}: ${failure}`)
    const told = runs.filter(({ seed, observations: seen }) => seed % 10 === 0 && twoCommits(seen) >= 0)
    const untrue = told.map(({ seed, observations: seen }) => lie(seen, seed))
    const answer = await checker.explain([...runs.map(run => run.observations), ...untrue])
    for (const [index, { seed, observations: seen }] of runs.entries()) {
      observations += seen.length
      const explained = answer.explained[index]!
      if (explained === seen.length) continue
      problems++
      const [before, after] = [seen[explained - 1], seen[explained]].map(each => JSON.stringify(each))
      console.log(`seed ${seed}: the protocol has no such run: no steps lead from observation ${explained}`)
      console.log(`  ${before}\nto\n  ${after}`)
    }
    for (const [index, { seed }] of told.entries()) {
      if (answer.explained[runs.length + index]! < untrue[index]!.length) continue
      problems++
      console.log(`a lie about seed ${seed} was believed`)
    }
    lies += told.length
    states += answer.states
    const done = first - from + runs.length
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

/**
 * The first place at which two transactions are committed and nothing else is in the log; -1: nowhere in a run that ends with all of them
 * in the table, or so late that the checker would have to go all the ways of many owners to it before it could say that none goes on.
 */
function twoCommits(seen: readonly Observation[]): number {
  const last = seen.at(-1)!
  if (last.applied < last.log.filter(({ kept }) => kept).length) return -1
  return seen.findIndex(({ log, epoch }) => epoch <= 3 && log.length >= 2 && log.every(({ kept }) => kept))
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
