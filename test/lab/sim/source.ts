import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadTopology } from '../../../topology/app/topology-file.ts'
import { TopologyError } from '../../../topology/definition/errors.ts'
import type { Simulation } from '../../../topology/testing/simulation/options.ts'
import { SeedRunner } from '../../../topology/testing/simulation/seed-runner.ts'
import { scenarios } from './scenarios/all.ts'

/** The subject of a run of seeds: the default mix, one of its scenarios, or a topology of the user's with its input. */
export interface SimSource {
  readonly scenario?: string
  readonly topology?: string
  readonly input?: string
}

/** The function that runs a seed, and the options that choose it again on a command line. */
export interface SeedSource {
  runnerOf(seed: number): SeedRunner
  optionsOf(seed: number): string
}

/** Errors: TopologyError CONFIG_INVALID for an unknown scenario or a topology without input. */
export async function openSource({ scenario, topology, input }: SimSource): Promise<SeedSource> {
  if (topology !== undefined) return openTopology(topology, input)
  const names = scenario === undefined ? Object.keys(scenarios) : [scenario]
  const runners = new Map<string, SeedRunner>()
  const nameOf = (seed: number) => names[seed % names.length] as string
  for (const name of names) {
    const found = scenarios[name]
    if (found === undefined)
      throw invalid(`there is no scenario '${name}': choose among ${Object.keys(scenarios).join(', ')}`)
    runners.set(name, new SeedRunner(found.topology, found))
  }
  return {
    runnerOf: seed => runners.get(nameOf(seed))!,
    optionsOf: seed => `--scenario=${nameOf(seed)}`,
  }
}

async function openTopology(file: string, input = file.replace(/#.*$/, '')): Promise<SeedSource> {
  const topology = await loadTopology(file)
  const module: { readonly simulation?: Simulation } = await import(pathToFileURL(resolve(input)).href)
  if (module.simulation?.input === undefined)
    throw invalid(
      `'${input}' does not say what to feed '${topology.name}': export const simulation = { input: [...] } there, or name a module that does with --input=<module>`,
    )
  const runner = new SeedRunner(topology, module.simulation)
  return { runnerOf: () => runner, optionsOf: () => `--topology=${file} --input=${input}` }
}

function invalid(message: string): TopologyError {
  return new TopologyError('CONFIG_INVALID', message)
}
