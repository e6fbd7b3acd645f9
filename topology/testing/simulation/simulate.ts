import type { TopologyDefinition } from '../../definition/definition.ts'
import { faultKind } from './fault-text.ts'
import type { SimulationOptions, SimulationReport } from './options.ts'
import { SeedRunner } from './seed-runner.ts'

export type { Simulation, SimulationOptions, SimulationReport, SimulationView } from './options.ts'

/**
 * Runs a topology under seeded faults: crashes, frozen processes, lost and late replies, rebalances, coordinators that move,
 * a store that fails, is lost or put back to a backup, compaction; then checks that every table was a committed cut all the
 * time and now equals its changelog, nothing hangs, nothing was written after a fence, dead letters equal the poison,
 * outputs equal those of a run without faults, and what the caller checks. Ends at the first seed that fails.
 *
 * Shape: `const report = await simulate(wordCount, { seeds: 1000, input, check: ({ stores }) => ... })`.
 */
export async function simulate(topology: TopologyDefinition, options: SimulationOptions): Promise<SimulationReport> {
  const runner = new SeedRunner(topology, options)
  const { firstSeed: first = 1, seeds, keepTrace = false, replay = defaultReplay } = options
  const faults: Record<string, number> = {}
  let events = 0
  for (let seed = first; seed < first + seeds; seed++) {
    const outcome = await runner.run(seed, { keepTrace })
    events += outcome.events
    for (const fault of outcome.fired) faults[faultKind(fault)] = (faults[faultKind(fault)] ?? 0) + 1
    options.onSeed?.(seed, outcome)
    if (outcome.problems.length > 0)
      return {
        seeds: seed - first + 1,
        events,
        faults,
        failure: { ...(await runner.shrink(seed)), command: replay(seed) },
      }
  }
  return { seeds, events, faults, failure: undefined }
}

function defaultReplay(seed: number): string {
  return `simulate(topology, { ...options, firstSeed: ${seed}, seeds: 1, keepTrace: true })`
}
