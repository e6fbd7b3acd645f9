import { Command } from 'commander'
import { runSeeds, type SeedOptions, withSeedOptions } from '../../ops/sim/run-seeds.ts'
import { runPlanted } from './planted/run.ts'
import { openSource, type SimSource } from './sim/source.ts'

const entry = new URL('./sim/sim-thread.mjs', import.meta.url)

interface SimOptions extends SeedOptions, SimSource {
  readonly planted?: string | boolean
}

/** `npm run sim -- --seeds=3000`: the engine under seeded faults, on memory parts and a simulated clock. */
export function simCommand(): Command {
  return withSeedOptions(new Command('sim'))
    .option('--scenario <name>', 'one scenario of the default mix')
    .option('--topology <file>', 'a topology of your own, whose module exports `simulation`')
    .option('--input <module>', 'the module that exports `simulation`, where the topology does not')
    .option(
      '--planted [name]',
      'plant faults in copies of the sources, one at a time, and show that the checkers see each: those of engine and store; or of one floor (engine, store, adapter), or one fault by name',
    )
    .action(async ({ planted, scenario, topology, input, ...options }: SimOptions) => {
      const { seeds, threads } = options
      const name = typeof planted === 'string' ? planted : undefined
      const source = { ...(scenario && { scenario }), ...(topology && { topology }), ...(input && { input }) }
      await openSource(source)
      process.exitCode = await (planted
        ? runPlanted({ name, seeds, threads, source })
        : runSeeds({ entry, source, command: 'npm run sim --', ...options }))
    })
}
