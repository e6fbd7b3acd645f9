import { resolve } from 'node:path'
import { importModule } from '../../topology/app/module.ts'
import { loadProject } from '../../topology/app/project.ts'
import { loadTopology } from '../../topology/app/topology-file.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import type { Simulation } from '../../topology/testing/simulation/options.ts'
import { SeedRunner } from '../../topology/testing/simulation/seed-runner.ts'

/** The function that runs a seed, and the options that choose it again on a command line. */
export interface SeedSource {
  runnerOf(seed: number): SeedRunner
  optionsOf(seed: number): string
}

/** A topology to simulate, and the module that says what to feed it. */
export interface TopologySource {
  /** A topology file. Unset: the one of `millrace.config.ts`. */
  readonly topology?: string
  /** A module that exports `simulation`. Unset: the topology's own. */
  readonly input?: string
}

/** Runs seeds on a topology file. Errors: TopologyError CONFIG_INVALID when there is none, or no input for it. */
export async function openTopology({ topology, input }: TopologySource): Promise<SeedSource> {
  const file = topology ?? (await projectFile())
  const module = input ?? file.replace(/#.*$/, '')
  const definition = await loadTopology(file)
  const { simulation }: { readonly simulation?: Simulation } = await importModule(module)
  if (simulation?.input === undefined)
    throw invalid(
      `'${module}' does not say what to feed '${definition.name}': export const simulation = { input: [...] } there, or name a module that does with --input=<module>`,
    )
  const runner = new SeedRunner(definition, simulation)
  return { runnerOf: () => runner, optionsOf: () => `--topology=${file} --input=${module}` }
}

async function projectFile(): Promise<string> {
  const { topology, folder } = await loadProject()
  if (typeof topology === 'string') return resolve(folder, topology)
  throw invalid('no topology file is named: use --topology=<file>, or name one in millrace.config.ts')
}

function invalid(message: string): TopologyError {
  return new TopologyError('CONFIG_INVALID', message)
}
