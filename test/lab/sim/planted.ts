import { safeguards as storeSafeguards } from '../../../store/safeguards.ts'
import { safeguards as engineSafeguards } from '../../../topology/runtime/safeguards.ts'
import { openSource, type SimSource } from './source.ts'

/** Whether the checkers saw an engine without one of its safeguards. */
export interface PlantedFinding {
  readonly bug: string
  /** The first seed that failed; undefined: none did. */
  readonly seed: number | undefined
  /** The options that choose what failed. */
  readonly options: string
  readonly problem: string
}

/** Names of the safeguards that can be taken away. */
export function plantedBugs(): readonly string[] {
  return [...Object.keys(engineSafeguards), ...Object.keys(storeSafeguards)]
}

/**
 * Runs seeds without the safeguard until one fails. None of its results are kept: those of runs without faults are broken
 * too.
 */
export async function findPlanted(bug: string, seeds: number, from: SimSource): Promise<PlantedFinding> {
  const source = await openSource(from)
  const safeguards = (bug in engineSafeguards ? engineSafeguards : storeSafeguards) as Record<string, boolean>
  safeguards[bug] = false
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      const { problems } = await source.runnerOf(seed).run(seed)
      if (problems.length > 0) return { bug, seed, options: source.optionsOf(seed), problem: problems[0]! }
    }
    return { bug, seed: undefined, options: '', problem: 'not found' }
  } finally {
    safeguards[bug] = true
  }
}
