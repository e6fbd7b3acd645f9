import { Command } from 'commander'
import { accessInUse, hostOption } from './command-line/access.ts'
import { type JsonFlag, jsonOption } from './command-line/json-output.ts'
import { portNumber, topologyHelp } from './command-line/options.ts'
import { devServers } from './dev/dev-servers.ts'
import { Supervisor } from './dev/supervisor.ts'
import { untilDone } from './dev/until-done.ts'

/** The options of `dev` as they are typed. */
export interface DevFlags extends JsonFlag {
  /** `memory`, bootstrap servers, or true: the servers that the environment, the project or `cluster up` names. */
  readonly kafka?: string | true
  readonly registry?: string
  readonly postgres?: string
  readonly file?: string
  readonly port: number
  readonly host?: string
  readonly topics?: readonly string[]
  readonly watch: boolean
  readonly verbose?: boolean
}

/**
 * `dev`: runs a topology for its author. The worker runs beside a Kafka and a registry in memory and a Postgres of its own, starts
 * anew when a file changes, prints the records of the topics, and produces the lines that are typed.
 */
export function devCommand(): Command {
  return new Command('dev')
    .argument('[topology]', topologyHelp)
    .option(
      '--kafka [brokers]',
      'a real Kafka; without brokers the one of the environment or the project (default: memory)',
    )
    .option('--registry <url>', 'a real schema registry (default: memory beside a Kafka in memory)')
    .option('--postgres <url>', 'a database, `embedded` or `memory` (default: embedded where it is installed)')
    .option('--file <file>', 'produce the lines of this file first: `<topic> <key> <value as JSON>`')
    .option('--topics <names>', 'print the records of these topics only', names => names.split(','))
    .option('--port <n>', "port of the worker's HTTP face (default: any free one)", portNumber, 0)
    .addOption(hostOption())
    .addOption(jsonOption())
    .option('--no-watch', 'do not start anew when a file changes')
    .option('--verbose', "print the worker's log, as LOG_LEVEL says")
    .action(async (topology: string | undefined, flags: DevFlags) => {
      const access = await accessInUse(flags.host)
      const servers = await devServers(flags)
      const supervisor = new Supervisor(topology, flags, servers, access)
      try {
        await supervisor.start()
        await untilDone(supervisor, flags)
      } finally {
        await supervisor.stop()
        await servers.stop()
      }
    })
}
