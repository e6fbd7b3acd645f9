import { Command } from 'commander'
import { topologyHelp } from './command-line/options.ts'
import { runSeeds, type SeedOptions, withSeedOptions } from './sim/run-seeds.ts'
import { openTopology, type TopologySource } from './sim/seed-source.ts'

const entry = new URL('./sim/sim-thread.mjs', import.meta.url)

/**
 * `sim`: runs a topology under seeded faults, on memory parts and a simulated clock. Its module exports `simulation`, which says
 * what to feed it. Exit code 1: a seed fails.
 */
export function simCommand(): Command {
  return withSeedOptions(new Command('sim'))
    .option('--topology <file>', topologyHelp)
    .option('--input <module>', 'the module that exports `simulation`, where the topology does not')
    .action(async ({ topology, input, ...options }: SeedOptions & TopologySource) => {
      const source = { ...(topology && { topology }), ...(input && { input }) }
      // Opened here first: what is wrong with it is told by its own error, which does not outlive a thread.
      await openTopology(source)
      process.exitCode = await runSeeds({ entry, source, command: 'npx millrace sim', ...options })
    })
}
