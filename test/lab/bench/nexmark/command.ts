import { Command, InvalidArgumentError } from 'commander'
import { compareNexmark } from './comparison.ts'
import { nexmarkProgram } from './java-results.ts'
import { nexmarkQueries } from './query.ts'

interface NexmarkFlags {
  readonly events: number
  readonly seed: number
  readonly rate: number
  readonly query?: string
}

/** `vectors nexmark`: the results of the Nexmark queries against those of the same queries in Kafka Streams. */
export function nexmarkVectorsCommand(): Command {
  return new Command('nexmark')
    .description('compare the results of the Nexmark queries with those of Kafka Streams (needs a JDK and Maven)')
    .option('--events <n>', 'events', whole, 20_000)
    .option('--seed <n>', 'of the events', whole, 1)
    .option('--rate <n>', 'events in a second of event time', whole, 200)
    .option('--query <name>', 'one query alone')
    .action(async ({ events, seed, rate, query }: NexmarkFlags) => {
      const queries = query === undefined ? Object.keys(nexmarkQueries) : [query]
      const program = await nexmarkProgram()
      try {
        const compared = await compareNexmark(program, queries, { events, seed, eventsPerSecond: rate })
        for (const { query: name, results, difference } of compared)
          console.log(`${name}: ${difference ?? `${results} results are equal`}`)
        const differing = compared.filter(({ difference }) => difference !== undefined).length
        console.log(
          `${compared.length - differing} of ${compared.length} queries agree with Kafka Streams on ${events} events`,
        )
        if (differing > 0) process.exitCode = 1
      } finally {
        await program.close()
      }
    })
}

function whole(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError('It must be a whole number above 0.')
}
