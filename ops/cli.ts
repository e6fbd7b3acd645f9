#!/usr/bin/env node
import { Command } from 'commander'
import { exitCodeOf, finalLine } from './command-line/exit-codes.ts'

/** Subcommands: what each is for, and where it stands. Only the one that is asked for is loaded. */
const commands: Readonly<Record<string, { readonly summary: string; load(): Promise<Command> }>> = {
  demo: {
    summary: 'run the whole trading pipeline on real prices, in one process',
    load: async () => (await import('./trading/demo.ts')).demoCommand(),
  },
  worker: {
    summary: 'run processors of a topology',
    load: async () => (await import('./worker.ts')).workerCommand(),
  },
  status: {
    summary: 'lag, state and dead letters of every task',
    load: async () => (await import('./status.ts')).statusCommand(),
  },
  topics: {
    summary: "create a topology's topics, or say what differs",
    load: async () => (await import('./topics.ts')).topicsCommand(),
  },
  topology: {
    summary: 'validate, describe and compare topologies',
    load: async () => (await import('./topology.ts')).topologyCommand(),
  },
  cluster: {
    summary: 'start, stop and look at Kafka, a schema registry and Postgres',
    load: async () => (await import('./cluster.ts')).clusterCommand(),
  },
  gateway: {
    summary: "serve a topology's stores over HTTP",
    load: async () => (await import('./gateway.ts')).gatewayCommand(),
  },
  instruments: {
    summary: 'register, enable and disable instruments',
    load: async () => (await import('./trading/instruments.ts')).instrumentsCommand(),
  },
  signals: {
    summary: 'post signals',
    load: async () => (await import('./trading/signals.ts')).signalsCommand(),
  },
  outbox: {
    summary: 'what waits to be published, and the relay that publishes it',
    load: async () => (await import('./outbox.ts')).outboxCommand(),
  },
  schemas: {
    summary: 'check, register and generate types from Avro schemas',
    load: async () => (await import('./schemas.ts')).schemasCommand(),
  },
  sim: {
    summary: 'run the engine under seeded faults, on memory parts and a simulated clock',
    load: async () => (await import('../test/lab/sim.ts')).simCommand(),
  },
  vectors: {
    summary: 'check streams and tables against files of cases that Kafka Streams has written',
    load: async () => (await import('../test/lab/vectors.ts')).vectorsCommand(),
  },
  decisions: {
    summary: 'verify the decisions of the trading pipeline by their witness',
    load: async () => (await import('./trading/decisions.ts')).decisionsCommand(),
  },
  'trading-vectors': {
    summary: 'check position accounting and risk decisions against files of cases',
    load: async () => (await import('./trading/trading-vectors.ts')).tradingVectorsCommand(),
  },
  replay: {
    summary: 'rebuild a window of reports into a shadow of the books and compare it with the live ones',
    load: async () => (await import('./trading/replay.ts')).replayCommand(),
  },
  smoke: {
    summary: 'write a registration and read it back; inject a trade and show its order and fills',
    load: async () => (await import('./trading/smoke.ts')).smokeCommand(),
  },
  bench: {
    summary: 'how fast it is, beside Kafka Streams',
    load: async () => (await import('../test/lab/bench.ts')).benchCommand(),
  },
  state: {
    summary: "empty a store's tables, or start a processor's state anew",
    load: async () => (await import('./state.ts')).stateCommand(),
  },
  dlq: {
    summary: 'look at dead letters, and send them back',
    load: async () => (await import('./dlq.ts')).dlqCommand(),
  },
  chaos: {
    summary: 'break the trading pipeline in every way on servers of its own, and audit what is left',
    load: async () => (await import('../test/lab/chaos.ts')).chaosCommand(),
  },
  config: {
    summary: 'the environment variables that millrace reads',
    load: async () => (await import('../topology/app/config.ts')).configCommand(),
  },
}

/** Runs a command line. Ends with one readable line and a code of `exitCodes`, never a stack. */
export async function main(args: readonly string[]): Promise<void> {
  const program = new Command('millrace')
    .description('Kafka Streams for TypeScript, with Postgres as its state')
    .exitOverride()
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = args[0] === name ? await load() : new Command(name)
    program.addCommand(inheritExit(command.description(summary)))
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    const line = finalLine(error)
    if (line !== '') console.error(line)
    process.exitCode = exitCodeOf(error)
  }
}

/** commander's own errors reach `main` from every depth. */
function inheritExit(command: Command): Command {
  command.exitOverride()
  for (const child of command.commands) inheritExit(child)
  return command
}

// Who reads may leave early (`| head`); the command still does its work to the end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

await main(process.argv.slice(2))
