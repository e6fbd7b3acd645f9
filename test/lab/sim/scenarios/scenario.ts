import type { TopologyDefinition } from '../../../../topology/definition/definition.ts'
import type { Simulation } from '../../../../topology/testing/simulation/options.ts'

/** A topology of the default mix, its input, and its expected results. */
export interface Scenario extends Simulation {
  readonly topology: TopologyDefinition
}

/** Event time at which every scenario's input begins. Units: ms since the epoch. */
export const began = 1_700_000_000_000

/** A whole number below `limit`. */
export function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit)
}

/** The number of times that each text is in a list. */
export function tally(texts: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

/** The differences of two tallies, one line each. Shape: `'a-b: 2, expected 1'`. */
export function tallyDifferences(found: Iterable<string>, expected: Iterable<string>): readonly string[] {
  const is = tally(found)
  const should = tally(expected)
  return [...new Set([...is.keys(), ...should.keys()])]
    .filter(text => is.get(text) !== should.get(text))
    .map(text => `${text}: ${is.get(text) ?? 0}, expected ${should.get(text) ?? 0}`)
}
