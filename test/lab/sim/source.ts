import { openTopology, type SeedSource, type TopologySource } from '../../../ops/sim/seed-source.ts'
import { TopologyError } from '../../../topology/definition/errors.ts'
import { SeedRunner } from '../../../topology/testing/simulation/seed-runner.ts'
import { scenarios } from './scenarios/all.ts'

/** The subject of a run of seeds: the default mix, one of its scenarios, or a topology of the user's with its input. */
export interface SimSource extends TopologySource {
  readonly scenario?: string
}

/** Errors: TopologyError CONFIG_INVALID for an unknown scenario or a topology without input. */
export async function openSource({ scenario, ...own }: SimSource): Promise<SeedSource> {
  if (own.topology !== undefined) return openTopology(own)
  const names = scenario === undefined ? Object.keys(scenarios) : [scenario]
  const runners = new Map<string, SeedRunner>()
  const nameOf = (seed: number) => names[seed % names.length] as string
  for (const name of names) {
    const found = scenarios[name]
    if (found === undefined)
      throw new TopologyError(
        'CONFIG_INVALID',
        `there is no scenario '${name}': choose among ${Object.keys(scenarios).join(', ')}`,
      )
    runners.set(name, new SeedRunner(found.topology, found))
  }
  return {
    runnerOf: seed => runners.get(nameOf(seed))!,
    optionsOf: seed => `--scenario=${nameOf(seed)}`,
  }
}
